//! Sixty days of one store with four habits: a model that is trained each night on the last 30 days of
//! clicks, finance that lives at the end of the month, sensors that are looked at live, and archives
//! that are searched by hand. Segments have from 256 KiB to 256 MiB.

use thermocline_policy::trace::Request;

use super::{
    random::{Random, Zipf},
    store::{DAY, HOUR, KIB, Log, MIB, MINUTE, Table, office_hours},
};

const DAYS: u64 = 60;
/// Days before the trace begins.
const BEFORE: u64 = 60;

pub(super) fn trace() -> Vec<Request> {
    let mut random = Random::new(20_260_303);
    let mut log = Log::default();
    let begin = BEFORE * DAY;
    clicks(&mut log, &mut random, begin);
    finance(&mut log, &mut random, begin);
    sensors(&mut log, &mut random, begin);
    archives(&mut log, &mut random, begin);
    log.finish()
}

fn clicks(log: &mut Log, random: &mut Random, begin: u64) {
    let mut table = Table::new(1);
    for day in 0..BEFORE + DAYS {
        for _ in 0..4 {
            let from = day * DAY;
            table.add(
                from,
                from + DAY,
                from + DAY,
                random.between(96 * MIB, 256 * MIB),
            );
        }
    }
    for day in 0..DAYS {
        let night = begin + day * DAY + HOUR;
        log.last(night, &table, 30 * DAY);
        // Whoever trains it tries something on the last days, in the daytime.
        for n in 0..random.between(0, 3) {
            let now = begin + day * DAY + (10 + 2 * n) * HOUR;
            log.last(now, &table, 3 * DAY);
        }
    }
}

fn finance(log: &mut Log, random: &mut Random, begin: u64) {
    let mut table = Table::new(2);
    for day in 0..BEFORE + DAYS {
        for _ in 0..2 {
            table.add(
                day * DAY,
                (day + 1) * DAY,
                (day + 1) * DAY,
                random.between(4 * MIB, 40 * MIB),
            );
        }
    }
    for day in 0..DAYS {
        let month = begin + day / 30 * 30 * DAY;
        let closing = day % 30 >= 27 || day % 30 < 3;
        let reports = if closing { random.between(6, 14) } else { 1 };
        for _ in 0..reports {
            let now = begin + day * DAY + 8 * HOUR + random.below(10 * HOUR);
            // The month that closes, or that has just closed, beside the one before.
            let first = if day % 30 < 3 {
                month - 60 * DAY
            } else {
                month - 30 * DAY
            };
            log.range(now, &table, first, first + 60 * DAY);
        }
    }
}

fn sensors(log: &mut Log, random: &mut Random, begin: u64) {
    let mut table = Table::new(3);
    for hour in 0..(BEFORE + DAYS) * 12 {
        let from = hour * 2 * HOUR;
        table.add(
            from,
            from + 2 * HOUR,
            from + 2 * HOUR,
            random.between(MIB, 12 * MIB),
        );
    }
    for tick in 0..DAYS * 48 {
        let now = begin + tick * 30 * MINUTE;
        if office_hours(now) || tick % 4 == 0 {
            log.last(now, &table, 12 * HOUR);
        }
        if now % DAY == 9 * HOUR {
            log.last(now, &table, 7 * DAY);
        }
    }
}

fn archives(log: &mut Log, random: &mut Random, begin: u64) {
    let mut table = Table::new(4);
    let segments = 1_200;
    for _ in 0..segments {
        table.add(0, DAY, 0, 256 * KIB + random.log_uniform(25));
    }
    let zipf = Zipf::new(segments, 2);
    for _ in 0..DAYS * 160 {
        let now = begin + random.below(DAYS * DAY);
        if let Some(segment) = table.segment(zipf.draw(random)) {
            log.segment(now, segment);
        }
    }
    for weeks in 0..DAYS / 20 {
        log.all(begin + (weeks * 20 + 13) * DAY, &table);
    }
}
