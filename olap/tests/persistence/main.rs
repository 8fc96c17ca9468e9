//! Sets of rows in DuckDB tables, and SQL to typed rows.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests damage files behind the back of what they test"
)]

#[cfg(test)]
mod every_type;
#[cfg(test)]
mod files;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod sets;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod transactions;
