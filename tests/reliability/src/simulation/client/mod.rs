//! What a client of the store does: one call, and the facts that follow.

/// The value of a call of the store, or its error as the outcome of the deed.
macro_rules! attempt {
    ($call:expr) => {
        match $call {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        }
    };
}

pub(crate) mod archive;
mod backup;
pub(crate) mod cold;
mod deed;
mod figures;
mod look;
pub(crate) mod marks;
mod policy;
mod table;
mod traces;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use thermocline_testing::Random;
use thermocline_tiers::{Env, Error, ErrorKind, Snapshot, Store, StoreBuilder, TableOptions};

use crate::disk::Disk;
use crate::failure::{Failure, Outcome, ensure};
use crate::model::{Model, row};
use crate::world::{World, see};
pub(crate) use deed::{Deed, Recording};
pub(crate) use policy::{announce, policy};

/// Which calls of the disk may fail while clients are at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MayFail {
    None,
    /// Those that take room; whatever reads goes well.
    TakingRoom,
    All,
}

impl MayFail {
    pub(crate) fn any(self) -> bool {
        self != Self::None
    }
}

/// What the clients of one store share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) disk: Disk,
    pub(crate) env: Env,
    pub(crate) model: Rc<RefCell<Model>>,
    /// The first promise that was broken.
    pub(crate) failure: Rc<RefCell<Option<Failure>>>,
    /// Snapshots that are kept for a while, with what they showed.
    pub(crate) held: Rc<RefCell<Vec<Held>>>,
    pub(crate) faults: MayFail,
    /// The errors that clients had: their kinds and messages.
    pub(crate) errors: Rc<RefCell<Vec<(ErrorKind, String)>>>,
    /// What was done, for a person.
    pub(crate) story: Rc<RefCell<Vec<String>>>,
    /// Builders of the store in other directories, for backups.
    pub(crate) elsewhere: Rc<dyn Fn(String) -> StoreBuilder>,
}

impl Shared {
    pub(crate) fn new(
        world: &World,
        model: &Rc<RefCell<Model>>,
        story: &Rc<RefCell<Vec<String>>>,
        faults: MayFail,
    ) -> Self {
        let (env, settings) = (world.env(), world.settings());
        let elsewhere = {
            let env = env.clone();
            move |dir: String| {
                Store::builder(dir)
                    .env(env.clone())
                    .settings(settings.clone())
                    .background(false)
            }
        };
        Self {
            disk: world.disk.clone(),
            env,
            model: Rc::clone(model),
            failure: Rc::default(),
            held: Rc::default(),
            faults,
            errors: Rc::default(),
            story: Rc::clone(story),
            elsewhere: Rc::new(elsewhere),
        }
    }

    /// The first promise that was broken, if one was.
    pub(crate) fn check(&self) -> Outcome {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }
}

/// A snapshot with all that it showed at first.
pub(crate) struct Held {
    snapshot: Snapshot,
    rows: Vec<(String, BTreeSet<row::Row>)>,
}

/// Names of tables are few, so that names come again.
const NAMES: [&str; 3] = ["alpha", "beta", "Gamma"];

/// Does one thing, and notes it if a promise is broken.
pub(crate) async fn run(shared: Shared, store: Store, deed: Deed, mut random: Random) {
    let text = format!("{deed:?}");
    let is_backup = matches!(deed, Deed::Backup);
    // A snapshot can be read whatever happens to its store, on a full disk too.
    let never_fails =
        matches!(deed, Deed::Query | Deed::RereadSnapshot) && shared.faults != MayFail::All;
    let outcome = act(&shared, &store, deed, &mut random).await;
    if let Ok(Err(error)) = &outcome {
        let told = (error.kind(), format!("{text}: {error}"));
        shared.errors.borrow_mut().push(told);
    }
    let line = match &outcome {
        Ok(Ok(())) => format!("step {}: {text}", shared.disk.steps()),
        Ok(Err(error)) => format!("step {}: {text} failed: {error}", shared.disk.steps()),
        Err(failure) => format!("step {}: {text} BROKE: {failure}", shared.disk.steps()),
    };
    shared.story.borrow_mut().push(line);
    let broken = match outcome {
        Ok(Ok(())) => None,
        // A backup says so too of a copy that it could not read back.
        Ok(Err(error))
            if shared.faults.any() && is_backup && error.kind() == ErrorKind::Corrupt =>
        {
            None
        }
        Ok(Err(error)) => (never_fails || unexpected(&error, shared.faults.any()))
            .then(|| Failure::new(format!("an error that cannot be: {error:?}"))),
        Err(failure) => Some(failure),
    };
    if let Some(broken) = broken {
        shared.failure.borrow_mut().get_or_insert(broken.at(text));
    }
}

/// Errors that no client can cause by what it does, nor a disk by failing calls.
fn unexpected(error: &Error, faulty: bool) -> bool {
    match error.kind() {
        ErrorKind::Bug | ErrorKind::Corrupt | ErrorKind::NewerVersion => true,
        ErrorKind::Io | ErrorKind::Full | ErrorKind::Poisoned => !faulty,
        _ => false,
    }
}

async fn act(
    shared: &Shared,
    store: &Store,
    deed: Deed,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let at = || shared.disk.steps();
    let model = &shared.model;
    let usable = model.borrow().usable();
    let table = usable.get(random.below(usable.len())).copied();
    match deed {
        Deed::CreateTable => {
            let name = NAMES.get(random.below(NAMES.len())).copied().unwrap_or("x");
            let number = model.borrow_mut().create_table(name, at());
            let key = model.borrow().key(number);
            let schema = if random.one_in(3) {
                row::wide_schema(&key, random)
            } else {
                row::schema(&key)
            };
            let mut options = TableOptions::new(schema);
            if random.one_in(2) {
                options = options.partition_by(attempt!("part".parse().map_err(Error::from)));
            }
            if random.one_in(2) {
                options = options.sort_by(["text", "value"]).event_time("at");
                model.borrow_mut().has_event_time(number);
            }
            let created = store.create_table(name, options).await;
            match created {
                Ok(_) => model.borrow_mut().created(number, at()),
                Err(error) => {
                    // Refused before anything was done.
                    if error.kind() == ErrorKind::AlreadyExists {
                        model.borrow_mut().refused(number);
                    }
                    return Ok(Err(error));
                }
            }
        }
        Deed::SetPolicy => {
            let now = shared.env.clock.now();
            attempt!(policy::set(shared, store, policy(random, now)).await);
        }
        Deed::Step => {
            attempt!(store.step().await);
        }
        Deed::Apply => {
            let plan = store.plan();
            attempt!(store.apply(&plan).await);
        }
        Deed::Flush => {
            let last = model.borrow().acknowledged;
            attempt!(store.flush().await);
            model.borrow_mut().is_durable(last, at());
        }
        Deed::Verify => {
            let report = attempt!(store.verify().await);
            let harmless = shared.faults.any();
            ensure(report.ok || harmless, || format!("{:?}", report.problems))?;
        }
        // What cannot be read now is an error; nothing is ever lost of a store that is whole.
        Deed::Repair => {
            let report = attempt!(store.repair().await);
            ensure(report.rows_lost == 0, || format!("{:?}", report.repairs))?;
        }
        Deed::KeepSnapshot => {
            let snapshot = store.snapshot();
            let seen = match see(&snapshot).await {
                Err(_) if shared.faults.any() => return Ok(Ok(())),
                other => other?,
            };
            let rows = seen.tables.into_iter();
            let rows = rows.map(|table| (table.name, table.rows.into_iter().collect()));
            let held = Held {
                snapshot,
                rows: rows.collect(),
            };
            shared.held.borrow_mut().push(held);
        }
        Deed::RereadSnapshot => return look::look_again(shared, random).await,
        Deed::DropSnapshot => {
            let mut held = shared.held.borrow_mut();
            if !held.is_empty() {
                let index = random.below(held.len());
                held.swap_remove(index);
            }
        }
        Deed::Reader { reports } => return look::read_beside(shared, reports, random).await,
        Deed::SecondWriter => {
            let builder = (shared.elsewhere)(crate::world::DIR.to_owned());
            return match builder.open().await {
                Ok(_) => Err(Failure::new("two writers have the store open")),
                Err(error) if error.kind() == ErrorKind::Locked => Ok(Ok(())),
                Err(error) => Ok(Err(error)),
            };
        }
        Deed::Figures => return figures::figures(shared, store),
        Deed::Record(what) => return traces::trace(shared, store, what).await,
        Deed::Archive => return archive::archive(shared, random).await,
        Deed::Backup => return backup::backup(shared, store, random).await,
        Deed::Query | Deed::Cold => {
            let Some(number) = table else {
                return Ok(Ok(()));
            };
            return match deed {
                Deed::Cold => cold::look(shared, store, number, random).await,
                _ => look::query(shared, store, number, random).await,
            };
        }
        Deed::Append { .. }
        | Deed::AppendThenWait { .. }
        | Deed::Seal
        | Deed::Move { .. }
        | Deed::AddColumn
        | Deed::Compact
        | Deed::Vacuum
        | Deed::Mark
        | Deed::DropTable => {
            let Some(number) = table else {
                return Ok(Ok(()));
            };
            return table::change(shared, store, number, deed, random).await;
        }
    }
    Ok(Ok(()))
}
