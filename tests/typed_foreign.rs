//! Dates, timestamps, UUIDs and decimals of other crates, and enums that know nothing of us, come
//! back from every persistence and every tier.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[cfg(test)]
mod kit;

use tempfile::TempDir;
use thermocline::persistence::{
    ArrowPersistence, DuckDBPersistence, DynPersistence, ParquetPersistence, SoAPersistence,
};
use thermocline::prelude::*;
use thermocline::soa::chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use thermocline::soa::jiff::{Timestamp, civil};
use thermocline::soa::rust_decimal::Decimal;
use thermocline::soa::uuid::Uuid;
use thermocline_testing::Random;

/// Another crate's, so to speak.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Level {
    #[default]
    Low,
    High,
}

impl From<Level> for u8 {
    fn from(level: Level) -> u8 {
        match level {
            Level::Low => 10,
            Level::High => 200,
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        match code {
            10 => Ok(Self::Low),
            200 => Ok(Self::High),
            other => Err(format!("{other} is no level")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Event {
    row: u32,
    id: Uuid,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    day: NaiveDate,
    #[soa(timestamp(us, "Europe/Berlin"))]
    booked: Option<Timestamp>,
    #[soa(timestamp(s))]
    meeting: civil::DateTime,
    due: Option<civil::Date>,
    days: Vec<civil::Date>,
    #[soa(decimal(38, 18))]
    price: Decimal,
    #[soa(decimal(10, 2))]
    rebate: Option<Decimal>,
    #[soa(decimal(10, 2))]
    rates: Vec<Decimal>,
    #[soa(code)]
    level: Level,
    #[soa(code)]
    before: Option<Level>,
    others: Vec<Uuid>,
}

fn below(random: &mut Random, end: u32) -> i64 {
    i64::try_from(random.bits() % u64::from(end)).unwrap()
}

fn level(random: &mut Random) -> Level {
    if random.one_in(2) {
        Level::Low
    } else {
        Level::High
    }
}

fn uuid(random: &mut Random) -> Uuid {
    Uuid::from_u64_pair(random.awkward(), random.awkward())
}

fn date(random: &mut Random) -> civil::Date {
    // Years 1 to 9999.
    let year = i16::try_from(1 + below(random, 9999)).unwrap();
    let month = i8::try_from(1 + below(random, 12)).unwrap();
    civil::date(year, month, i8::try_from(1 + below(random, 28)).unwrap())
}

fn event(random: &mut Random, row: u32) -> Event {
    // 1677 to 2262, which nanoseconds reach.
    let nanos = random.awkward().cast_signed().max(-i64::MAX);
    let at = DateTime::from_timestamp_nanos(nanos);
    let cents = |random: &mut Random| Decimal::new(below(random, 1 << 30) - (1 << 29), 2);
    Event {
        row,
        id: uuid(random),
        at,
        local: at.naive_utc(),
        day: at.date_naive(),
        booked: (!random.one_in(3)).then(|| Timestamp::from_microsecond(nanos / 1000).unwrap()),
        meeting: date(random).at(23, 59, i8::try_from(below(random, 60)).unwrap(), 0),
        due: (!random.one_in(3)).then(|| date(random)),
        days: (0..random.below(3)).map(|_| date(random)).collect(),
        price: Decimal::new(
            random.awkward().cast_signed(),
            if random.one_in(2) { 18 } else { 0 },
        ),
        rebate: (!random.one_in(3)).then(|| cents(random)),
        rates: (0..random.below(3)).map(|_| cents(random)).collect(),
        level: level(random),
        before: (!random.one_in(3)).then(|| level(random)),
        others: (0..random.below(3)).map(|_| uuid(random)).collect(),
    }
}

fn given(random: &mut Random) -> Vec<Event> {
    (0..200).map(|row| event(random, row)).collect()
}

fn sorted(mut found: EventSoA) -> Vec<Event> {
    found.sort_by_key(|event| event.row);
    found.to_rows()
}

#[tokio::test]
async fn from_every_persistence() {
    let given = given(&mut kit::random());
    let events = EventSoA::from_iter(given.clone());
    let dir = TempDir::new().unwrap();
    let places: Vec<(&str, DynPersistence<EventSoA>)> = vec![
        ("memory", DynPersistence::new(ArrowPersistence::new())),
        (
            "files",
            DynPersistence::new(
                ParquetPersistence::new(dir.path().join("events"))
                    .with_partition_by("month(booked), level".parse().unwrap()),
            ),
        ),
        (
            "DuckDB",
            DynPersistence::new(DuckDBPersistence::new(None, "events").unwrap()),
        ),
    ];
    for (name, mut place) in places {
        place.save(&events).await.unwrap();
        assert_eq!(
            sorted(place.load().await.unwrap().unwrap()),
            given,
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_every_tier_by_scan_and_by_sql() {
    let given = given(&mut kit::random());
    let dir = TempDir::new().unwrap();
    let store = kit::builder(&dir).open().await.unwrap();
    let table = store.typed::<EventSoA>("events").await.unwrap();
    table
        .append(&given.iter().cloned().collect())
        .await
        .unwrap();
    for tier in [Tier::Hot, Tier::Warm, Tier::Cold] {
        table.table().move_to(&Selection::All, tier).await.unwrap();
        assert_eq!(sorted(table.load().await.unwrap()), given, "{tier:?}");
        let by_sql: EventSoA = store.sql("FROM events").rows().await.unwrap();
        assert_eq!(sorted(by_sql), given, "{tier:?}, by SQL");
    }
}
