//! What commands print: numbers for people, tables, result rows in every format.

mod console;
mod grid;
mod human;
pub(crate) mod rows;

pub(crate) use console::{Console, Paint, broken_pipe};
pub(crate) use grid::{Align, Grid};
pub(crate) use human::{as_float, bytes, count, plural, rate, seconds};
