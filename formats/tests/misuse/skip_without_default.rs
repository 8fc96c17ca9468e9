extern crate thermocline_formats as thermocline;

use thermocline_derive::SoA;

struct Socket;

#[derive(SoA)]
struct Order {
    order_id: u64,
    #[soa(skip)]
    socket: Socket,
}

fn main() {}
