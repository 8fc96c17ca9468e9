//! Enums as codes and as names.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, RecordBatch, UInt8Array};
use arrow::datatypes::{DataType, Int32Type};
use thermocline_derive::{SoA, SoAEnum};
use thermocline_formats::ErrorKind;
use thermocline_formats::soa::{ArrowSchemaGen, SoaEnum, ToArrow};

#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
enum Level {
    Low,
    High = 7,
    #[soa(rename = "very high")]
    Highest,
}

/// Its codes are its own affair.
#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
#[soa(code)]
enum Side {
    Buy,
    Sell,
}

impl From<Side> for u8 {
    fn from(side: Side) -> Self {
        match side {
            Side::Buy => b'B',
            Side::Sell => b'S',
        }
    }
}

impl TryFrom<u8> for Side {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        match code {
            b'B' => Ok(Self::Buy),
            b'S' => Ok(Self::Sell),
            _ => Err(format!("{code} is no side")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Trade {
    level: Level,
    side: Side,
    #[soa(dictionary)]
    named: Level,
    #[soa(dictionary)]
    maybe: Option<Level>,
    levels: Vec<Level>,
}

fn trades() -> Vec<Trade> {
    let trade = |level, side, maybe| Trade {
        level,
        side,
        named: level,
        maybe,
        levels: vec![level, Level::Low],
    };
    vec![
        trade(Level::High, Side::Sell, None),
        trade(Level::Highest, Side::Buy, Some(Level::Low)),
        trade(Level::Low, Side::Buy, Some(Level::Highest)),
    ]
}

#[test]
fn codes_are_discriminants_or_what_the_enum_says() {
    let columns = TradeSoA::from_iter(trades());
    assert_eq!(columns.level_raw_array(), [7, 8, 0]);
    assert_eq!(columns.side_raw_array(), b"SBB");
    let types = TradeSoA::arrow_field_types();
    assert_eq!(types[..2], [DataType::UInt8, DataType::UInt8]);
    let batch = columns.to_record_batch().unwrap();
    let names = batch
        .column(2)
        .as_dictionary::<Int32Type>()
        .downcast_dict::<arrow::array::StringArray>();
    let names: Vec<_> = names.unwrap().into_iter().flatten().collect();
    assert_eq!(names, ["High", "very high", "Low"]);
    assert_eq!(
        TradeSoA::from_record_batch(&batch).unwrap().to_rows(),
        trades()
    );
}

#[test]
fn dense_codes_are_known_as_such() {
    assert_eq!((Level::DENSE, Side::DENSE), (None, None));
    assert_eq!(crate::orders::OrderStatus::DENSE, Some(5));
    assert_eq!(Level::NAMES, ["Low", "High", "very high"]);
    for code in 0..=255 {
        assert_eq!(
            Level::from_code(code).map(|level| level.code()),
            (code == 0 || code == 7 || code == 8).then_some(code)
        );
    }
}

fn with_column(name: &str, column: ArrayRef) -> RecordBatch {
    let batch = TradeSoA::from_iter(trades()).to_record_batch().unwrap();
    let at = batch.schema().index_of(name).unwrap();
    let mut columns = batch.columns().to_vec();
    columns[at] = column;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

#[test]
fn an_unknown_code_is_an_error_that_names_row_and_code() {
    let batch = with_column("level", Arc::new(UInt8Array::from(vec![0, 7, 3])));
    let error = TradeSoA::from_record_batch(&batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("level"), Some(2))
    );
    assert_eq!(error.mismatch(), None);
    assert_eq!(
        error.to_string(),
        "column `level` has, in row 2, 3, which is no code of `Level`; its codes are [0, 7, 8]"
    );
    let batch = with_column("side", Arc::new(UInt8Array::from(vec![b'B', 0, b'S'])));
    let error = TradeSoA::from_record_batch(&batch).unwrap_err();
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("side"), Some(1))
    );
    // In a list, it is the row that counts, and not the item.
    let levels = TradeSoA::from_iter(trades()).to_record_batch().unwrap();
    let (field, offsets, _, nulls) = levels.column(4).as_list::<i32>().clone().into_parts();
    let items = Arc::new(UInt8Array::from(vec![0, 0, 0, 99, 0, 0]));
    let list = arrow::array::ListArray::new(field, offsets, items, nulls);
    let error = TradeSoA::from_record_batch(&with_column("levels", Arc::new(list))).unwrap_err();
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("levels.item"), Some(1))
    );
}

/// As another crate might have it: no derive, and no trait of ours.
mod elsewhere {
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub(crate) enum Weekday {
        #[default]
        Monday,
        Sunday,
    }

    impl From<Weekday> for u8 {
        fn from(day: Weekday) -> u8 {
            match day {
                Weekday::Monday => 1,
                Weekday::Sunday => 7,
            }
        }
    }

    impl TryFrom<u8> for Weekday {
        type Error = ();

        fn try_from(code: u8) -> Result<Self, ()> {
            match code {
                1 => Ok(Self::Monday),
                7 => Ok(Self::Sunday),
                _ => Err(()),
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Shift {
    #[soa(code)]
    day: elsewhere::Weekday,
    #[soa(code)]
    swapped: Option<elsewhere::Weekday>,
    #[soa(code)]
    free: Vec<elsewhere::Weekday>,
}

#[test]
fn enums_of_other_crates_are_columns_by_their_own_conversions() {
    use elsewhere::Weekday::{Monday, Sunday};
    let rows = [
        Shift {
            day: Sunday,
            swapped: None,
            free: vec![],
        },
        Shift {
            day: Monday,
            swapped: Some(Sunday),
            free: vec![Monday, Sunday],
        },
    ];
    let columns = ShiftSoA::from_iter(rows.clone());
    assert_eq!(columns.day_raw_array(), [7, 1]);
    assert_eq!(columns.view(0).unwrap().day, Sunday);
    let batch = columns.to_record_batch().unwrap();
    assert_eq!(batch.schema().field(0).data_type(), &DataType::UInt8);
    assert_eq!(ShiftSoA::from_record_batch(&batch).unwrap().to_rows(), rows);
    let mut arrays = batch.columns().to_vec();
    arrays[0] = Arc::new(UInt8Array::from(vec![7, 2]));
    let unknown = RecordBatch::try_new(batch.schema(), arrays).unwrap();
    let error = ShiftSoA::from_record_batch(&unknown).unwrap_err();
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("day"), Some(1))
    );
    assert!(error.to_string().contains("Weekday"), "{error}");
}

#[test]
fn an_unknown_name_is_an_error_that_names_row_and_name() {
    let names: DictionaryArray<Int32Type> = ["Low", "Lowest", "Low"].into_iter().collect();
    let error = TradeSoA::from_record_batch(&with_column("named", Arc::new(names))).unwrap_err();
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("named"), Some(1))
    );
    assert!(
        error
            .to_string()
            .contains("\"Lowest\", which is no variant of `Level`"),
        "{error}"
    );
}

#[test]
fn under_a_null_any_code_may_stand() {
    #[derive(Debug, PartialEq, SoA)]
    struct Maybe {
        level: Option<Level>,
    }
    let codes = UInt8Array::new(vec![7, 99].into(), Some(vec![true, false].into()));
    let batch = RecordBatch::try_from_iter([("level", Arc::new(codes) as ArrayRef)]).unwrap();
    let columns = MaybeSoA::from_record_batch(&batch).unwrap();
    assert_eq!(
        columns.to_rows(),
        [
            Maybe {
                level: Some(Level::High)
            },
            Maybe { level: None }
        ]
    );
}
