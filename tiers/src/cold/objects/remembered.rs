//! The place of the cold tier, as the store's directory remembers it.
//!
//! A small text file, `cold.place`; a store without it has its cold tier in its own
//! folder `cold`. It holds no credentials. See `docs/formats.md`.

use std::io;

use super::{Options, Place};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;

const HEADER: &str = "thermocline cold place 0";

/// The place, and the options that can be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) place: Place,
    pub(crate) options: Options,
}

impl Remembered {
    pub(crate) fn new(place: Place, options: &Options) -> Self {
        Self {
            place,
            options: options.plain(),
        }
    }

    /// What the store in this directory remembers.
    pub(crate) fn load(env: &Env, layout: &Layout) -> Result<Self> {
        let path = layout.cold_place();
        let bytes = match env.fs.read(&path, 0) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::new(Place::Own, &Options::default()));
            }
            Err(e) => return Err(Error::io(&path, "read", e)),
        };
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text).map_err(|what| match what {
            Fault::Newer => Error::new(
                ErrorKind::NewerVersion,
                format!(
                    "`{}` was written by a newer version; upgrade",
                    path.display()
                ),
            ),
            Fault::Damaged(what) => Error::corrupt(path.display(), what),
        })
    }

    /// Writes it down.
    pub(crate) fn save(&self, env: &Env, layout: &Layout) -> Result<()> {
        let path = layout.cold_place();
        if self.place == Place::Own {
            return match env.fs.remove(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(&path, "remove", e)),
                _ => Ok(()),
            };
        }
        let text = self.to_text();
        env.write_atomically(&path, |file| {
            file.write_all(text.as_bytes())
                .map_err(|e| Error::io(&path, "write", e))
        })
    }

    fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\nurl = {}\n", self.place);
        for (key, value) in self.options.iter() {
            text.push_str(&format!("{key} = {value}\n"));
        }
        let crc = crc32c::crc32c(text.as_bytes());
        text.push_str(&format!("crc32c = {crc:08x}\n"));
        text
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let damaged = |what: &str| Fault::Damaged(what.to_owned());
        if text.starts_with("thermocline cold place ") && !text.starts_with(&format!("{HEADER}\n"))
        {
            return Err(Fault::Newer);
        }
        let (body, crc) = text
            .rsplit_once("crc32c = ")
            .ok_or_else(|| damaged("it has no checksum"))?;
        if crc != format!("{:08x}\n", crc32c::crc32c(body.as_bytes())) {
            return Err(damaged("its checksum does not fit"));
        }
        let mut lines = body.lines();
        if lines.next() != Some(HEADER) {
            return Err(damaged("it does not begin as it should"));
        }
        let (mut place, mut options) = (None, Options::default());
        for line in lines {
            let (key, value) = line
                .split_once(" = ")
                .ok_or_else(|| damaged("it has a line without a value"))?;
            match key {
                "url" => {
                    let parsed = Place::parse(value).map_err(|e| Fault::Damaged(e.to_string()))?;
                    place = Some(parsed);
                }
                key => options.set(key, value),
            }
        }
        let place = place.ok_or_else(|| damaged("it names no place"))?;
        Ok(Self { place, options })
    }
}

#[derive(Debug)]
enum Fault {
    Newer,
    Damaged(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Remembered {
        let mut options = Options::default();
        options.set("endpoint", "http://127.0.0.1:8333");
        options.set("secret_access_key", "hunter2");
        Remembered::new(Place::parse("s3://b/p").unwrap(), &options)
    }

    #[test]
    fn what_is_written_is_read_and_has_no_secrets() {
        let text = example().to_text();
        // The checksum of the three lines by another implementation of CRC-32C.
        assert_eq!(
            text,
            "thermocline cold place 0\nurl = s3://b/p\nendpoint = http://127.0.0.1:8333\n\
             crc32c = b64d26ea\n"
        );
        assert_eq!(Remembered::parse(&text).unwrap(), example());
    }

    #[test]
    fn every_changed_bit_is_found() {
        let text = example().to_text().into_bytes();
        for bit in 0..text.len() * 8 {
            let mut changed = text.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = String::from_utf8_lossy(&changed);
            assert!(Remembered::parse(&changed).is_err(), "bit {bit}: {changed}");
        }
        for len in 0..text.len() {
            let cut = String::from_utf8_lossy(&text[..len]);
            assert!(Remembered::parse(&cut).is_err(), "{len} bytes");
        }
    }
}
