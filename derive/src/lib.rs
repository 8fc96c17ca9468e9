//! `#[derive(SoA)]`: a plain struct becomes columns.
//!
//! Use it through the `thermocline` crate, whose `soa` module holds the traits that the generated
//! code implements.

mod expand;
mod input;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Generates the columns of a struct with named fields.
///
/// For a struct `Order` this writes two types with the visibility of `Order`:
///
/// - `OrderSoA`, with one `Vec` for each field, under the field's name. It has `new`,
///   `with_capacity`, `len`, `is_empty`, `push`, `get`, `iter`, `truncate`, `to_rows`, and a
///   `<field>_raw_array` for each field that gives the column as a slice. It implements
///   `FromIterator<Order>`, `Extend<Order>`, `Clone`, `Debug`, `Default`, `PartialEq`, and
///   `thermocline::soa::ArrowSchemaGen` and `ToArrow`, so that it becomes a record batch and comes
///   back from one.
/// - `OrderView<'_>`, one row by reference, which `get` and `iter` give. Its `to_row` is an `Order`
///   again.
///
/// A field is a `bool`, an integer of 8 to 64 bits, `f32`, `f64`, `String`, `Vec<u8>` or
/// `[u8; N]`, or an `Option` of one of these for a column that may be null. The columns are public
/// and of equal length as long as they are only changed together; if they are not, the rows are as
/// many as the shortest column has, and making a record batch is an error.
///
/// # Attributes
///
/// `#[soa(rename = "…")]` on a field gives its Arrow column another name.
///
/// # Example
///
/// ```text
/// use thermocline::{SoA, soa::ToArrow};
///
/// #[derive(SoA)]
/// struct Order {
///     order_id: u64,
///     #[soa(rename = "note_to_seller")]
///     note: Option<String>,
/// }
///
/// let orders: OrderSoA = [Order { order_id: 7, note: None }].into_iter().collect();
/// assert_eq!(orders.order_id_raw_array(), [7]);
/// let batch = orders.to_record_batch()?;
/// assert_eq!(OrderSoA::from_record_batch(&batch)?, orders);
/// ```
#[proc_macro_derive(SoA, attributes(soa))]
pub fn derive_soa(tokens: TokenStream) -> TokenStream {
    let item = parse_macro_input!(tokens as DeriveInput);
    input::Struct::parse(&item)
        .map(|item| expand::expand(&item))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
