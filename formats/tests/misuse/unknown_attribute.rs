extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

#[derive(SoA)]
struct Order {
    #[soa(renmae = "id")]
    order_id: u64,
    #[soa(timestamp(hours))]
    at: i64,
    #[soa(decimal(40, 2))]
    price: i128,
}

fn main() {}
