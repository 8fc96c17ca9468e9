//! Which tables a place has, and under which names.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};

use super::{Archive, ArchivedTable};
use crate::cold::At;
use crate::cold::delta::{DeltaSnapshot, DeltaTable, STORE};
use crate::error::{Error, ErrorKind, Result};

/// Tables that are looked at together.
const AT_ONCE: usize = 16;

/// Where a table has its log.
const LOG: &str = "_delta_log";

/// Tables by name, or why they cannot be read.
type Found = Vec<(String, Result<ArchivedTable>)>;

impl Archive {
    /// The names of the tables.
    ///
    /// # Errors
    /// When the place cannot be listed.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        Ok(self.names().await?.into_keys().collect())
    }

    /// Every table of the place, in the version that is meant, by name; for one that cannot
    /// be read, why that is. A table that was not there at a time is left out.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for the number of a version where there are
    /// several tables: each has numbers of its own. When the place cannot be reached.
    pub async fn tables(&self, at: At) -> Result<Vec<(String, Result<ArchivedTable>)>> {
        self.list(at).await
    }

    fn list(&self, at: At) -> BoxFuture<'_, Result<Found>> {
        Box::pin(async move {
            let names = self.names().await?;
            if let At::Version(version) = at
                && names.len() > 1
            {
                return Err(Error::invalid(format!(
                    "`{}` has {} tables, and each counts its versions for itself; name a time, or one \
                 table, for version {version}",
                    self.place,
                    names.len()
                )));
            }
            let tables = stream::iter(names)
                .map(|(name, dir)| async move {
                    let read = self.read(name.clone(), dir, at).await;
                    match &read {
                        Err(error) => match error.kind() {
                            ErrorKind::NotFound if !matches!(at, At::Version(_)) => Ok(None),
                            ErrorKind::Unsupported
                            | ErrorKind::Corrupt
                            | ErrorKind::NewerVersion => Ok(Some((name, read))),
                            _ => read.map(|_| None),
                        },
                        Ok(_) => Ok(Some((name, read))),
                    }
                })
                .buffered(AT_ONCE);
            tables
                .try_filter_map(|table| async { Ok(table) })
                .try_collect()
                .await
        })
    }

    /// One version of a table.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such table or version;
    /// [`Unsupported`](ErrorKind::Unsupported) when the table needs features of Delta Lake
    /// that are not supported, naming them.
    pub async fn table(&self, name: &str, at: At) -> Result<ArchivedTable> {
        let names = self.names().await?;
        match names.get(name) {
            Some(dir) => self.read(name.to_owned(), dir.clone(), at).await,
            None => {
                let there: Vec<_> = names.keys().map(|name| format!("`{name}`")).collect();
                let there = if there.is_empty() {
                    "none".to_owned()
                } else {
                    there.join(", ")
                };
                Err(Error::not_found(format!(
                    "there is no table `{name}` in `{}`; there is {there}",
                    self.place
                )))
            }
        }
    }

    fn read(&self, name: String, dir: String, at: At) -> BoxFuture<'_, Result<ArchivedTable>> {
        Box::pin(async move {
            let delta = self.delta(&dir, &name)?;
            let version = match self.env.blocking(move || delta.snapshot(at)).await {
                Ok(version) => version,
                Err(error) => return Err(self.no_version(&dir, &name, at, error).await),
            };
            ArchivedTable::new(self, name, dir, version)
        })
    }

    /// Why a version could not be read: there may be none so new.
    async fn no_version(&self, dir: &str, name: &str, at: At, error: Error) -> Error {
        let At::Version(wanted) = at else {
            return error;
        };
        match self.described(dir).await {
            Ok(newest) if newest.version < wanted => Error::not_found(format!(
                "the table `{name}` in `{}` has no version {wanted}; its newest is {}",
                self.place, newest.version
            )),
            _ => error,
        }
    }

    pub(super) fn delta(&self, dir: &str, name: &str) -> Result<DeltaTable> {
        Ok(self.cold.delta_in(dir, String::new())?.called(name))
    }

    async fn described(&self, dir: &str) -> Result<DeltaSnapshot> {
        let delta = self.delta(dir, dir)?;
        self.env.blocking(move || delta.described()).await
    }

    /// Whether the place is one table, and not a folder of tables.
    pub(super) async fn is_table(&self) -> Result<bool> {
        let top = self.cold.folders(None).await?;
        Ok(top.iter().any(|folder| folder == LOG))
    }

    /// The folder of each table, by the table's name: a store's table has the name that it
    /// has there, any other that of its folder.
    fn names(&self) -> BoxFuture<'_, Result<BTreeMap<String, String>>> {
        Box::pin(async move {
            let top = self.cold.folders(None).await?;
            if top.iter().any(|folder| folder == LOG) {
                let end = self.place.trim_end_matches('/');
                let name = end.rsplit(['/', '\\']).next().unwrap_or_default();
                return Ok([(name.to_owned(), String::new())].into());
            }
            let found = stream::iter(top)
                .map(|dir| async move {
                    let log = format!("{dir}/{LOG}");
                    let is_table = self.cold.folders(Some(&dir)).await?.contains(&log);
                    if !is_table {
                        return Ok(None);
                    }
                    let named = match number(&dir) {
                        None => None,
                        Some(_) => self.name_in_store(&dir).await?,
                    };
                    Ok::<_, Error>(Some((dir, named)))
                })
                .buffered(AT_ONCE);
            let found: Vec<_> = found
                .try_filter_map(|f| async { Ok(f) })
                .try_collect()
                .await?;
            let mut names: BTreeMap<String, String> = BTreeMap::new();
            for (dir, named) in found {
                let name = named.unwrap_or_else(|| dir.clone());
                // Of two tables with one name, the older was dropped.
                match names.get(&name) {
                    Some(other) if number(other) > number(&dir) => names.insert(dir.clone(), dir),
                    Some(other) => {
                        let other = other.clone();
                        names.insert(name, dir);
                        names.insert(other.clone(), other)
                    }
                    None => names.insert(name, dir),
                };
            }
            Ok(names)
        })
    }

    async fn name_in_store(&self, dir: &str) -> Result<Option<String>> {
        match self.described(dir).await {
            Ok(version) => {
                let metadata = version.metadata();
                let owned = metadata.configuration.contains_key(STORE);
                Ok(metadata.name.filter(|_| owned))
            }
            // What is wrong with it is told when it is read, and hides no other table.
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Unsupported | ErrorKind::Corrupt => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// The number that the folders of a store's tables end with.
fn number(dir: &str) -> Option<u64> {
    dir.rsplit_once('-')?.1.parse().ok()
}
