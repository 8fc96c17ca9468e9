//! The formats of traces by name.

use std::{fmt, str::FromStr};

use crate::error::{Cause, Error, Result};

/// A format of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TraceFormat {
    /// Lines of `time,object,size`: seconds, a number or a name, bytes. A first line that doesn't
    /// start with a number is a header.
    Csv,
    /// libCacheSim's oracleGeneral: records of 24 bytes, little endian: time in seconds (`u32`), object
    /// (`u64`), bytes (`u32`), and the number of the object's next request (`i64`), which isn't used
    /// here.
    OracleGeneral,
    /// The format of a [`TraceEncoder`](super::TraceEncoder).
    Thermocline,
}

impl TraceFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Csv, Self::OracleGeneral, Self::Thermocline];

    /// The name as it is printed and parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::OracleGeneral => "oracle-general",
            Self::Thermocline => "thermocline",
        }
    }
}

impl fmt::Display for TraceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TraceFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| Cause::TraceFormat(text.to_owned()).into())
    }
}
