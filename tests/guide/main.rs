//! The guide that this library implements, used as it is written there. Each difference is listed
//! where it shows, with its reason.

mod columns;
