//! The guide that Thermocline implements, followed line by line: its names, its structs, its
//! examples. Where something differs, a comment says what and why.

#[cfg(test)]
mod columns;
#[cfg(test)]
mod persistence;
