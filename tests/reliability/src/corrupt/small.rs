//! A store with a file of every kind, as small as that goes.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use thermocline_formats::{Codec, ParquetOptions};
use thermocline_tiers::{
    Error, ScanOptions, Selection, Settings, Snapshot, Store, StoreBuilder, TableOptions, Tier,
};

use super::Damage;
use crate::disk::{Contents, ObjectKey};
use crate::failure::{Failure, Outcome};
use crate::model::row;
use crate::world::World;
use thermocline_testing::Random;

/// Which small store is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One that was closed: what it wrote last is known.
    Closed,
    /// The same with a checkpoint in the log of its cold table; for damage to that log.
    Checkpointed,
    /// One whose process was killed: damage to what it wrote last looks like the torn end of a write
    /// that nobody has a receipt for.
    Killed,
}

/// A store at rest, and what is in it.
#[derive(Debug, Clone)]
pub struct Small {
    kind: Kind,
    contents: Contents,
    files: Vec<(Place, Bytes)>,
    /// Which write brought which keys to which table, in their order.
    writes: Vec<(String, Range<i64>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Local(PathBuf),
    Object(ObjectKey),
}

/// A write, and what is done to its rows.
type Write = (&'static str, Range<i64>, &'static [Tier]);

impl Kind {
    /// What is done to the tables of the small store.
    fn way(self) -> Vec<Write> {
        let mut way: Vec<Write> = vec![
            // A cold home with a warm copy.
            ("t", 0..5, &[Tier::Cold, Tier::Warm]),
            ("t", 5..10, &[Tier::Cold]),
        ];
        if self == Self::Checkpointed {
            // Behind the checkpoint.
            way.push(("t", 20..23, &[Tier::Cold]));
        }
        way.extend::<[Write; 3]>([
            ("t", 10..15, &[Tier::Warm]),
            // Only in the log.
            ("u", 15..18, &[]),
            ("t", 18..20, &[]),
        ]);
        way
    }
}

impl Small {
    /// Makes it.
    ///
    /// # Errors
    /// When the store cannot be made.
    pub fn make(kind: Kind) -> Outcome<Self> {
        let mut world = World::new(1);
        world.set_settings(settings(kind));
        let failed = |e: Error| Failure::new(format!("the small store cannot be made: {e:?}"));
        let store = world.open()?.map_err(failed)?;
        let (filled, beside) = (store.clone(), world.builder(crate::world::DIR));
        world
            .wait(async move { fill(&filled, kind, beside).await })?
            .map_err(failed)?;
        match kind {
            Kind::Closed | Kind::Checkpointed => world
                .wait(async move { store.close().await })?
                .map_err(failed)?,
            Kind::Killed => {
                drop(store);
                world.new_process(&mut Random::new(1));
            }
        }
        let contents = world.disk.contents();
        let local = contents.files.iter();
        let objects = contents.objects.iter();
        let files = local
            .map(|(path, bytes)| (Place::Local(path.clone()), bytes.clone()))
            .chain(objects.map(|(key, bytes)| (Place::Object(key.clone()), bytes.clone())));
        let writes = kind.way().into_iter();
        Ok(Self {
            kind,
            files: files.collect(),
            contents,
            writes: writes
                .map(|(table, keys, _)| (table.to_owned(), keys))
                .collect(),
        })
    }

    /// How it is opened.
    #[must_use]
    pub fn settings(&self) -> Settings {
        settings(self.kind)
    }

    /// Its files: names and bytes.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Bytes)> {
        let files = self.files.iter();
        files
            .map(|(place, bytes)| (place.name(), bytes.clone()))
            .collect()
    }

    /// The name of a file.
    #[must_use]
    pub fn name(&self, file: usize) -> String {
        let file = self.files.get(file);
        file.map(|(place, _)| place.name()).unwrap_or_default()
    }

    /// Whether it holds rows of a segment.
    #[must_use]
    pub fn is_segment(&self, file: usize) -> bool {
        let name = self.name(file);
        name.ends_with(".arrow") || name.ends_with(".parquet") && !name.contains("/_delta_log/")
    }

    /// Whether it is of the log of the cold table.
    #[must_use]
    pub fn is_cold_log(&self, file: usize) -> bool {
        self.name(file).contains("/_delta_log/")
    }

    /// Whether it is a checkpoint of the cold table.
    #[must_use]
    pub fn is_cold_checkpoint(&self, file: usize) -> bool {
        self.name(file).ends_with(".checkpoint.parquet")
    }

    /// Whether other programs read it.
    #[must_use]
    pub fn is_cold(&self, file: usize) -> bool {
        self.name(file).contains("/cold/")
    }

    /// The keys of the rows that other programs see of a table.
    #[must_use]
    pub fn cold_keys(&self, table: &str) -> BTreeSet<i64> {
        let writes = self.kind.way().into_iter();
        let cold = writes.filter(|(name, _, tiers)| *name == table && tiers.contains(&Tier::Cold));
        cold.flat_map(|(_, keys, _)| keys).collect()
    }

    /// Whether it says whose the cold store is.
    #[must_use]
    pub fn is_claim(&self, file: usize) -> bool {
        self.name(file).ends_with("thermocline-store")
    }

    /// Whether it is the log or the manifest.
    #[must_use]
    pub fn is_of_frames(&self, file: usize) -> bool {
        let name = self.name(file);
        name.ends_with(".log") || name.ends_with(".manifest")
    }

    /// Which it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the damage leaves the same bytes.
    #[must_use]
    pub fn same_bytes(&self, damage: Damage) -> bool {
        match damage {
            Damage::Replaced { file, by } => {
                let bytes = |file: usize| self.files.get(file).map(|(_, bytes)| bytes);
                bytes(file) == bytes(by)
            }
            _ => false,
        }
    }

    /// Its tables.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        let names: BTreeSet<_> = self.writes.iter().map(|(table, _)| table.clone()).collect();
        names.into_iter().collect()
    }

    /// The last write.
    #[must_use]
    pub fn last_lsn(&self) -> u64 {
        self.writes.len() as u64
    }

    /// The last write that no damage to a byte may hide.
    #[must_use]
    pub fn last_certain_lsn(&self) -> u64 {
        match self.kind {
            Kind::Closed | Kind::Checkpointed => self.last_lsn(),
            // The last one in the log says how far the log was synced before it.
            Kind::Killed => self.last_lsn().saturating_sub(1),
        }
    }

    /// The keys that these writes brought to a table.
    #[must_use]
    pub fn written_by(&self, table: &str, lsns: RangeInclusive<u64>) -> BTreeSet<i64> {
        let writes = (1..).zip(&self.writes);
        writes
            .filter(|(lsn, (name, _))| lsns.contains(lsn) && name == table)
            .flat_map(|(_, (_, keys))| keys.clone())
            .collect()
    }

    /// The disk with one file changed, or without it.
    #[must_use]
    pub fn with(&self, file: usize, bytes: Option<Bytes>) -> Contents {
        let mut contents = self.contents.clone();
        match (self.files.get(file), bytes) {
            (Some((Place::Local(path), _)), Some(bytes)) => {
                contents.files.insert(path.clone(), bytes);
            }
            (Some((Place::Local(path), _)), None) => {
                contents.files.remove(path);
            }
            (Some((Place::Object(key), _)), Some(bytes)) => {
                contents.objects.insert(key.clone(), bytes);
            }
            (Some((Place::Object(key), _)), None) => {
                contents.objects.remove(key);
            }
            (None, _) => {}
        }
        contents
    }
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::Local(path) => path.display().to_string(),
            Self::Object(key) => key.root.join(&key.name).display().to_string(),
        }
    }
}

fn settings(kind: Kind) -> Settings {
    let checkpoint_commits = if kind == Kind::Checkpointed { 2 } else { 20 };
    let plain = ParquetOptions::default().with_codec(Codec::None);
    Settings::default()
        .with_cold(plain.with_try_encodings(false).with_bloom_filters(["text"]))
        .with_collect_after(Duration::ZERO)
        .with_heat_interval(Duration::ZERO)
        .with_log_file_bytes(1)
        .with_manifest_file_bytes(2_000)
        .with_cold_checkpoint_commits(checkpoint_commits)
}

async fn fill(store: &Store, kind: Kind, beside: StoreBuilder) -> Result<(), Error> {
    store.start_trace().await?;
    for name in ["t", "u"] {
        store
            .create_table(name, TableOptions::new(row::schema("k0")))
            .await?;
    }
    for (name, keys, tiers) in kind.way() {
        write(store, name, keys, tiers).await?;
    }
    // Somebody reads, here and in another process, and that is written down.
    let snapshot = store.snapshot();
    read(&snapshot).await?;
    store.recorded_accesses().await?;
    store.step().await?;
    let reader = beside.open_reader().await?;
    read(&reader.snapshot().await?).await?;
    reader.report_accesses().await?;
    Ok(())
}

/// Appends rows with these keys, and moves their segment from tier to tier.
pub(super) async fn write(
    store: &Store,
    table: &str,
    keys: Range<i64>,
    tiers: &[Tier],
) -> Result<(), Error> {
    let table = store.table(table)?;
    let batch = row::batch(&row::schema("k0"), keys)
        .map_err(|e| Error::new(thermocline_tiers::ErrorKind::Bug, e.to_string()))?;
    table.append(batch).await?;
    if tiers.is_empty() {
        return Ok(());
    }
    table.seal().await?;
    let newest = table.segments()?.into_iter().find(|s| s.home == Tier::Hot);
    let Some(newest) = newest else { return Ok(()) };
    let newest = Selection::Segment(newest.segment);
    for tier in tiers {
        table.move_to(&newest, *tier).await?;
    }
    Ok(())
}

async fn read(snapshot: &Snapshot) -> Result<(), Error> {
    for table in snapshot.tables() {
        let scan = table.scan(ScanOptions::new())?;
        scan.stream().try_collect::<Vec<_>>().await?;
    }
    Ok(())
}
