//! Structs of arrays: plain structs as columns, to record batches and back.
//!
//! `#[derive(SoA)]` makes columns of a struct, and the [conversions](ToArrow) to and from a
//! [`RecordBatch`]; `#[derive(SoAEnum)]` lets an enum be a field, and `#[derive(SoAStore)]` makes
//! [stores in memory](RowStore) with a key.
//!
//! ```
//! # extern crate thermocline_formats as thermocline;
//! # use thermocline_derive::{SoA, SoAEnum, SoAStore};
//! // use thermocline::{SoA, SoAEnum, SoAStore};
//! use thermocline::soa::ToArrow;
//!
//! #[derive(Debug, Clone, PartialEq, SoAEnum)]
//! enum Status {
//!     Pending,
//!     Shipped,
//! }
//!
//! #[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
//! #[soa_store(key = "order_id", shards = 16)]
//! struct Order {
//!     order_id: u64,
//!     total: f64,
//!     status: Status,
//!     note: Option<String>,
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let order = |order_id, total| Order { order_id, total, status: Status::Pending, note: None };
//!     let mut store = OrderStore::new();
//!     store.add_batch([order(7, 12.5), order(8, 2.5)]);
//!     store.add(Order { status: Status::Shipped, ..order(8, 3.0) });
//!
//!     let orders = store.kernel();
//!     assert_eq!(orders.total_raw_array().iter().sum::<f64>(), 15.5);
//!     assert_eq!(orders.view(1).map(|order| order.status), Some(Status::Shipped));
//!
//!     let batch = orders.to_record_batch()?;
//!     let back = OrderSoA::from_record_batch(&batch)?;
//!     assert_eq!(back, *orders);
//!     // Nothing was copied.
//!     assert_eq!(back.total_raw_array().as_ptr(), orders.total_raw_array().as_ptr());
//!     Ok(())
//! }
//! ```
//!
//! # What is copied
//!
//! A [`Column`] of numbers is a `Vec` as long as nobody else has it, and becomes an Arrow buffer in
//! the same memory when it is exported; a change afterwards copies it only if someone still has the
//! buffer. Enums (as their codes), dates, timestamps, decimals, UUIDs and byte arrays are held as
//! numbers and bytes, so this is true of them too. Texts, bytes, booleans, options and lists are held
//! in Arrow's layout and shared in the same way, except that texts and lists which were replaced or
//! removed in the middle are put in order when they are exported.
//!
//! # By hand
//!
//! The traits can be implemented by hand, for a struct with `Vec`s as well:
//!
//! ```
//! use thermocline_formats::soa::{self, ArrowSchemaGen, DataType, RecordBatch, SchemaRef, ToArrow};
//!
//! #[derive(Debug, PartialEq)]
//! struct Readings {
//!     station: Vec<String>,
//!     celsius: Vec<Option<f64>>,
//! }
//!
//! impl ArrowSchemaGen for Readings {
//!     fn arrow_schema() -> SchemaRef {
//!         soa::schema([soa::field::<String>("station"), soa::field::<Option<f64>>("celsius")])
//!     }
//!
//!     fn arrow_field_names() -> Vec<&'static str> {
//!         vec!["station", "celsius"]
//!     }
//!
//!     fn arrow_field_types() -> Vec<DataType> {
//!         vec![DataType::Utf8, DataType::Float64]
//!     }
//! }
//!
//! impl ToArrow for Readings {
//!     fn to_record_batch(&self) -> soa::Result<RecordBatch> {
//!         soa::batch(
//!             &Self::arrow_schema(),
//!             vec![
//!                 soa::to_column("station", &self.station)?,
//!                 soa::to_column("celsius", &self.celsius)?,
//!             ],
//!         )
//!     }
//!
//!     fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
//!         soa::check_names(batch, &Self::arrow_field_names())?;
//!         Ok(Self {
//!             station: soa::from_column(batch, "station")?,
//!             celsius: soa::from_column(batch, "celsius")?,
//!         })
//!     }
//! }
//!
//! # fn main() -> soa::Result<()> {
//! let readings = Readings { station: vec!["EWR".into()], celsius: vec![None] };
//! assert_eq!(Readings::from_record_batch(&readings.to_record_batch()?)?, readings);
//! # Ok(())
//! # }
//! ```

mod by_hand;
mod column;
mod columns;
pub mod encoding;
mod enums;
mod field;
mod iter;
mod place;
mod source;
mod store;
mod types;

#[cfg(test)]
mod by_hand_tests;

pub use arrow::array::RecordBatch;
pub use arrow::datatypes::{DataType, Field, SchemaRef};

pub use self::by_hand::{batch, check_names, field, from_column, schema, to_column};
pub use self::column::{
    AnyColumn, Binaries, Binary, Bools, BytesKind, Column, ColumnMut, Dictionary, FieldColumn,
    FixedBytes, ListIter, ListView, Lists, Logical, Mapped, Mapping, Nullable, Required, Slot,
    Structs, Text, Texts, VarBytes,
};
pub use self::columns::{
    Columns, Row, check_lengths, field_of, from_batch, schema_of, to_batch, whole,
};
use self::columns::{array_of, arrays_of};
pub use self::enums::{ByCode, ByName, Codes, Names, SoaEnum};
pub use self::field::{Skipped, SoaField};
pub use self::iter::{IntoIter, Iter};
pub use self::place::Place;
pub use self::source::Source;
pub use self::store::{AlreadyPresent, Key, Keyed, Position, RowStore, ShardedStore};
pub use self::types::{Converted, ConvertedCodes};
pub use crate::{Error, Result};
#[cfg(feature = "chrono")]
pub use chrono;
#[cfg(feature = "jiff")]
pub use jiff;
#[cfg(feature = "decimal")]
pub use rust_decimal;
#[cfg(feature = "uuid")]
pub use uuid;

/// The Arrow schema of a type, known without a value of it.
pub trait ArrowSchemaGen {
    /// The schema: one field for each column, in the order of the struct.
    fn arrow_schema() -> SchemaRef;

    /// The names of the columns, in the order of the schema.
    fn arrow_field_names() -> Vec<&'static str>;

    /// The types of the columns, in the order of the schema.
    fn arrow_field_types() -> Vec<DataType>;
}

/// Columns that become a record batch, and come back from one bit for bit.
pub trait ToArrow: ArrowSchemaGen {
    /// All rows as one batch with the schema of [`ArrowSchemaGen::arrow_schema`].
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the columns have different lengths,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if the texts or bytes of one column exceed
    /// 2 GiB; the error names the column.
    fn to_record_batch(&self) -> Result<RecordBatch>;

    /// The rows of a batch. Columns are matched by name and type, in any order; an optional column
    /// that the batch lacks is all `None`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a column that is missing, that the type
    /// doesn't know, that stands there twice, has another type, or has a null where the type takes
    /// none; the error names the column, and [`Error::mismatch`] tells these cases apart. The same
    /// kind for a value that the type doesn't have, such as an unknown code of an enum;
    /// [`Error::invalid_row`] has its row.
    fn from_record_batch(batch: &RecordBatch) -> Result<Self>
    where
        Self: Sized;
}
