//! Four weeks of point look-ups: customers by Zipf's law, each in the segment of its hash, their orders
//! of late; who is popular changes slowly. An export reads everything once a week.

use thermocline_policy::trace::Request;

use super::{
    random::{Random, Zipf},
    store::{DAY, HOUR, KIB, Log, MIB, Table},
};

const DAYS: u64 = 28;
const CUSTOMERS: u64 = 200_000;
const BUCKETS: u64 = 1_500;
const LOOKUPS_A_DAY: u64 = 1_200;

pub(super) fn trace() -> Vec<Request> {
    let mut random = Random::new(20_260_202);
    let mut customers = Table::new(1);
    for _ in 0..BUCKETS {
        // Hash buckets are even, but some customers have much more than others.
        let bytes = 512 * KIB + random.log_uniform(23);
        customers.add(0, u64::MAX, 0, bytes);
    }
    let mut orders = Table::new(2);
    for hour in 0..(30 + DAYS) * 8 {
        let from = hour * 3 * HOUR;
        let bytes = random.between(2 * MIB, 9 * MIB);
        orders.add(from, from + 3 * HOUR, from + 3 * HOUR, bytes);
    }
    let begin = 30 * DAY;
    let zipf = Zipf::new(CUSTOMERS, 2);
    let mut log = Log::default();
    let mut shift = 0;
    for n in 0..DAYS * LOOKUPS_A_DAY {
        let now = begin + n * DAY / LOOKUPS_A_DAY;
        if random.one_in(4) {
            // The popular grow old one by one.
            shift += u64::from(random.one_in(100));
        }
        let customer = zipf.draw(&mut random) + shift;
        let bucket = customer.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        if let Some(segment) = customers.segment(bucket % BUCKETS) {
            log.segment(now, segment);
        }
        if random.one_in(3) {
            // One of the customer's orders: mostly a late one.
            let age = random.log_uniform(22).min(now);
            log.range(now, &orders, now - age, now - age + 1);
        }
    }
    for week in 0..DAYS / 7 {
        let now = begin + week * 7 * DAY + 6 * DAY + 3 * HOUR;
        log.all(now, &customers);
        log.all(now, &orders);
    }
    log.finish()
}
