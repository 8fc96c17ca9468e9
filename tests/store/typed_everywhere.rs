//! A struct with every type of field comes back bit for bit from every persistence and from every
//! tier of a table, by scans and by SQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use tempfile::TempDir;
use thermocline::formats::same_bits;
use thermocline::persistence::{
    ArrowPersistence, DuckDBPersistence, DynPersistence, ParquetPersistence, SoAPersistence,
};
use thermocline::prelude::*;
use thermocline_testing::Random;

#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
enum Planet {
    Mercury = 1,
    Earth = 3,
    Neptune = 8,
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Moon {
    name: String,
    mass: Option<f32>,
    craters: Vec<u16>,
    #[soa(dictionary)]
    colour: String,
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Everything {
    row: u32,
    flag: bool,
    int8: i8,
    int16: i16,
    int32: i32,
    int64: i64,
    uint8: u8,
    uint16: u16,
    uint64: u64,
    float32: f32,
    float64: f64,
    text: String,
    bytes: Vec<u8>,
    sixteen: [u8; 16],
    planet: Planet,
    #[soa(dictionary)]
    kind: String,
    #[soa(dictionary)]
    named: Planet,
    #[soa(timestamp(us))]
    at: i64,
    #[soa(timestamp(ns, "UTC"))]
    until: i64,
    #[soa(date)]
    day: i32,
    #[soa(decimal(38, 10))]
    price: i128,
    moon: Moon,
    moons: Vec<Moon>,
    #[soa(rename = "Käse \"x\"")]
    renamed: i32,
    maybe_flag: Option<bool>,
    maybe_int: Option<i64>,
    maybe_uint: Option<u64>,
    maybe_float: Option<f64>,
    maybe_text: Option<String>,
    maybe_bytes: Option<Vec<u8>>,
    maybe_sixteen: Option<[u8; 16]>,
    maybe_planet: Option<Planet>,
    #[soa(timestamp(ms))]
    maybe_at: Option<i64>,
    #[soa(timestamp(s, "Europe/Berlin"))]
    maybe_until: Option<i64>,
    #[soa(date)]
    maybe_day: Option<i32>,
    #[soa(decimal(20, 4))]
    maybe_price: Option<i128>,
    #[soa(date)]
    days: Vec<i32>,
    #[soa(decimal(20, 4))]
    prices: Vec<Option<i128>>,
    #[soa(dictionary)]
    kinds: Vec<String>,
    maybe_moon: Option<Moon>,
    maybe_list: Option<Vec<Option<i64>>>,
    lists: Vec<Vec<String>>,
}

fn text(random: &mut Random) -> String {
    match random.below(6) {
        0 => String::new(),
        1 => "größe 🧀".to_owned(),
        2 => "it's \"quoted\"".to_owned(),
        3 => "x".repeat(300),
        _ => format!("text {}", random.below(50)),
    }
}

fn planet(random: &mut Random) -> Planet {
    *[Planet::Mercury, Planet::Earth, Planet::Neptune]
        .get(random.below(3))
        .unwrap()
}

fn moon(random: &mut Random) -> Moon {
    let [a, b, c, d, ..] = random.awkward().to_le_bytes();
    Moon {
        name: text(random),
        mass: (!random.one_in(3)).then(|| f32::from_le_bytes([a, b, c, d])),
        craters: (0..4).take(random.below(4)).collect(),
        colour: text(random),
    }
}

fn bytes(random: &mut Random) -> Vec<u8> {
    let bytes = random.bits().to_le_bytes();
    bytes.into_iter().take(random.below(9)).collect()
}

fn sixteen(random: &mut Random) -> [u8; 16] {
    (u128::from(random.bits()) << 64 | u128::from(random.bits())).to_le_bytes()
}

/// Microseconds between the years 1677 and 2262, which nanoseconds reach too.
fn micros(random: &mut Random) -> i64 {
    random.awkward().cast_signed() / 1000
}

/// A day in the years that every calendar here has.
fn day(random: &mut Random) -> i32 {
    i32::try_from(random.awkward().cast_signed() % 700_000).unwrap()
}

fn price(random: &mut Random) -> i128 {
    i128::from(random.awkward().cast_signed())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "any bits of the width are welcome"
)]
fn row(random: &mut Random, row: u32) -> Everything {
    fn maybe<T>(random: &mut Random, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
        (!random.one_in(3)).then(|| value(random))
    }
    Everything {
        row,
        flag: random.one_in(2),
        int8: random.awkward() as i8,
        int16: random.awkward() as i16,
        int32: random.awkward() as i32,
        int64: random.awkward().cast_signed(),
        uint8: random.awkward() as u8,
        uint16: random.awkward() as u16,
        uint64: random.awkward(),
        // Zeros of both signs, infinities, NaNs with any payload.
        float32: f32::from_bits(random.awkward() as u32),
        float64: f64::from_bits(random.awkward()),
        text: text(random),
        bytes: bytes(random),
        sixteen: sixteen(random),
        planet: planet(random),
        kind: text(random),
        named: planet(random),
        at: micros(random),
        until: random.awkward().cast_signed().max(-i64::MAX),
        day: (random.awkward() as i32) % 700_000,
        price: i128::from(random.awkward().cast_signed()) * 1_000_000_007,
        moon: moon(random),
        moons: (0..random.below(3)).map(|_| moon(random)).collect(),
        renamed: random.awkward() as i32,
        maybe_flag: maybe(random, |r| r.one_in(2)),
        maybe_int: maybe(random, |r| r.awkward().cast_signed()),
        maybe_uint: maybe(random, Random::awkward),
        maybe_float: maybe(random, |r| f64::from_bits(r.awkward())),
        maybe_text: maybe(random, text),
        maybe_bytes: maybe(random, bytes),
        maybe_sixteen: maybe(random, sixteen),
        maybe_planet: maybe(random, planet),
        maybe_at: maybe(random, |r| micros(r) / 1000),
        maybe_until: maybe(random, |r| micros(r) / 1_000_000),
        maybe_day: maybe(random, day),
        maybe_price: maybe(random, price),
        days: (0..random.below(3)).map(|_| day(random)).collect(),
        prices: (0..random.below(3)).map(|_| maybe(random, price)).collect(),
        kinds: (0..random.below(3)).map(|_| text(random)).collect(),
        maybe_moon: maybe(random, moon),
        maybe_list: maybe(random, |r| {
            (0..r.below(4))
                .map(|_| maybe(r, |r| r.awkward().cast_signed()))
                .collect()
        }),
        lists: (0..random.below(3))
            .map(|_| (0..random.below(3)).map(|_| text(random)).collect())
            .collect(),
    }
}

fn given(random: &mut Random) -> EverythingSoA {
    (0..150).map(|number| row(random, number)).collect()
}

fn assert_same(mut found: EverythingSoA, given: &EverythingSoA, place: &str) {
    found.sort_by_key(|row| row.row);
    let (found, given) = (
        found.to_record_batch().unwrap(),
        given.to_record_batch().unwrap(),
    );
    assert_eq!(found.schema(), given.schema(), "{place}");
    for index in 0..given.num_columns() {
        let (found, given) = (
            found.project(&[index]).unwrap(),
            given.project(&[index]).unwrap(),
        );
        assert!(
            same_bits(&found, &given),
            "{place}: {:?}\ninstead of {:?}",
            found.column(0),
            given.column(0)
        );
    }
}

#[tokio::test]
async fn from_every_persistence() {
    let mut random = crate::kit::random();
    let (first, second) = (given(&mut random), given(&mut random));
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let parquet = |name: &str| ParquetPersistence::<EverythingSoA>::new(path(name));
    let partitioned = parquet("partitioned")
        .with_partition_by("planet, flag, day(at), bucket(3, text)".parse().unwrap());
    let database = path("everything.duckdb");
    let places: Vec<(&str, DynPersistence<EverythingSoA>)> = vec![
        ("memory", DynPersistence::new(ArrowPersistence::new())),
        ("files", DynPersistence::new(parquet("plain"))),
        ("partitioned files", DynPersistence::new(partitioned)),
        (
            "DuckDB in memory",
            DynPersistence::new(DuckDBPersistence::new(None, "everything").unwrap()),
        ),
        (
            "DuckDB in a file",
            DynPersistence::new(DuckDBPersistence::new(database.to_str(), "everything").unwrap()),
        ),
    ];
    for (name, mut place) in places {
        place.save(&second).await.unwrap();
        place.save(&first).await.unwrap();
        assert_same(place.load().await.unwrap().unwrap(), &first, name);
        // And through batches that were cut elsewhere.
        place.clear().await.unwrap();
        let batch = second.to_record_batch().unwrap();
        for start in (0..150).step_by(60) {
            let piece = batch.slice(start, 60.min(150 - start));
            let piece = EverythingSoA::from_record_batch(&piece).unwrap();
            place.append(&piece).await.unwrap();
        }
        assert_same(place.load().await.unwrap().unwrap(), &second, name);
        assert_eq!(place.count().await.unwrap(), 150, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_every_tier_by_scan_and_by_sql() {
    let mut random = crate::kit::random();
    let given = given(&mut random);
    let dir = TempDir::new().unwrap();
    let store = crate::kit::builder(&dir).open().await.unwrap();
    let table = store
        .typed_with::<EverythingSoA>("everything", |options| {
            options.partition_by("bucket(3, row)".parse().unwrap())
        })
        .await
        .unwrap();
    table.append(&given).await.unwrap();
    for tier in [None, Some(Tier::Hot), Some(Tier::Warm), Some(Tier::Cold)] {
        if let Some(tier) = tier {
            table.table().move_to(&Selection::All, tier).await.unwrap();
        }
        let place = format!("{tier:?}");
        assert_same(table.load().await.unwrap(), &given, &place);
        let by_sql: EverythingSoA = store.sql("FROM everything").rows().await.unwrap();
        assert_same(by_sql, &given, &format!("{place}, by SQL"));
    }
    drop(table);
    store.close().await.unwrap();
    let store = crate::kit::builder(&dir).open().await.unwrap();
    let table = store.typed::<EverythingSoA>("everything").await.unwrap();
    assert_same(table.load().await.unwrap(), &given, "opened again");
}
