extern crate thermocline_formats as thermocline;

use thermocline_derive::SoAEnum;

#[derive(Debug, Clone, PartialEq, SoAEnum)]
enum Payment {
    Card(u64),
    Cash,
}

#[derive(Debug, Clone, PartialEq, SoAEnum)]
enum Code {
    Cash = 300,
    Other = 1 + 1,
}

fn main() {}
