//! The guide that Thermocline implements, followed line by line: its names, its structs, its
//! examples. Where something differs, a comment says what and why.
#![cfg_attr(
    test,
    expect(
        clippy::useless_conversion,
        clippy::field_reassign_with_default,
        reason = "lines as the guide has them"
    )
)]

#[cfg(test)]
mod columns;
#[cfg(test)]
mod persistence;
