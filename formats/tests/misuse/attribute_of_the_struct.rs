extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

#[derive(SoA)]
#[soa(rename = "orders")]
struct Order {
    order_id: u64,
}

fn main() {}
