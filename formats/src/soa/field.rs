//! What may stand in a column, `Option` included.

use std::{fmt, sync::Arc};

use arrow::{
    array::{Array, ArrayRef},
    datatypes::DataType,
    error::ArrowError,
};

use super::SoaValue;
use crate::{Error, Result, schema::Mismatch};

/// The type of a column: a [`SoaValue`], or an `Option` of one for a column that may be null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a column",
    label = "not a column type",
    note = "a column is a bool, an integer of 8 to 64 bits, f32, f64, String, Vec<u8>, [u8; N], \
            or an Option of one of these"
)]
pub trait SoaField: Sized + Clone + fmt::Debug + PartialEq {
    /// Whether the column may be null.
    const NULLABLE: bool;

    /// The Arrow type of the column.
    #[must_use]
    fn data_type() -> DataType;

    /// The column as an Arrow array of [`data_type`](Self::data_type).
    ///
    /// # Errors
    ///
    /// If the column doesn't fit into one array: more than 2 GiB of text or bytes.
    fn to_array(column: &[Self]) -> Result<ArrayRef, ArrowError>;

    /// The values of an Arrow array.
    ///
    /// # Errors
    ///
    /// If the array has another type, or a null where the column takes none; the error calls the
    /// column `name`.
    fn from_array(name: &str, array: &dyn Array) -> Result<Vec<Self>>;
}

impl<T: SoaValue> SoaField for T {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_array(column: &[Self]) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(T::encode(column)?))
    }

    fn from_array(name: &str, array: &dyn Array) -> Result<Vec<Self>> {
        let typed = typed::<T>(name, array)?;
        match array.nulls().filter(|_| array.null_count() > 0) {
            None => Ok(T::decode(typed)),
            Some(nulls) => Err(Error::from_mismatch(Mismatch::NullInRequired {
                column: name.to_owned(),
                row: nulls.iter().take_while(|valid| *valid).count(),
            })),
        }
    }
}

impl<T: SoaValue> SoaField for Option<T> {
    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_array(column: &[Self]) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(T::encode_nullable(column)?))
    }

    fn from_array(name: &str, array: &dyn Array) -> Result<Vec<Self>> {
        Ok(T::decode_nullable(typed::<T>(name, array)?))
    }
}

fn typed<'a, T: SoaValue>(name: &str, array: &'a dyn Array) -> Result<&'a T::Array> {
    let mismatch = || {
        Error::from_mismatch(Mismatch::TypeDiffers {
            column: name.to_owned(),
            expected: T::data_type(),
            found: array.data_type().clone(),
        })
    };
    if *array.data_type() != T::data_type() {
        return Err(mismatch());
    }
    array.as_any().downcast_ref().ok_or_else(mismatch)
}
