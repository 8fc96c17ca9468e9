//! TPC-H: four streams of its 22 queries with random parameters, over tables that are partitioned by
//! month where they have a date. Which segments a query reads is what its predicates leave.

use thermocline_policy::trace::Request;

use super::{
    random::Random,
    store::{DAY, KIB, Log, MIB, MINUTE, Table},
};

/// A month of the specification's seven years, 1992 to 1998.
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 12 * MONTH;
const STREAMS: u64 = 4;
const ROUNDS: u64 = 4;

/// The tables, in bytes about as scale factor 30 has them in Parquet.
struct Tables {
    lineitem: Table,
    orders: Table,
    partsupp: Table,
    part: Table,
    customer: Table,
    supplier: Table,
    nation: Table,
}

pub(super) fn trace() -> Vec<Request> {
    let mut random = Random::new(19_920_101);
    let mut monthly = |number, months: u64, parts: u64, mib: u64| {
        let mut table = Table::new(number);
        for n in 0..months * parts {
            let month = n / parts * MONTH;
            // The first and last months of shipping have few rows.
            let full = if n / parts < 2 || n / parts + 3 > months {
                3
            } else {
                1
            };
            let bytes = random.between(mib * 9 / 10 * MIB, mib * 11 / 10 * MIB) / full;
            table.add(month, month + MONTH, 0, bytes);
        }
        table
    };
    let (lineitem, orders) = (monthly(1, 84, 2, 42), monthly(2, 80, 1, 24));
    let mut plain = |number, segments: u64, mib: u64| {
        let mut table = Table::new(number);
        for _ in 0..segments {
            table.add(
                0,
                u64::MAX,
                0,
                random.between(mib * 9 / 10 * MIB, mib * MIB),
            );
        }
        table
    };
    let tables = Tables {
        lineitem,
        orders,
        partsupp: plain(3, 20, 64),
        part: plain(4, 4, 48),
        customer: plain(5, 6, 64),
        supplier: plain(6, 1, 24),
        nation: {
            let mut table = Table::new(7);
            table.add(0, u64::MAX, 0, 4 * KIB);
            table
        },
    };
    let mut log = Log::default();
    for stream in 0..STREAMS {
        let mut now = stream * 7 * MINUTE;
        for _ in 0..ROUNDS {
            for query in shuffled(&mut random) {
                tables.query(query, now, &mut log, &mut random);
                now += random.between(1, 6) * MINUTE;
            }
        }
    }
    log.finish()
}

/// The queries in a random order (R. Durstenfeld's shuffle).
fn shuffled(random: &mut Random) -> Vec<u64> {
    let mut left: Vec<u64> = (1..=22).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let place = usize::try_from(random.below(left.len() as u64)).unwrap_or(0);
        order.push(left.swap_remove(place));
    }
    order
}

impl Tables {
    /// The parameters are those of the specification, section 2.4.
    fn query(&self, query: u64, now: u64, log: &mut Log, random: &mut Random) {
        let year = random.between(1, 5) * YEAR;
        let month = random.between(12, 69) * MONTH;
        let all = (0, u64::MAX);
        let none = (1, 0);
        let march_1995 = 38 * MONTH + random.between(0, 29) * DAY;
        let years = (3 * YEAR, 5 * YEAR);
        // What is read of line items, by ship date, and of orders, by order date.
        let (lines, orders) = match query {
            1 => ((0, 84 * MONTH - random.between(60, 120) * DAY), none),
            3 => ((march_1995, u64::MAX), (0, march_1995)),
            4 | 10 => (all, (month, month + 3 * MONTH)),
            5 => (all, (year, year + YEAR)),
            6 => ((year, year + YEAR), none),
            7 => (years, all),
            8 => (all, years),
            9 | 18 | 21 => (all, all),
            12 => ((year - MONTH, year + YEAR), all),
            13 | 22 => (none, all),
            14 => ((month, month + MONTH), none),
            15 => ((month, month + 3 * MONTH), none),
            17 | 19 => (all, none),
            20 => ((year, year + YEAR), none),
            _ => (none, none),
        };
        let others: &[&Table] = match query {
            2 => &[&self.part, &self.partsupp, &self.supplier, &self.nation],
            3 | 13 | 18 | 22 => &[&self.customer],
            5 | 7 => &[&self.customer, &self.supplier, &self.nation],
            8 => &[&self.part, &self.customer, &self.supplier, &self.nation],
            9 => &[&self.part, &self.partsupp, &self.supplier, &self.nation],
            10 => &[&self.customer, &self.nation],
            11 => &[&self.partsupp, &self.supplier, &self.nation],
            14 | 17 | 19 => &[&self.part],
            15 => &[&self.supplier],
            16 => &[&self.partsupp, &self.part, &self.supplier],
            20 => &[&self.partsupp, &self.part, &self.supplier, &self.nation],
            21 => &[&self.supplier, &self.nation],
            _ => &[],
        };
        for table in others {
            log.all(now, table);
        }
        log.range(now, &self.orders, orders.0, orders.1);
        log.range(now, &self.lineitem, lines.0, lines.1);
    }
}
