//! Sets of rows, kept in memory, in directories of Parquet files, and in tables.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests damage files behind the back of what they test"
)]

#[cfg(test)]
mod backends;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod every_type;
#[cfg(test)]
mod files;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod table;
