//! What can be wrong with a frame.

use std::fmt;

/// A place where a file of frames stops making sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the frame in the data, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub why: DamageKind,
}

/// In which way a frame is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// The frame runs past the end of the data, or zeros stand where its header should be: what a
    /// write that never finished leaves behind.
    Torn,
    /// Something that is no frame stands there.
    NotAFrame,
    /// The header or the payload is not what was written.
    Checksum,
    /// The checksums are right, but the compressed payload doesn't decompress to its length.
    Payload,
    /// A later version of Thermocline wrote the frame.
    NewerVersion {
        /// The frame's format version. It is this version's own if the frame uses a flag that
        /// this version doesn't know.
        found: u32,
    },
}

impl Damage {
    /// Whether the bytes are no damage but the work of a newer version.
    #[must_use]
    pub fn is_newer_version(&self) -> bool {
        matches!(self.why, DamageKind::NewerVersion { .. })
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the frame at byte {} ", self.offset)?;
        match self.why {
            DamageKind::Torn => f.write_str("is incomplete"),
            DamageKind::NotAFrame => f.write_str("is no frame"),
            DamageKind::Checksum => f.write_str("has a wrong checksum"),
            DamageKind::Payload => f.write_str("can't be decompressed"),
            DamageKind::NewerVersion { found } => write!(
                f,
                "has format version {found}, and this Thermocline reads versions up to {}; open it \
                 with the version that wrote it or a later one",
                crate::FORMAT_VERSION
            ),
        }
    }
}

impl std::error::Error for Damage {}
