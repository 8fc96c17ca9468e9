//! Columns of every type: values from a seed, compared bit for bit.
//!
//! The name of such a column says which type it has; its value in a row follows from the row's
//! key, as that of every other column.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use thermocline_testing::{Random, arbitrary_batch_of, arbitrary_schema};

use super::row::{BATCH, Cell};
use crate::failure::{Failure, Outcome, ensure};

/// Values that are made together; no batch has more rows.
const BLOCK: usize = 160;

/// Blocks that are remembered.
const KEPT: usize = 1_000;

static TYPES: LazyLock<SchemaRef> = LazyLock::new(arbitrary_schema);

/// The values of one column in the rows of one batch.
struct Block {
    array: ArrayRef,
    cells: Vec<Cell>,
}

thread_local! {
    static BLOCKS: RefCell<HashMap<(i64, usize), Rc<Block>>> = RefCell::default();
}

/// Any of these columns.
#[must_use]
pub fn draw(random: &mut Random) -> Field {
    field(random.below(TYPES.fields().len()))
}

/// The column of this number, as a client writes it.
#[must_use]
pub fn field(number: usize) -> Field {
    let field = TYPES.field(number);
    let name = format!("w{number}");
    Field::new(name, field.data_type().clone(), field.is_nullable())
}

/// Which type the column of this name has; `None` if it is none of these.
#[must_use]
pub fn number(column: &str) -> Option<usize> {
    let number = column.strip_prefix('w')?.parse().ok()?;
    (number < TYPES.fields().len()).then_some(number)
}

/// The value in the row with this key.
#[must_use]
pub fn cell(key: i64, column: usize) -> Cell {
    let values = block(key.div_euclid(BATCH), column);
    values.cells.get(index(key)).cloned().unwrap_or(Cell::Null)
}

/// The values in the rows with these keys.
///
/// # Errors
/// When they are of several batches.
pub fn array(keys: std::ops::Range<i64>, column: usize) -> Outcome<ArrayRef> {
    let number = keys.start.div_euclid(BATCH);
    let one = keys.is_empty() || (keys.end - 1).div_euclid(BATCH) == number;
    ensure(one, || format!("the rows {keys:?} are of several batches"))?;
    let rows: UInt32Array = keys.map(|key| u32::try_from(index(key)).ok()).collect();
    let values = block(number, column);
    take(&values.array, &rows, None).map_err(|e| Failure::new(format!("{e}")))
}

/// The values of a column that was read.
///
/// # Errors
/// When it has another type than it was written with.
pub fn cells(values: &ArrayRef, column: usize) -> Outcome<Vec<Cell>> {
    let wanted = TYPES.field(column).data_type();
    ensure(values.data_type().equals_datatype(wanted), || {
        format!(
            "column `w{column}` is {} instead of {wanted}",
            values.data_type()
        )
    })?;
    bits(values).map_err(|e| Failure::new(format!("column `w{column}`: {e}")))
}

fn index(key: i64) -> usize {
    usize::try_from(key.rem_euclid(BATCH)).unwrap_or_default() % BLOCK
}

fn block(number: i64, column: usize) -> Rc<Block> {
    BLOCKS.with_borrow_mut(|blocks| {
        if blocks.len() >= KEPT {
            blocks.clear();
        }
        let block = blocks.entry((number, column));
        Rc::clone(block.or_insert_with(|| Rc::new(make(number, column))))
    })
}

fn make(number: i64, column: usize) -> Block {
    let schema = Schema::new(vec![TYPES.field(column).clone()]);
    // One seed in sixteen has strings of a million bytes, which takes too long here.
    let mut seed = number.cast_unsigned().wrapping_mul(1_000_003) ^ ((column as u64) << 40);
    while Random::new(seed).one_in(16) {
        seed = seed.wrapping_add(1);
    }
    let batch = arbitrary_batch_of(&Arc::new(schema), seed, BLOCK);
    let array = Arc::clone(batch.column(0));
    let cells = bits(&array).unwrap_or_default();
    Block { array, cells }
}

/// Each value as bytes, which differ if the values do.
fn bits(values: &ArrayRef) -> Result<Vec<Cell>, arrow::error::ArrowError> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(values))?;
    Ok(rows
        .iter()
        .map(|row| Cell::Bits(row.as_ref().to_vec()))
        .collect())
}
