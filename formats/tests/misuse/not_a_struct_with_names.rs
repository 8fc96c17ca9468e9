extern crate thermocline_formats as thermocline;

use thermocline_derive::{SoA, SoAEnum};

#[derive(SoA)]
struct Point(f64, f64);

#[derive(SoA)]
enum Status {
    Pending,
}

#[derive(SoAEnum)]
struct Order {
    order_id: u64,
}

fn main() {}
