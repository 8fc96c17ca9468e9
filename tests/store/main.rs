//! What a store does as a whole: every tier, SQL, other processes, other readers.
//!
//! One program, so that DuckDB is linked once.

#[cfg(test)]
#[path = "../kit/mod.rs"]
mod kit;

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod collection;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod damage;
#[cfg(all(test, feature = "sql"))]
mod flights;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod python_readers;
#[cfg(all(test, feature = "sql"))]
mod questions;
#[cfg(all(test, feature = "sql"))]
mod reader_process;
#[cfg(all(test, feature = "sql"))]
mod sliced_lists;
#[cfg(all(test, feature = "sql", feature = "derive"))]
mod typed_everywhere;
#[cfg(test)]
mod types;
