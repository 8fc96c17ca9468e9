//! `#[derive(SoA, SoAEnum, SoAStore)]`: plain structs become columns.
//!
//! Use it through the `thermocline` crate, whose `soa` module holds the traits that the generated
//! code implements.

mod expand;
mod input;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use syn::{DeriveInput, Result, parse_macro_input};

/// Generates the columns of a struct with named fields.
///
/// # What is generated
///
/// For a struct `Order` this writes four types with the visibility of `Order`:
///
/// **`OrderSoA`**, the rows as columns. It has
///
/// - `new`, `with_capacity`, `len`, `is_empty`, `reserve`, `memory_size`;
/// - `push` and `Extend` to add rows, `FromIterator` to collect them;
/// - `view(row)`, an `OrderView`; `get(row)`, an `Order`; `view_mut(row)`, an `OrderMut`;
///   `set(row, order)`; `iter`, and `IntoIterator` by reference and by value; `to_rows`;
/// - `truncate`, `clear`, `swap_remove`, `sort_by_key`;
/// - for each field `<field>_raw_array` and `<field>_raw_array_mut`. They give a slice if all values
///   of the field have the same width: `&[u64]` for a `u64`, `&[u8]`, the codes, for an enum,
///   `&[i64]` for a timestamp. For the other types they give the column itself;
/// - `ArrowSchemaGen` and `ToArrow` of `thermocline::soa`, so that it becomes a record batch and
///   comes back from one, without a copy of what has a fixed width. `TryFrom<RecordBatch>` does the
///   same and takes the batch, so that no change has to copy what only this batch had;
/// - `Clone` (which shares the values until one of the two is changed), `Debug`, `Default`,
///   `PartialEq`.
///
/// **`OrderColumns`**, the same columns as a struct with public fields. `OrderSoA` can be read like
/// it (`orders.order_id[3]`), `into_columns` takes it apart, and `OrderSoA::try_from(columns)` puts
/// it together again if all columns are equally long.
///
/// **`OrderView<'_>`**, a row where it stands: numbers by value, texts as `&str`, bytes as `&[u8]`,
/// structs as their view, lists as a `ListView`. Its `to_owned` is an `Order`. It has `Clone`,
/// `Debug` and `PartialEq`.
///
/// **`OrderMut<'_>`**, a row that can be changed where it stands: numbers as `&mut`, all others as a
/// `Slot` with `get` and `set`. Its `as_view` is an `OrderView`, its `to_owned` an `Order`.
///
/// # Types of fields
///
/// | field | Arrow |
/// | --- | --- |
/// | `bool`, `i8` … `i64`, `u8` … `u64`, `f32`, `f64` | `Boolean`, `Int8` … `Float64` |
/// | `String`, `Vec<u8>`, `[u8; N]` | `Utf8`, `Binary`, `FixedSizeBinary(N)` |
/// | an enum with `#[derive(SoAEnum)]` | `UInt8`, or a dictionary of its names |
/// | a struct with `#[derive(SoA)]` | `Struct` |
/// | `Option` and `Vec` of all these | nullable, `List` |
/// | `chrono::DateTime<Utc>`, `jiff::Timestamp` (features `chrono`, `jiff`) | `Timestamp(ns, UTC)` |
/// | `chrono::NaiveDateTime`, `jiff::civil::DateTime` | `Timestamp(ns)` |
/// | `chrono::NaiveDate`, `jiff::civil::Date` | `Date32` |
/// | `uuid::Uuid` (feature `uuid`) | `FixedSizeBinary(16)` |
/// | `rust_decimal::Decimal` with `#[soa(decimal(p, s))]` (feature `decimal`) | `Decimal128(p, s)` |
///
/// Other types can implement `thermocline::soa::SoaField`. A struct may be generic over types and
/// constants; its columns are then generic over the same ones.
///
/// Every value comes back as it went in, bit for bit; only a `Decimal` comes back as an equal one,
/// with as many digits behind the point as its column has. A value that the Arrow type can't hold (a
/// timestamp finer than its unit, a decimal with too many digits) is kept in memory; making a record
/// batch is then an error that names column, row and value.
///
/// # Attributes of fields
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[soa(rename = "…")]` | the Arrow column has this name |
/// | `#[soa(timestamp(unit))]`, `#[soa(timestamp(unit, "zone"))]` | an `i64`, or a timestamp of `chrono` or `jiff`, is a timestamp in `s`, `ms`, `us` or `ns`. A `DateTime<Utc>` or `jiff::Timestamp` has the zone UTC if none is named |
/// | `#[soa(date)]` | an `i32` is a date, counted in days from 1970-01-01 |
/// | `#[soa(decimal(precision, scale))]` | a `rust_decimal::Decimal`, or an `i128` that counts the last digit, has so many digits in all and behind the point |
/// | `#[soa(dictionary)]` | a `String`, or an enum by its name, is held once for each different text |
/// | `#[soa(code)]` | an enum of another crate is the byte that its `TryFrom<u8>` and `Into<u8>` say; it needs `Default` as well, for rows without a value |
/// | `#[soa(skip)]` | not a column; rows that are made from the columns have `Default::default()` there |
/// | `#[soa(skip, default = "expression")]` | the same, and they have the value of the expression |
///
/// An attribute also reaches the type inside an `Option` or a `Vec`.
///
/// # Attributes of the struct
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[soa(no_arrow)]` | don't implement `ArrowSchemaGen`, `ToArrow` and `TryFrom<RecordBatch>`: they are written by hand |
/// | `#[soa(crate = "path")]` | where the crate `thermocline` is found, if not under its name |
///
/// # Example
///
/// ```text
/// use thermocline::{SoA, SoAEnum, soa::ToArrow};
///
/// #[derive(Debug, Clone, PartialEq, SoAEnum)]
/// enum Status { Pending, Shipped }
///
/// #[derive(Debug, Clone, PartialEq, SoA)]
/// struct Order {
///     order_id: u64,
///     status: Status,
///     #[soa(rename = "note_to_seller")]
///     note: Option<String>,
/// }
///
/// let mut orders = OrderSoA::new();
/// orders.push(Order { order_id: 7, status: Status::Pending, note: None });
/// if let Some(mut order) = orders.view_mut(0) {
///     order.status.set(Status::Shipped);
/// }
/// assert_eq!(orders.order_id_raw_array(), [7]);
/// let batch = orders.to_record_batch()?;
/// assert_eq!(OrderSoA::from_record_batch(&batch)?, orders);
/// ```
#[proc_macro_derive(SoA, attributes(soa))]
pub fn derive_soa(tokens: TokenStream) -> TokenStream {
    let item = parse_macro_input!(tokens as DeriveInput);
    output(input::Struct::parse(&item).map(|item| expand::soa(&item)))
}

/// Lets an enum without fields be a field of a struct with `#[derive(SoA)]`.
///
/// A column has one byte a row: the variant's code. Codes are the discriminants if these are
/// written as numbers, and else count from 0. They must not change once there is data. A batch with
/// a code that the enum doesn't have is refused, with the row and the code.
///
/// With `#[soa(dictionary)]` on the field, the column has the variant's names instead, each once.
///
/// The enum must have `Clone`, `Debug` and `PartialEq`.
///
/// # Attributes
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[soa(rename = "…")]` on a variant | its name in a dictionary |
/// | `#[soa(code)]` on the enum | its own `TryFrom<u8>` and `Into<u8>` say what the codes are |
/// | `#[soa(crate = "path")]` on the enum | where the crate `thermocline` is found |
///
/// # Example
///
/// ```text
/// use thermocline::{SoA, SoAEnum};
///
/// #[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
/// enum Status {
///     Pending = 1,
///     Shipped = 2,
/// }
///
/// #[derive(SoA)]
/// struct Order {
///     order_id: u64,
///     status: Status,
/// }
///
/// let orders = OrderSoA::from_iter([Order { order_id: 7, status: Status::Shipped }]);
/// assert_eq!(orders.status_raw_array(), [2]);
/// ```
#[proc_macro_derive(SoAEnum, attributes(soa))]
pub fn derive_soa_enum(tokens: TokenStream) -> TokenStream {
    let item = parse_macro_input!(tokens as DeriveInput);
    output(input::Enum::parse(&item).map(|item| expand::soa_enum(&item)))
}

/// Generates stores in memory of a struct that also has `#[derive(SoA)]`.
///
/// For a struct `Order`, this names two types with the visibility of `Order`:
///
/// - `OrderStore`, a `thermocline::soa::RowStore<Order>`: the rows as columns (`kernel`), and an
///   index by key. `add` puts a row in place of the one with the same key, if there is one, and
///   gives its index; `insert` refuses instead; `add_batch`, `get`, `view`, `index_of`, `remove`,
///   `len`, `iter`.
/// - `OrderShards`, a `thermocline::soa::ShardedStore<Order>`: several of them, each with a lock of
///   its own, so that threads write in parallel through `&self`.
///
/// # Attributes
///
/// `#[soa_store(key = "field", shards = 16)]`: the field that is the key, unique in the store, and
/// the number of shards, 16 if it isn't said. A key is an integer, a `bool`, a `String`, a
/// `Vec<u8>`, a `[u8; N]` or a `uuid::Uuid`. Which shard a key is in is told by a hash that doesn't
/// change: see `thermocline::soa::ShardedStore`.
///
/// # Example
///
/// ```text
/// use thermocline::{SoA, SoAStore};
///
/// #[derive(Clone, SoA, SoAStore)]
/// #[soa_store(key = "order_id", shards = 16)]
/// struct Order {
///     order_id: u64,
///     quantity: u32,
/// }
///
/// let mut store = OrderStore::new();
/// assert_eq!(store.add(Order { order_id: 7, quantity: 1 }), 0);
/// assert_eq!(store.add(Order { order_id: 7, quantity: 2 }), 0);
/// assert_eq!(store.kernel().quantity_raw_array(), [2]);
/// ```
#[proc_macro_derive(SoAStore, attributes(soa, soa_store))]
pub fn derive_soa_store(tokens: TokenStream) -> TokenStream {
    let item = parse_macro_input!(tokens as DeriveInput);
    output(input::Store::parse(&item).map(|item| expand::soa_store(item.as_ref())))
}

fn output(result: Result<Tokens>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
