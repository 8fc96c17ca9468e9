extern crate thermocline_formats as thermocline;

use std::collections::HashMap;

use thermocline_derive::SoA;

#[derive(SoA)]
struct Order {
    order_id: u64,
    tags: HashMap<String, String>,
}

fn main() {}
