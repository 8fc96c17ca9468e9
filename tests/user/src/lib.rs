//! A crate as users have it: strict about itself, and with everything that the derives make in its
//! public API. That it compiles, without a warning from the compiler or from clippy, is the test;
//! the lints are those of the workspace, which are stricter than most.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    clippy::pedantic,
    unreachable_pub,
    missing_copy_implementations
)]

mod shop;
mod wide;

pub use shop::{
    Address, AddressColumns, AddressMut, AddressSoA, AddressView, Customer, CustomerColumns,
    CustomerMut, CustomerShards, CustomerSoA, CustomerStore, CustomerView, Labelled,
    LabelledColumns, LabelledMut, LabelledSoA, LabelledView, Order, OrderColumns, OrderMut,
    OrderPlacedZone, OrderShards, OrderSoA, OrderStore, OrderView, Status,
};
pub use wide::{Wide, WideColumns, WideMut, WideSoA, WideView};
