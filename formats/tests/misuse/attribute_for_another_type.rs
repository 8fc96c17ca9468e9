extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

#[derive(SoA)]
struct Order {
    #[soa(timestamp(us))]
    at: String,
}

fn main() {}
