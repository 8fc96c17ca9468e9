//! How much segments are read: what the policy knows of accesses.
//!
//! Every morsel that is read adds to the [`AccessMeter`] of its segment. What the meters say is kept in
//! a file that is replaced now and then, so that it survives restarts; losing it is harmless.

mod file;
mod meter;
mod notes;
mod recorder;
mod traces;

pub use meter::{AccessMeter, Accesses};
pub(crate) use notes::leave as leave_note;
pub(crate) use recorder::Recorder;

use crate::env::Env;
use crate::layout::Layout;
use crate::snapshot::View;

/// Brings what was saved to the segments of a view that was just recovered.
pub(crate) fn load(env: &Env, layout: &Layout, view: &View) {
    file::load(env, layout, view);
}
