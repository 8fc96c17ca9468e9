extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

#[derive(SoA)]
struct Order {
    note: Option<Option<String>>,
}

fn main() {}
