extern crate thermocline_formats as thermocline;

use thermocline_derive::{SoA, SoAStore};

#[derive(SoA, SoAStore)]
struct Order {
    order_id: u64,
}

#[derive(SoA, SoAStore)]
#[soa_store(shards = 4)]
struct Item {
    item_id: u64,
}

fn main() {}
