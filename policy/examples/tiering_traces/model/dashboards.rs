//! Ninety days of metrics: live dashboards, daily, weekly and monthly reports, people who look at
//! something for an hour, an incident now and then, two backfills, and a full scan every fortnight.

use thermocline_policy::trace::Request;

use super::{
    random::Random,
    store::{DAY, HOUR, Log, MIB, MINUTE, Table, office_hours},
};

const DAYS: u64 = 90;
/// Each segment has three hours.
const SPAN: u64 = 3 * HOUR;

pub(super) fn trace() -> Vec<Request> {
    let mut random = Random::new(20_260_105);
    let mut table = Table::new(1);
    // What was there before: a month of it.
    for n in 0..(30 + DAYS) * DAY / SPAN {
        let from = n * SPAN;
        table.add(from, from + SPAN, from + SPAN, bytes(from, &mut random));
    }
    let begin = 30 * DAY;
    let mut log = Log::default();
    backfills(&mut table, &mut log, &mut random, begin);
    for tick in 0..DAYS * DAY / (15 * MINUTE) {
        scheduled(&table, &mut log, begin + tick * 15 * MINUTE);
    }
    people(&table, &mut log, &mut random, begin);
    log.finish()
}

/// Busy at day, quiet at night and on weekends.
fn bytes(from: u64, random: &mut Random) -> u64 {
    let usual = if office_hours(from) { 48 } else { 14 };
    random.between(usual * 3 / 4 * MIB, usual * 5 / 4 * MIB)
}

fn scheduled(table: &Table, log: &mut Log, now: u64) {
    let (hour, minute) = (now % DAY / HOUR, now % HOUR / MINUTE);
    if office_hours(now) || minute == 0 {
        log.last(now, table, 6 * HOUR);
    }
    if minute != 0 {
        return;
    }
    log.last(now, table, DAY);
    if office_hours(now) && hour.is_multiple_of(2) {
        // Against the same day a week ago.
        log.last(now, table, DAY);
        log.range(now, table, now - 8 * DAY, now - 7 * DAY);
    }
    let today = now - now % DAY;
    if hour == 6 {
        for weeks in 0..5 {
            let day = today - DAY - weeks * 7 * DAY;
            log.range(now, table, day, day + DAY);
        }
    }
    if hour == 7 && (now / DAY).is_multiple_of(7) {
        log.last(now, table, 28 * DAY);
    }
    if hour == 5 && (now / DAY).is_multiple_of(30) {
        log.last(now, table, 60 * DAY);
    }
    if hour == 2 && now / DAY % 14 == 6 {
        log.all(now, table);
    }
}

fn people(table: &Table, log: &mut Log, random: &mut Random, begin: u64) {
    for day in (0..DAYS).map(|n| begin + n * DAY) {
        for _ in 0..4 {
            let start = day + random.between(8 * 60, 17 * 60) * MINUTE;
            if !office_hours(start) {
                continue;
            }
            // A few days, mostly of late, looked at again and again for an hour or so.
            let from = start - (random.log_uniform(7) * DAY).min(start);
            let days = random.between(1, 5);
            for n in 0..random.between(2, 8) {
                let now = start + n * random.between(4, 15) * MINUTE;
                log.range(now, table, from, from + days * DAY);
            }
        }
        if random.one_in(12) {
            // An incident: some day is looked into for two days.
            let about = day - (random.log_uniform(6) * DAY).min(day);
            for n in 0..16 {
                let now = day + 9 * HOUR + n * 3 * HOUR;
                log.range(now, table, about - DAY, about + DAY);
            }
        }
    }
}

/// Old days are delivered again; people check them the same day and the next.
fn backfills(table: &mut Table, log: &mut Log, random: &mut Random, begin: u64) {
    for (when, days_back, days) in [(25, 40, 6), (60, 75, 4)] {
        let now = begin + when * DAY + 10 * HOUR;
        let first = begin + when * DAY - days_back * DAY;
        table.replace(first, first + days * DAY, now);
        for n in 0..days * DAY / SPAN {
            let from = first + n * SPAN;
            table.add(from, from + SPAN, now, bytes(from, random));
        }
        for hours in [1, 2, 4, 6, 24, 28] {
            let then = now + hours * HOUR;
            log.range(then, table, first, first + days * DAY);
        }
    }
}
