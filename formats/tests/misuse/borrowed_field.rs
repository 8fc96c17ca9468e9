extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

#[derive(SoA)]
struct Order<'a> {
    note: &'a str,
}

fn main() {}
