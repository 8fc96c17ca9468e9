extern crate thermocline_formats as thermocline;

use thermocline_derive::{SoA, SoAStore};

#[derive(SoA, SoAStore)]
#[soa_store(key = "price")]
struct Order {
    price: f64,
}

fn main() {}
