extern crate thermocline_formats as thermocline;

use thermocline_derive::{SoA, SoAStore};

#[derive(SoA, SoAStore)]
#[soa_store(key = "oder_id")]
struct Order {
    order_id: u64,
    quantity: u32,
}

fn main() {}
