//! Cold tables without a store: which place a command is about, and in which version.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow::array::timezone::Tz;
use arrow::compute::kernels::cast_utils::string_to_datetime;
use thermocline::{Archive, ArchiveSnapshot, ArchivedTable, At, Timestamp};

use super::cold::ColdOption;
use crate::failure::Outcome;

/// Which version of the cold tables is read, and how their place is reached.
#[derive(Debug, Default, Clone, clap::Args)]
pub(crate) struct PlaceArgs {
    /// Read this version, or the newest one at this time, such as 12 or 2024-03-01T12:00:00Z;
    /// cold rows only
    #[arg(long, value_name = "VERSION|TIME")]
    pub(super) as_of: Option<AsOf>,

    /// An option of the object store at a URL, such as endpoint, region or allow_http
    #[arg(long = "option", value_name = "KEY=VALUE")]
    options: Vec<ColdOption>,
}

/// What a command reads.
pub(super) enum Target {
    /// A store, with all its tiers.
    Store(PathBuf),
    /// Cold tables alone.
    Place(Box<Archive>),
}

/// A version of a table, as a user names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AsOf(At);

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(version) = text.parse() {
            return Ok(Self(At::Version(version)));
        }
        let time = "+00:00"
            .parse::<Tz>()
            .and_then(|utc| string_to_datetime(&utc, text))
            .map_err(|_| {
                "write the number of a version, or a time such as 2024-03-01T12:00:00Z".to_owned()
            })?;
        Ok(Self(At::Time(Timestamp(time.timestamp_micros()))))
    }
}

/// Whether this is a URL and no path.
fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("file:")
}

impl PlaceArgs {
    pub(super) fn at(&self) -> At {
        self.as_of.map_or(At::Newest, |as_of| as_of.0)
    }

    /// The place at a URL or in a folder.
    pub(super) async fn open(&self, url: &str) -> Outcome<Archive> {
        let builder = self
            .options
            .iter()
            .fold(Archive::builder(url), |builder, option| {
                builder.option(&option.key, &option.value)
            });
        Ok(builder.open().await?)
    }

    /// What the user means: a store, or a place with cold tables. The past of a store is in
    /// its cold tables.
    pub(super) async fn target(&self, given: &Path) -> Outcome<Target> {
        let text = given.to_str().unwrap_or_default();
        if is_url(text) {
            let place = self.open(text).await?;
            return Ok(Target::Place(Box::new(place)));
        }
        if given.join("manifest").is_dir() || !given.is_dir() {
            return match self.as_of {
                Some(_) => {
                    let place = Archive::of_store(given).await?;
                    Ok(Target::Place(Box::new(place)))
                }
                None => Ok(Target::Store(given.to_path_buf())),
            };
        }
        let place = self.open(text).await?;
        if place.table_names().await?.is_empty() {
            // Whatever it is, it is no place with tables.
            return Ok(Target::Store(given.to_path_buf()));
        }
        Ok(Target::Place(Box::new(place)))
    }

    /// Pins every table that can be read, and tells which versions and which cannot.
    pub(super) async fn pin(&self, place: &Archive) -> Outcome<ArchiveSnapshot> {
        let mut tables = Vec::new();
        for (name, table) in place.tables(self.at()).await? {
            match table {
                Ok(table) => tables.push(table),
                Err(error) => tell(&format!("note: {name} is left out: {error}")),
            }
        }
        tell_versions(place, &tables);
        Ok(ArchiveSnapshot::of(tables).await?)
    }

    /// Pins every table; one that cannot be read is an error.
    pub(super) async fn pin_whole(&self, place: &Archive) -> Outcome<ArchiveSnapshot> {
        let mut tables = Vec::new();
        for (_, table) in place.tables(self.at()).await? {
            tables.push(table?);
        }
        tell_versions(place, &tables);
        Ok(ArchiveSnapshot::of(tables).await?)
    }

    /// Pins one table.
    pub(super) async fn pin_one(&self, place: &Archive, table: &str) -> Outcome<ArchiveSnapshot> {
        let tables = vec![place.table(table, self.at()).await?];
        tell_versions(place, &tables);
        Ok(ArchiveSnapshot::of(tables).await?)
    }
}

/// Says what the answer is about: it lacks what a store has in its faster tiers.
pub(super) fn tell_versions(place: &Archive, tables: &[ArchivedTable]) {
    let versions: Vec<_> = tables
        .iter()
        .map(|table| format!("{} at version {}", table.name(), table.version()))
        .collect();
    let versions = if versions.is_empty() {
        "there are no tables".to_owned()
    } else {
        versions.join(", ")
    };
    tell(&format!(
        "note: cold rows only, in {}: {versions}",
        place.place()
    ));
}

fn tell(note: &str) {
    // A note that cannot be shown is no reason to stop.
    let _unshown = writeln!(std::io::stderr(), "{note}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_or_times_in_utc() {
        let at = |text: &str| text.parse::<AsOf>().map(|at| at.0);
        assert_eq!(at("12"), Ok(At::Version(12)));
        let noon = Ok(At::Time(Timestamp(1_709_294_400_000_000)));
        for text in [
            "2024-03-01T12:00:00Z",
            "2024-03-01 12:00:00",
            "2024-03-01T13:00:00+01:00",
        ] {
            assert_eq!(at(text), noon, "{text}");
        }
        assert_eq!(
            at("2024-03-01"),
            Ok(At::Time(Timestamp(1_709_251_200_000_000)))
        );
        // Later than 64 bits of nanoseconds reach.
        assert_eq!(
            at("2999-01-01"),
            Ok(At::Time(Timestamp(32_472_144_000_000_000)))
        );
        assert!(at("yesterday").is_err());
        assert!(at("-1").is_err());
    }

    #[test]
    fn urls_are_told_from_paths() {
        assert!(is_url("s3://b/x") && is_url("file:///x"));
        assert!(!is_url("a/b") && !is_url("/a:b"));
    }
}
