//! Damage to the files of a small store: every bit flipped, every length, files
//! that are gone or stand in each other's place.
//!
//! Each damage must be found or do no harm: the store refuses to open, or every
//! answer is right or an error. `verify` names every damaged segment file, and
//! after `repair` all that is left can be read, and what is gone was said.
//!
//! If the process of the store was killed, nothing says what it wrote last. So every bit of log and
//! manifest is flipped in such a store too: only the last write may be taken for torn.

mod outside;
mod small;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thermocline_tiers::{Error, ErrorKind, Repaired, Store, TableSnapshot};

use crate::campaign;
use crate::disk::Contents;
use crate::failure::{Failure, Outcome, ensure};
use crate::model::{Filter, row};
use crate::world::{World, scan};
pub use small::{Kind, Small};

/// One damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// A bit of a file is another.
    Flip {
        /// The file, by its number in [`Small::files`].
        file: usize,
        /// The bit, counted from the first of the file.
        bit: u64,
    },
    /// A file ends early.
    Cut {
        /// The file.
        file: usize,
        /// Bytes that are left.
        len: usize,
    },
    /// A file is gone.
    Removed {
        /// The file.
        file: usize,
    },
    /// A file holds what belongs into another.
    Replaced {
        /// The file.
        file: usize,
        /// The other.
        by: usize,
    },
}

/// How a damage showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The store did not open.
    Refused,
    /// A query failed.
    Unreadable,
    /// The last write of a killed store was taken for torn; every answer was right without it.
    Torn,
    /// Every answer was right.
    Harmless,
}

impl Damage {
    /// Every damage to a store that must be found or do no harm; of flipped bits and lengths only
    /// every `nth`. A log of a killed store that is cut short looks like one that was never longer.
    #[must_use]
    pub fn all(store: &Small, nth: usize) -> Vec<Self> {
        let mut all = Vec::new();
        let files = store.files();
        for (file, (_, bytes)) in files.iter().enumerate() {
            let bits = bytes.len() as u64 * 8;
            let flips = (0..bits).step_by(nth.max(1));
            let flips = flips.map(|bit| Self::Flip { file, bit });
            match store.kind() {
                Kind::Killed if store.is_of_frames(file) => all.extend(flips),
                Kind::Checkpointed if !store.is_cold_log(file) => {}
                Kind::Killed => {}
                Kind::Closed | Kind::Checkpointed => {
                    all.extend(flips);
                    let lengths = (0..bytes.len()).step_by(nth.max(1));
                    all.extend(lengths.map(|len| Self::Cut { file, len }));
                    all.push(Self::Removed { file });
                    let others = (0..files.len()).filter(|by| *by != file);
                    all.extend(others.map(|by| Self::Replaced { file, by }));
                }
            }
        }
        all
    }

    /// The file that is damaged.
    #[must_use]
    pub fn file(self) -> usize {
        match self {
            Self::Flip { file, .. }
            | Self::Cut { file, .. }
            | Self::Removed { file }
            | Self::Replaced { file, .. } => file,
        }
    }

    /// Whether a repair is tried as well: of the bits of a byte, for one.
    #[must_use]
    pub fn is_thorough(self) -> bool {
        match self {
            Self::Flip { bit, .. } => bit % 8 == bit / 8 % 8,
            _ => true,
        }
    }

    /// Whether other programs read the cold tables: of the bits of a byte, for one if it is of a
    /// commit, and otherwise for one in each eighth byte.
    fn is_looked_at_from_outside(self, small: &Small) -> bool {
        let far = match self {
            Self::Flip { bit, .. } => bit / 8 % 8 == 0,
            Self::Cut { len, .. } => len % 8 == 0,
            _ => true,
        };
        let commit = small.is_cold_log(self.file()) && !small.is_cold_checkpoint(self.file());
        self.is_thorough() && (far || commit)
    }

    /// What is asked besides everything; different conditions take different ways to the rows.
    fn filter(self) -> Filter {
        let number = match self {
            Self::Flip { bit, .. } => bit,
            Self::Cut { len, .. } => len as u64,
            Self::Removed { .. } => 0,
            Self::Replaced { by, .. } => by as u64,
        };
        match number % 4 {
            0 => Filter::KeyFrom("k0".to_owned(), 7),
            1 => Filter::Part(1),
            2 => Filter::ValueBelow(40),
            _ => Filter::TextLike("abc".to_owned()),
        }
    }

    fn done_to(self, store: &Small) -> Contents {
        let files = store.files();
        let bytes = |file: usize| files.get(file).map(|(_, b)| b.clone()).unwrap_or_default();
        let own = bytes(self.file());
        let changed = match self {
            Self::Removed { .. } => None,
            Self::Cut { len, .. } => Some(own.slice(..len.min(own.len()))),
            Self::Replaced { by, .. } => Some(bytes(by)),
            Self::Flip { bit, .. } => {
                let mut flipped = own.to_vec();
                let byte = usize::try_from(bit / 8)
                    .ok()
                    .and_then(|at| flipped.get_mut(at));
                if let Some(byte) = byte {
                    *byte ^= 1 << (bit % 8);
                }
                Some(flipped.into())
            }
        };
        store.with(self.file(), changed)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Does every damage, as [`Damage::all`] has them, and counts how they showed.
///
/// # Errors
/// When an answer is wrong, or a damage was not found; the message names it.
pub fn run(small: &Small, nth: usize) -> Outcome<BTreeMap<Verdict, usize>> {
    let damages = Damage::all(small, nth);
    let mut verdicts = BTreeMap::new();
    campaign::all(
        0..damages.len() as u64,
        |number| {
            let damage = usize::try_from(number).ok().and_then(|n| damages.get(n));
            let damage = damage.ok_or_else(|| Failure::new("there is no such damage"))?;
            one(small, *damage, damage.is_thorough())
        },
        |_, verdict| *verdicts.entry(verdict).or_default() += 1,
    )?;
    Ok(verdicts)
}

/// Does one damage and looks at everything; with `repair`, mends it too.
///
/// # Errors
/// When an answer is wrong, or the damage was not found.
pub fn one(small: &Small, damage: Damage, repair: bool) -> Outcome<Verdict> {
    let name = small.name(damage.file());
    judge(small, damage, repair).map_err(|f| f.at(format!("{damage} of `{name}`")))
}

fn judge(small: &Small, damage: Damage, repair: bool) -> Outcome<Verdict> {
    let mut world = World::with(1, damage.done_to(small));
    world.set_settings(small.settings());
    let name = small.name(damage.file());
    let store = match world.open()? {
        Ok(store) => store,
        Err(error) => {
            let claim = error.kind() == ErrorKind::AlreadyExists && small.is_claim(damage.file());
            let told = matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion);
            ensure(told || claim, || {
                format!("the store does not open: {error:?}")
            })?;
            return Ok(Verdict::Refused);
        }
    };
    let last = store.snapshot().lsn().0;
    let filter = damage.filter();
    let mut filters = vec![Filter::All];
    // The store answers from its manifest, whatever the log of a cold table says.
    if damage.is_thorough() || !small.is_cold_log(damage.file()) {
        filters.push(filter.clone());
    }
    let unreadable = answers(&mut world, &store, small, &filters)?;
    names_what_it_is(&store, &name, &unreadable)?;
    let readable = unreadable.is_empty();
    let verifying = store.clone();
    let verified = world
        .wait(async move { verifying.verify().await })?
        .map_err(|e| Failure::new(format!("verify failed: {e:?}")))?;
    let same = small.same_bytes(damage);
    let found = verified.problems.iter().any(|p| name.ends_with(&p.path));
    let must = small.is_segment(damage.file()) && !same;
    ensure(found == must, || {
        format!("verify says {:?} of it", verified.problems)
    })?;
    ensure(readable || !verified.ok, || {
        "a query failed, and verify finds nothing".to_owned()
    })?;
    let outside = damage.is_looked_at_from_outside(small);
    if small.is_cold(damage.file()) && outside {
        let seen = outside::check(&mut world, &store, small, &filter)?;
        ensure(seen.is_ok() || !verified.ok, || {
            format!("verify finds nothing, and for other programs {seen:?}")
        })?;
    }
    if repair && must {
        mend(&mut world, &store, small, &name)?;
    } else if readable && outside && small.is_cold_log(damage.file()) {
        outside::goes_on(&mut world, &store, small)?;
    }
    drop(store);
    Ok(match readable {
        true if last < small.last_lsn() => Verdict::Torn,
        true => Verdict::Harmless,
        false => Verdict::Unreadable,
    })
}

/// Only a table of which a segment is damaged that has no other file may be unreadable, and the
/// error names that file.
fn names_what_it_is(store: &Store, name: &str, unreadable: &[(String, Error)]) -> Outcome {
    let snapshot = store.snapshot();
    let segments = snapshot.tables().flat_map(TableSnapshot::segments);
    let mut only = segments.filter(|segment| segment.copies.is_empty());
    let damaged = only.find(|s| s.path.as_ref().is_some_and(|path| name.ends_with(path)));
    let file = name.rsplit('/').next().unwrap_or(name);
    for (table, error) in unreadable {
        let of_it = damaged
            .as_ref()
            .is_some_and(|damaged| damaged.table == *table);
        ensure(of_it && error.to_string().contains(file), || {
            format!("`{table}` is unreadable: {error:?}")
        })?;
    }
    Ok(())
}

/// Reads all tables, and returns those that could not be read. What can be read must be right.
fn answers(
    world: &mut World,
    store: &Store,
    small: &Small,
    filters: &[Filter],
) -> Outcome<Vec<(String, Error)>> {
    let snapshot = store.snapshot();
    let last = snapshot.lsn().0;
    let known = small.last_certain_lsn()..=small.last_lsn();
    ensure(known.contains(&last), || {
        format!("the last write is {last}")
    })?;
    let tables = store.tables();
    ensure(tables == small.tables(), || format!("there are {tables:?}"))?;
    let mut unreadable = Vec::new();
    let asked = tables
        .iter()
        .flat_map(|table| filters.iter().map(move |filter| (table, filter)));
    for (table, filter) in asked {
        let (snapshot, name, asked) = (snapshot.clone(), table.clone(), filter.clone());
        let rows = world.wait(async move { scan(&snapshot, &name, &asked, None).await })?;
        match rows {
            Ok(rows) => {
                let keys = keys(table, &rows?)?;
                let mut expected = small.written_by(table, 1..=last);
                expected.retain(|key| filter.holds(*key));
                ensure(keys == expected, || {
                    format!("`{table}` has the keys {keys:?} instead of {expected:?}")
                })?;
            }
            Err(error) => {
                let told = matches!(
                    error.kind(),
                    ErrorKind::Corrupt | ErrorKind::NewerVersion | ErrorKind::Expired
                );
                ensure(told, || format!("`{table}` is unreadable: {error:?}"))?;
                unreadable.push((table.clone(), error));
            }
        }
    }
    Ok(unreadable)
}

/// The keys of rows, each of which is checked by itself.
fn keys(table: &str, rows: &[row::Row]) -> Outcome<BTreeSet<i64>> {
    let mut keys = BTreeSet::new();
    for row in rows {
        let Some(row::Cell::Int(key)) = row.get("k0") else {
            return Err(Failure::new(format!("`{table}` has a row without a key")));
        };
        for (column, value) in row {
            let expected = row::cell(*key, column, false);
            ensure(*value == expected, || {
                format!("`{column}` of row {key} is {value:?}")
            })?;
        }
        ensure(keys.insert(*key), || {
            format!("row {key} of `{table}` is there twice")
        })?;
    }
    Ok(keys)
}

/// Repairs the store: afterwards all is well but for what the report says.
fn mend(world: &mut World, store: &Store, small: &Small, name: &str) -> Outcome {
    let mending = store.clone();
    let report = world
        .wait(async move { mending.repair().await })?
        .map_err(|e| Failure::new(format!("repair failed: {e:?}")))?;
    let [repair] = report.repairs.as_slice() else {
        return Err(Failure::new(format!("repair did {:?}", report.repairs)));
    };
    ensure(name.ends_with(&repair.path), || {
        format!("repair names {}", repair.path)
    })?;
    let gone: BTreeSet<i64> = match &repair.done {
        Repaired::SetAside { rows, lsns, .. } => {
            let gone = small.written_by(&repair.table, lsns.first.0..=lsns.last.0);
            ensure(
                gone.len() as u64 == *rows && report.rows_lost == *rows,
                || format!("{rows} rows are said to be gone, and were {gone:?}"),
            )?;
            gone
        }
        _ => BTreeSet::new(),
    };
    ensure(report.ok == gone.is_empty(), || format!("{report:?}"))?;
    let verifying = store.clone();
    let verified = world
        .wait(async move { verifying.verify().await })?
        .map_err(|e| Failure::new(format!("verify after repair failed: {e:?}")))?;
    ensure(verified.ok, || {
        format!("after a repair there is {:?}", verified.problems)
    })?;
    for table in store.tables() {
        let (snapshot, of) = (store.snapshot(), table.clone());
        let rows = world
            .wait(async move { scan(&snapshot, &of, &Filter::All, None).await })?
            .map_err(|e| Failure::new(format!("after a repair `{table}` fails: {e:?}")))?;
        let left = keys(&table, &rows?)?;
        let mut expected = small.written_by(&table, 1..=small.last_lsn());
        expected.retain(|key| table != repair.table || !gone.contains(key));
        ensure(left == expected, || {
            format!("after a repair `{table}` has {left:?} instead of {expected:?}")
        })?;
    }
    Ok(())
}
