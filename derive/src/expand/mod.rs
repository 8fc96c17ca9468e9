//! What the derives write.

mod arrow;
mod columns;
mod enums;
mod names;
mod rows;
mod soa;
mod store;
mod view;
mod view_mut;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::names::Names;
use crate::input::{Enum, Store, Struct};

/// All that is generated for a struct.
pub(crate) fn soa(item: &Struct) -> TokenStream {
    let names = Names::new(item);
    // The columns first: a field that can't be one is then the first thing that the compiler
    // reports.
    let parts = [
        columns::expand(item, &names),
        soa::expand(item, &names),
        rows::expand(item, &names),
        view::expand(item, &names),
        view_mut::expand(item, &names),
        arrow::expand(item, &names),
    ];
    parts.into_iter().collect()
}

/// All that is generated for an enum.
pub(crate) fn soa_enum(item: &Enum) -> TokenStream {
    enums::expand(item)
}

/// All that is generated for a store, if there is one.
pub(crate) fn soa_store(item: Option<&Store>) -> TokenStream {
    item.map(store::expand).unwrap_or_default()
}
