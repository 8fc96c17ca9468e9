//! Every call of a scenario fails, in every way, once and for ever.
//!
//! The scenario is run once to count its calls. Then it is run again for each
//! call and each way in which that call can fail. Nothing that was acknowledged
//! may be lost and no answer may be wrong: while the fault lasts, after it is
//! over, after a restart, and after a power cut.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use thermocline_formats::{Codec, ParquetOptions};
use thermocline_testing::Random;
use thermocline_tiers::{Durability, ErrorKind, Settings, Store, Tier, WriteHealth};

use crate::campaign;
use crate::disk::{Call, Failed, Fault, Faults, Lasts};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::Model;
use crate::simulation::client::{self, Deed, MayFail, Recording, Shared};
use crate::world::World;

/// What was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs of the scenario.
    pub runs: usize,
    /// How often each call failed in each way.
    pub failed: BTreeMap<(Call, Fault), usize>,
}

/// One failing call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// How it fails.
    pub fault: Fault,
    /// Calls that could have failed this way, and did not, before it.
    pub after: usize,
    /// Which later ones fail too.
    pub lasts: Lasts,
}

/// The first half, up to a restart, and the second.
fn deeds() -> [Vec<Deed>; 2] {
    let append = |rows, durability| Deed::Append { rows, durability };
    let all = |tier| Deed::Move { tier, one: false };
    [
        vec![
            Deed::CreateTable,
            append(20, Durability::Disk),
            append(5, Durability::Memory),
            Deed::Record(Recording::Begin),
            Deed::Seal,
            Deed::Mark,
            append(7, Durability::Disk),
            all(Tier::Warm),
            Deed::Query,
            append(30, Durability::Disk),
            all(Tier::Cold),
            Deed::AddColumn,
            append(12, Durability::Disk),
            all(Tier::Hot),
            Deed::Query,
            append(3, Durability::Disk),
        ],
        vec![
            Deed::Query,
            all(Tier::Warm),
            Deed::Reader { reports: true },
            Deed::SetPolicy,
            Deed::Step,
            Deed::Record(Recording::Read),
            append(9, Durability::Memory),
            Deed::CreateTable,
            append(15, Durability::Disk),
            Deed::Flush,
            Deed::DropTable,
            all(Tier::Cold),
            append(4, Durability::Disk),
            all(Tier::Cold),
            Deed::Compact,
            append(2, Durability::Disk),
            Deed::Mark,
            Deed::Record(Recording::End),
            Deed::Step,
            Deed::Cold,
            Deed::Vacuum,
            Deed::Archive,
            Deed::Repair,
            Deed::Backup,
            Deed::Verify,
            Deed::Query,
        ],
    ]
}

/// So that the short scenario begins new files, shortens the log, writes checkpoints, and removes
/// what nobody needs.
fn settings() -> Settings {
    let plain = ParquetOptions::default().with_codec(Codec::None);
    Settings::default()
        .with_cold(plain.with_try_encodings(false))
        .with_log_file_bytes(3_000)
        .with_log_budget_bytes(5_000)
        .with_manifest_file_bytes(6_000)
        .with_heat_interval(Duration::ZERO)
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO)
        .with_cold_checkpoint_commits(2)
        .with_cold_log_keep(Duration::ZERO)
}

/// Every call of the scenario with this seed, and of what it is.
///
/// # Errors
/// When the scenario fails by itself.
pub fn calls(seed: u64) -> Outcome<Vec<(Call, PathBuf)>> {
    let mut run = Run::new(seed);
    run.world.disk.count_calls();
    run.live(MayFail::None)?;
    Ok(run.world.disk.calls())
}

/// Every site of the scenario with this seed.
///
/// # Errors
/// When the scenario fails by itself.
pub fn sites(seed: u64) -> Outcome<Vec<Site>> {
    let calls = calls(seed)?;
    let mut sites = Vec::new();
    for fault in Fault::ALL {
        let fitting = calls.iter().filter(|(call, _)| fault.fits(*call));
        for (after, (call, _)) in fitting.enumerate() {
            for lasts in [Lasts::Once, Lasts::OfItsKind, Lasts::ForEver] {
                if is_tried(fault, *call, lasts) {
                    sites.push(Site {
                        fault,
                        after,
                        lasts,
                    });
                }
            }
        }
    }
    Ok(sites)
}

/// Whether a fault is tried for so long. Whoever reads and writes tries an interrupted call again, so
/// one that is interrupted for ever never returns; no disk does that.
fn is_tried(fault: Fault, call: Call, lasts: Lasts) -> bool {
    match (lasts, fault) {
        (Lasts::Once, _) | (Lasts::OfItsKind, Fault::Eio | Fault::Enospc) => true,
        (Lasts::OfItsKind, Fault::Eintr) => !matches!(call, Call::Read | Call::Write),
        (Lasts::OfItsKind, Fault::Short | Fault::Done) => false,
        (Lasts::ForEver, fault) => fault != Fault::Eintr,
    }
}

/// Runs the scenario with every `nth` site failing.
///
/// # Errors
/// When a promise is broken; the message names the site.
pub fn run(seed: u64, nth: usize) -> Outcome<Report> {
    let mut report = Report::default();
    let sites: Vec<Site> = sites(seed)?.into_iter().step_by(nth.max(1)).collect();
    campaign::all(
        0..sites.len() as u64,
        |number| {
            let site = usize::try_from(number).ok().and_then(|n| sites.get(n));
            let site = site.ok_or_else(|| Failure::new("there is no such site"))?;
            one(seed, *site).map_err(|f| f.at(format!("{site:?}")))
        },
        |_, failed| {
            for failed in failed {
                let times = report.failed.entry((failed.call, failed.fault));
                *times.or_default() += 1;
            }
            report.runs += 1;
        },
    )?;
    Ok(report)
}

/// Runs the scenario with one site failing. Returns the calls that failed.
///
/// # Errors
/// When a promise is broken.
pub fn one(seed: u64, site: Site) -> Outcome<Vec<Failed>> {
    let mut run = Run::new(seed);
    run.world.disk.set_faults(Faults::Countdown {
        after: site.after as u64,
        fault: site.fault,
        lasts: site.lasts,
    });
    let store = run.live(match site.fault {
        Fault::Eio | Fault::Eintr => MayFail::All,
        Fault::Enospc | Fault::Short | Fault::Done => MayFail::TakingRoom,
    })?;
    let failed = run.world.disk.failed();
    run.world.disk.set_faults(Faults::None);
    run.says_full(site, &failed)?;
    if let Some(store) = store {
        run.recovers(&store, site, &failed)?;
    }
    run.restarts()?;
    run.loses_power()?;
    Ok(failed)
}

/// The scenario under way.
struct Run {
    seed: u64,
    world: World,
    model: Rc<RefCell<Model>>,
    story: Rc<RefCell<Vec<String>>>,
    /// Calls that had failed when the store was opened last.
    failed_before: usize,
    /// The errors that there were.
    errors: Vec<(ErrorKind, String)>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        world.set_settings(settings());
        Self {
            seed,
            world,
            model: Rc::default(),
            story: Rc::default(),
            failed_before: 0,
            errors: Vec::new(),
        }
    }

    /// Goes through the scenario. Calls of clients may fail; none may lie.
    fn live(&mut self, faults: MayFail) -> Outcome<Option<Store>> {
        let mut open = None;
        for (half, deeds) in deeds().into_iter().enumerate() {
            if let Some(store) = open.take() {
                self.close(store)?;
            }
            let store = match self.world.open()? {
                Ok(store) => store,
                Err(error) => {
                    self.errors.push((error.kind(), error.to_string()));
                    return Ok(None);
                }
            };
            self.failed_before = self.world.disk.failed().len();
            if half > 0 {
                self.compare(&store)?;
            }
            for (index, deed) in deeds.into_iter().enumerate() {
                let random = Random::new(self.seed ^ (half * 100 + index) as u64);
                let shared = Shared::new(&self.world, &self.model, &self.story, faults);
                let store = store.clone();
                let task = client::run(shared.clone(), store, deed, random);
                self.world.wait(task)?;
                shared.check()?;
                self.errors.append(&mut shared.errors.borrow_mut());
            }
            open = Some(store);
        }
        Ok(open)
    }

    fn close(&mut self, store: Store) -> Outcome {
        let last = self.model.borrow().acknowledged;
        if self.world.wait(store.close())?.is_ok() {
            let at = self.world.disk.steps();
            self.model.borrow_mut().is_durable(last, at);
        }
        Ok(())
    }

    /// Compares all that can be read with the model, and settles what was open.
    fn compare(&mut self, store: &Store) -> Outcome {
        let at = self.world.disk.steps();
        // A read may fail while the fault lasts; the next restart compares.
        match self.world.read(store) {
            Ok(mut seen) => {
                self.model.borrow_mut().check_store(&mut seen, at)?;
                self.model.borrow_mut().settle(&seen, at, false);
                Ok(())
            }
            Err(failure) if self.world.disk.failed().is_empty() => Err(failure),
            Err(_) => {
                let lsn = store.snapshot().lsn().0;
                let mut model = self.model.borrow_mut();
                ensure(lsn >= model.durable_at(at), || {
                    format!("the last write is {lsn} after a restart")
                })?;
                model.lost_after(lsn, at);
                Ok(())
            }
        }
    }

    /// A full disk is called that, as long as no sync has failed.
    fn says_full(&self, site: Site, failed: &[Failed]) -> Outcome {
        let only_full = site.fault == Fault::Enospc && !failed.iter().any(|f| is_sync(f.call));
        let is_other = |kind| matches!(kind, ErrorKind::Io | ErrorKind::Poisoned);
        let mut errors = self.errors.iter();
        match errors.find(|(kind, _)| only_full && is_other(*kind)) {
            Some(other) => Err(Failure::new(format!("a full disk is the error {other:?}"))),
            None => Ok(()),
        }
    }

    /// The fault is over and the store still open.
    fn recovers(&mut self, store: &Store, site: Site, failed: &[Failed]) -> Outcome {
        let snapshot = store.snapshot();
        let seen = self
            .world
            .wait(async move { crate::world::see(&snapshot).await })??;
        for table in &seen.tables {
            let Some(number) = table.number else { continue };
            let answer = crate::model::Answer {
                table: number,
                lsn: seen.last_lsn,
                filter: &crate::model::Filter::All,
                rows: &table.rows,
            };
            let at = self.world.disk.steps();
            self.model.borrow_mut().check_answer(&answer, at)?;
        }
        let flushing = store.clone();
        let flushed = self.world.wait(async move { flushing.flush().await })?;
        let health = store.health();
        match flushed {
            // What was poisoned later than the last write.
            Ok(()) => {}
            Err(error) => ensure(
                error.kind() == ErrorKind::Poisoned && health.writes == WriteHealth::Poisoned,
                || format!("after the fault nothing is written: {error:?}, {health:?}"),
            )?,
        }
        if site.fault == Fault::Enospc && !failed.iter().any(|f| is_sync(f.call)) {
            ensure(health.writes == WriteHealth::Good, || {
                format!("there is room again, and the store is {health:?}")
            })?;
        }
        // After a failed sync nothing is promised any more.
        let own_sync = failed.iter().skip(self.failed_before).any(is_own_sync);
        ensure(!own_sync || health.writes == WriteHealth::Poisoned, || {
            format!("a sync failed, and the store is {health:?}")
        })
    }

    fn restarts(&mut self) -> Outcome {
        let mut random = Random::new(self.seed);
        self.world.new_process(&mut random);
        let at = self.world.disk.steps();
        let (store, mut seen) = self.world.open_and_read()?;
        self.model.borrow_mut().check_store(&mut seen, at)?;
        self.model
            .borrow_mut()
            .settle(&seen, self.world.disk.steps(), false);
        let compared =
            client::cold::compare(self.world.env(), self.world.disk.clone(), store.clone());
        self.world.wait(compared)??;
        // It takes writes again, and promises them.
        let shared = Shared::new(&self.world, &self.model, &self.story, MayFail::None);
        for deed in [
            Deed::CreateTable,
            Deed::Append {
                rows: 10,
                durability: Durability::Disk,
            },
        ] {
            let task = client::run(shared.clone(), store.clone(), deed, random.clone());
            self.world.wait(task)?;
            shared.check()?;
        }
        drop(shared);
        drop(store);
        Ok(())
    }

    fn loses_power(&mut self) -> Outcome {
        let mut random = Random::new(self.seed);
        let contents = self.world.disk.cut_power(&mut random);
        self.world.reboot(contents, &mut random);
        let (store, mut seen) = self.world.open_and_read()?;
        self.model.borrow_mut().check_store(&mut seen, usize::MAX)?;
        let compared =
            client::cold::compare(self.world.env(), self.world.disk.clone(), store.clone());
        self.world.wait(compared)??;
        let report = self.world.wait(async move { store.verify().await })?;
        match report {
            Ok(report) if report.ok => Ok(()),
            other => Err(Failure::new(format!("the store is damaged: {other:?}"))),
        }
    }
}

fn is_sync(call: Call) -> bool {
    matches!(call, Call::Sync | Call::SyncDir)
}

/// A sync of the log or of the manifest, not of a file that is made again.
fn is_own_sync(failed: &Failed) -> bool {
    let extension = failed.path.extension();
    failed.call == Call::Sync
        && failed.path.starts_with(crate::world::DIR)
        && extension.is_some_and(|e| e == "log" || e == "manifest")
}
