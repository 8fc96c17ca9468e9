//! Queries over whole stores.

#[cfg(test)]
mod catalog;
#[cfg(test)]
mod lockdown;
#[cfg(test)]
mod params;
#[cfg(test)]
mod pushdown;
#[cfg(test)]
mod running;
#[cfg(test)]
mod support;
#[cfg(test)]
mod types;
