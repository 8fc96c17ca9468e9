//! Arrays of random values.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray,
    FixedSizeBinaryArray, GenericListArray, LargeBinaryArray, LargeStringArray, OffsetSizeTrait,
    PrimitiveArray, StringArray, StructArray, make_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Field, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::Random;

/// An array for a field.
pub(super) fn array(random: &mut Random, field: &Field, rows: usize, long: bool) -> ArrayRef {
    let nulls = field.is_nullable().then(|| nulls(random, rows)).flatten();
    values(random, field.data_type(), rows, nulls, long)
}

/// No nulls, all nulls, or some.
fn nulls(random: &mut Random, rows: usize) -> Option<NullBuffer> {
    let one_in = match random.below(8) {
        0 => return None,
        1 => 1,
        2 => 2,
        _ => 7,
    };
    Some((0..rows).map(|_| !random.one_in(one_in)).collect())
}

#[expect(clippy::panic, reason = "for tests")]
fn values(
    random: &mut Random,
    data_type: &DataType,
    rows: usize,
    nulls: Option<NullBuffer>,
    long: bool,
) -> ArrayRef {
    use DataType as T;

    let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    match data_type {
        T::Boolean => {
            let bits = (0..rows).map(|_| random.one_in(2)).collect();
            Arc::new(BooleanArray::new(bits, nulls))
        }
        T::Decimal32(precision, _) | T::Decimal64(precision, _) => {
            let digits = |random: &mut Random| i64::try_from(decimal(random, *precision));
            let values: Vec<i64> = (0..rows)
                .map(|_| digits(random).unwrap_or_default())
                .collect();
            if matches!(data_type, T::Decimal64(_, _)) {
                fixed(data_type, rows, nulls, Buffer::from_vec(values))
            } else {
                let narrow = values
                    .into_iter()
                    .map(|value| i32::try_from(value).unwrap_or_default());
                fixed(
                    data_type,
                    rows,
                    nulls,
                    Buffer::from_vec(narrow.collect::<Vec<i32>>()),
                )
            }
        }
        T::Decimal128(precision, _) => {
            let values: Vec<i128> = (0..rows).map(|_| decimal(random, *precision)).collect();
            fixed(data_type, rows, nulls, Buffer::from_vec(values))
        }
        T::Time32(_) | T::Time64(_) => {
            let values: Vec<i64> = (0..rows)
                .map(|_| i64::try_from(random.bits() % 86_400).unwrap_or_default())
                .collect();
            if matches!(data_type, T::Time64(_)) {
                fixed(data_type, rows, nulls, Buffer::from_vec(values))
            } else {
                let narrow = values
                    .into_iter()
                    .map(|value| i32::try_from(value).unwrap_or_default());
                fixed(
                    data_type,
                    rows,
                    nulls,
                    Buffer::from_vec(narrow.collect::<Vec<i32>>()),
                )
            }
        }
        T::Date64 => {
            let day = |random: &mut Random| {
                i64::try_from(random.awkward() % 4_000_000_000).unwrap_or_default()
            };
            let values: Vec<i64> = (0..rows).map(|_| day(random) * 86_400_000).collect();
            fixed(data_type, rows, nulls, Buffer::from_vec(values))
        }
        T::Float16 | T::Float32 | T::Float64 => {
            let width = data_type.primitive_width().unwrap_or_default();
            let bytes: Vec<u8> = (0..rows).flat_map(|_| float(random, width)).collect();
            fixed(data_type, rows, nulls, Buffer::from_vec(bytes))
        }
        other if other.primitive_width().is_some() => {
            let width = other.primitive_width().unwrap_or_default();
            let bytes: Vec<u8> = (0..rows)
                .flat_map(|_| random.awkward().to_le_bytes().into_iter().take(width))
                .collect();
            fixed(data_type, rows, nulls, Buffer::from_vec(bytes))
        }
        T::Utf8 => Arc::new(StringArray::from_iter(
            (0..rows).map(|row| Some(text(random, long)).filter(|_| !is_null(row))),
        )),
        T::LargeUtf8 => Arc::new(LargeStringArray::from_iter(
            (0..rows).map(|row| Some(text(random, long)).filter(|_| !is_null(row))),
        )),
        T::Binary => Arc::new(BinaryArray::from_iter(
            (0..rows).map(|row| Some(bytes(random, long)).filter(|_| !is_null(row))),
        )),
        T::LargeBinary => Arc::new(LargeBinaryArray::from_iter(
            (0..rows).map(|row| Some(bytes(random, long)).filter(|_| !is_null(row))),
        )),
        T::FixedSizeBinary(width) => {
            let len = rows * usize::try_from(*width).unwrap_or_default();
            let bytes: Vec<u8> = (0..len).map(|_| byte(random)).collect();
            Arc::new(FixedSizeBinaryArray::new(
                *width,
                Buffer::from_vec(bytes),
                nulls,
            ))
        }
        T::Dictionary(key, value) => dictionary(random, key, value, rows, nulls),
        T::List(item) => list::<i32>(random, item, rows, nulls, long),
        T::LargeList(item) => list::<i64>(random, item, rows, nulls, long),
        T::Struct(fields) => {
            let columns = fields
                .iter()
                .map(|field| array(random, field, rows, long))
                .collect::<Vec<_>>();
            Arc::new(StructArray::new(fields.clone(), columns, nulls))
        }
        other => panic!("there are no random values of type {other}"),
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
fn fixed(data_type: &DataType, rows: usize, nulls: Option<NullBuffer>, values: Buffer) -> ArrayRef {
    let data = arrow::array::ArrayData::builder(data_type.clone())
        .len(rows)
        .nulls(nulls)
        .add_buffer(values)
        .align_buffers(true)
        .build()
        .expect("the buffer has the right length");
    make_array(data)
}

fn decimal(random: &mut Random, precision: u8) -> i128 {
    let end = 10_i128.pow(u32::from(precision));
    match random.below(6) {
        0 => end - 1,
        1 => 1 - end,
        2 => 0,
        3 => i128::from(random.bits() % 10),
        _ => ((i128::from(random.bits()) << 63) | i128::from(random.bits() >> 1)) % end,
    }
}

/// The bytes of a float of this width.
fn float(random: &mut Random, width: usize) -> Vec<u8> {
    // Sign and exponent stand in the last bytes.
    let mut bytes: Vec<u8> = random
        .bits()
        .to_le_bytes()
        .into_iter()
        .skip(8 - width)
        .collect();
    match random.below(6) {
        0 => bytes.fill(0),
        1 => {
            bytes.fill(0);
            bytes.last_mut().into_iter().for_each(|byte| *byte = 0x80);
        }
        2 => {
            // NaN with whatever payload stands in the other bytes.
            bytes.last_mut().into_iter().for_each(|byte| *byte |= 0x7f);
            let len = bytes.len();
            bytes
                .iter_mut()
                .rev()
                .nth(1)
                .into_iter()
                .for_each(|byte| *byte |= 0xf0);
            bytes
                .iter_mut()
                .take(len - 1)
                .next()
                .into_iter()
                .for_each(|byte| *byte |= 1);
        }
        3 => {
            let value = f64::from(u32::try_from(random.bits() % 9).unwrap_or_default()) - 4.0;
            match width {
                8 => bytes = value.to_le_bytes().to_vec(),
                4 => {
                    let small = i16::try_from(random.bits() % 9).unwrap_or_default();
                    bytes = (f32::from(small) - 4.0).to_le_bytes().to_vec();
                }
                _ => {}
            }
        }
        _ => {}
    }
    bytes
}

fn text(random: &mut Random, long: bool) -> String {
    const PIECES: [&str; 8] = ["", "a", "Z", "0", "\u{e4}", "\u{20ac}", "\u{10ffff}", "\0"];
    let mut text = String::new();
    for _ in 0..random.below(12) {
        text.push_str(
            PIECES
                .get(random.below(PIECES.len()))
                .copied()
                .unwrap_or_default(),
        );
    }
    match random.below(40) {
        0 => text.repeat(40),
        1 if long => text.repeat(1_000_000 / text.len().max(1)),
        _ => text,
    }
}

fn bytes(random: &mut Random, long: bool) -> Vec<u8> {
    let len = match random.below(40) {
        0 => 300,
        1 if long => 1_000_000,
        _ => random.below(12),
    };
    (0..len).map(|_| byte(random)).collect()
}

fn byte(random: &mut Random) -> u8 {
    let [byte, ..] = random.awkward().to_le_bytes();
    byte
}

fn list<O: OffsetSizeTrait>(
    random: &mut Random,
    item: &Arc<Field>,
    rows: usize,
    nulls: Option<NullBuffer>,
    long: bool,
) -> ArrayRef {
    let lengths: Vec<usize> = (0..rows).map(|_| random.below(4)).collect();
    let items = array(random, item, lengths.iter().sum(), long);
    let offsets = OffsetBuffer::<O>::from_lengths(lengths);
    Arc::new(GenericListArray::new(
        Arc::clone(item),
        offsets,
        items,
        nulls,
    ))
}

#[expect(clippy::panic, reason = "for tests")]
fn dictionary(
    random: &mut Random,
    key: &DataType,
    value: &DataType,
    rows: usize,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    use DataType as T;

    // Some values stand there twice, and some are used by no row.
    let words: Vec<String> = (0..20).map(|word| format!("word {}", word % 15)).collect();
    let words: ArrayRef = match value {
        T::LargeUtf8 => Arc::new(LargeStringArray::from(words)),
        _ => Arc::new(StringArray::from(words)),
    };
    match key {
        T::Int8 => keys::<Int8Type>(random, words, rows, nulls),
        T::Int16 => keys::<Int16Type>(random, words, rows, nulls),
        T::Int32 => keys::<Int32Type>(random, words, rows, nulls),
        T::Int64 => keys::<Int64Type>(random, words, rows, nulls),
        T::UInt8 => keys::<UInt8Type>(random, words, rows, nulls),
        T::UInt16 => keys::<UInt16Type>(random, words, rows, nulls),
        T::UInt32 => keys::<UInt32Type>(random, words, rows, nulls),
        T::UInt64 => keys::<UInt64Type>(random, words, rows, nulls),
        other => panic!("{other} is no key of a dictionary"),
    }
}

fn keys<K>(random: &mut Random, words: ArrayRef, rows: usize, nulls: Option<NullBuffer>) -> ArrayRef
where
    K: ArrowDictionaryKeyType + ArrowPrimitiveType,
{
    let keys = (0..rows).map(|_| K::Native::usize_as(random.below(words.len())));
    let keys = PrimitiveArray::<K>::new(keys.collect(), nulls);
    Arc::new(DictionaryArray::new(keys, words))
}
