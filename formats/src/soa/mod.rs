//! Structs of arrays: typed columns to and from record batches.
//!
//! A type whose rows are kept as one `Vec` for each field tells its Arrow schema through
//! [`ArrowSchemaGen`] and becomes a [`RecordBatch`] through [`ToArrow`]. `#[derive(SoA)]` of the
//! `thermocline` crate writes both from a plain struct; written by hand they look like this:
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
pub use self::columns::{Columns, Row, check_lengths, field_of, from_batch, schema_of, to_batch};
use self::columns::{array_of, arrays_of};
pub use self::enums::{ByCode, ByName, Codes, Names, SoaEnum};
pub use self::field::SoaField;
pub use self::iter::{IntoIter, Iter};
pub use self::place::Place;
pub use self::source::Source;
pub use self::store::{AlreadyPresent, Key, Keyed, Position, RowStore, ShardedStore};
pub use crate::{Error, Result};

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
