//! What a client of the store does: one call, and the facts that follow.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{DataType, Field};
use thermocline_testing::Random;
use thermocline_tiers::{
    AgeRule, Budget, Durability, Env, Error, ErrorKind, EvictionPolicy, HeatRule, Policy, Reader,
    Selection, Snapshot, Store, StoreBuilder, TableOptions, TableRules, Tier,
};

use crate::disk::Disk;
use crate::failure::{Failure, Outcome, ensure};
use crate::model::row::{self, BATCH, PLAIN};
use crate::model::{Answer, Filter, Model};
use crate::world::{World, scan, see};

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
    /// Whether calls of the disk may fail.
    pub(crate) faulty: bool,
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
        faulty: bool,
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
            faulty,
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

/// One thing to do.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Append { rows: i64, durability: Durability },
    AppendThenWait { rows: i64 },
    Seal,
    Move { tier: Tier, one: bool },
    Step,
    Apply,
    SetPolicy,
    AddColumn,
    CreateTable,
    DropTable,
    Query,
    Reader,
    SecondWriter,
    Hold,
    LookAgain,
    LetGo,
    Verify,
    Flush,
    Backup,
    Compact,
    Vacuum,
    Repair,
    Mark,
}

impl Deed {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let durability = match random.below(3) {
            0 => Durability::Memory,
            _ => Durability::Disk,
        };
        let rows = match random.below(12) {
            0 => 0,
            1 => 150,
            _ => 1 + i64::try_from(random.below(30)).unwrap_or_default(),
        };
        let tier = *[Tier::Hot, Tier::Warm, Tier::Warm, Tier::Cold]
            .get(random.below(4))
            .unwrap_or(&Tier::Hot);
        match random.below(100) {
            0..=31 => Self::Append { rows, durability },
            32..=35 => Self::AppendThenWait { rows },
            36..=40 => Self::Seal,
            41..=53 => Self::Move {
                tier,
                one: random.one_in(2),
            },
            54 => Self::Mark,
            55 | 56 => Self::Compact,
            57..=61 => Self::Step,
            62..=64 => Self::Apply,
            65 | 66 => Self::SetPolicy,
            67 | 68 => Self::AddColumn,
            69..=72 => Self::CreateTable,
            73 | 74 => Self::DropTable,
            75..=82 => Self::Query,
            83..=86 => Self::Reader,
            87 | 88 => Self::Hold,
            89..=92 => Self::LookAgain,
            93 | 94 => Self::LetGo,
            95 => Self::Verify,
            96 | 97 => Self::Flush,
            98 if random.one_in(2) => Self::SecondWriter,
            98 => Self::Backup,
            _ if random.one_in(2) => Self::Repair,
            _ => Self::Vacuum,
        }
    }
}

/// Names of tables are few, so that names come again.
const NAMES: [&str; 3] = ["alpha", "beta", "Gamma"];

/// Does one thing, and notes it if a promise is broken.
pub(crate) async fn run(shared: Shared, store: Store, deed: Deed, mut random: Random) {
    let text = format!("{deed:?}");
    let is_backup = matches!(deed, Deed::Backup);
    let outcome = act(&shared, &store, deed, &mut random).await;
    let line = match &outcome {
        Ok(Ok(())) => format!("step {}: {text}", shared.disk.steps()),
        Ok(Err(error)) => format!("step {}: {text} failed: {error}", shared.disk.steps()),
        Err(failure) => format!("step {}: {text} BROKE: {failure}", shared.disk.steps()),
    };
    shared.story.borrow_mut().push(line);
    let broken = match outcome {
        Ok(Ok(())) => None,
        // A backup says so too of a copy that it could not read back.
        Ok(Err(error)) if shared.faulty && is_backup && error.kind() == ErrorKind::Corrupt => None,
        Ok(Err(error)) => unexpected(&error, shared.faulty)
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
    macro_rules! attempt {
        ($call:expr) => {
            match $call {
                Ok(value) => value,
                Err(error) => return Ok(Err(error)),
            }
        };
    }
    let at = || shared.disk.steps();
    let model = &shared.model;
    let usable = model.borrow().usable();
    let table = usable.get(random.below(usable.len())).copied();
    match deed {
        Deed::CreateTable => {
            let name = NAMES.get(random.below(NAMES.len())).copied().unwrap_or("x");
            let number = model.borrow_mut().create_table(name, at());
            let mut options = TableOptions::new(row::schema(&model.borrow().key(number)));
            if random.one_in(2) {
                options = options.partition_by(attempt!("part".parse().map_err(Error::from)));
            }
            if random.one_in(2) {
                options = options.sort_by(["text", "value"]).event_time("at");
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
        Deed::SetPolicy => attempt!(store.set_policy(policy(random)).await),
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
            let harmless = shared.faulty;
            ensure(report.ok || harmless, || format!("{:?}", report.problems))?;
        }
        // What cannot be read now is an error; nothing is ever lost of a store that is whole.
        Deed::Repair => {
            let report = attempt!(store.repair().await);
            ensure(report.rows_lost == 0, || format!("{:?}", report.repairs))?;
        }
        Deed::Hold => {
            let snapshot = store.snapshot();
            let seen = match see(&snapshot).await {
                Err(_) if shared.faulty => return Ok(Ok(())),
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
        Deed::LookAgain => return look_again(shared, random).await,
        Deed::LetGo => {
            let mut held = shared.held.borrow_mut();
            if !held.is_empty() {
                let index = random.below(held.len());
                held.swap_remove(index);
            }
        }
        Deed::Reader => return read_beside(shared, random).await,
        Deed::SecondWriter => {
            let builder = (shared.elsewhere)(crate::world::DIR.to_owned());
            return match builder.open().await {
                Ok(_) => Err(Failure::new("two writers have the store open")),
                Err(error) if error.kind() == ErrorKind::Locked => Ok(Ok(())),
                Err(error) => Ok(Err(error)),
            };
        }
        Deed::Backup => return backup(shared, store, random).await,
        Deed::Query => {
            let Some(number) = table else {
                return Ok(Ok(()));
            };
            return query(shared, store, number, random).await;
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
            return on_table(shared, store, number, deed, random).await;
        }
    }
    Ok(Ok(()))
}

async fn on_table(
    shared: &Shared,
    store: &Store,
    number: usize,
    deed: Deed,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    macro_rules! attempt {
        ($call:expr) => {
            match $call {
                Ok(value) => value,
                Err(error) => return Ok(Err(error)),
            }
        };
    }
    let at = || shared.disk.steps();
    let model = &shared.model;
    let name = model.borrow().name(number);
    let table = attempt!(store.table(&name));
    // Another table of its name may have taken its place meanwhile.
    let schema = attempt!(table.schema());
    if *schema.field(0).name() != model.borrow().key(number) {
        return Ok(Ok(()));
    }
    match deed {
        Deed::Append { rows, durability } => {
            let (batch, data) = prepare(shared, number, rows, &schema)?;
            let receipt = attempt!(table.append_with(data, durability).await);
            model.borrow_mut().appended(batch, receipt.lsn.0)?;
            if durability == Durability::Disk {
                model.borrow_mut().is_durable(receipt.lsn.0, at());
            }
        }
        Deed::AppendThenWait { rows } => {
            let (batch, data) = prepare(shared, number, rows, &schema)?;
            let receipt = attempt!(table.append_with(data, Durability::Memory).await);
            model.borrow_mut().appended(batch, receipt.lsn.0)?;
            drop(table);
            attempt!(receipt.wait(Durability::Disk).await);
            model.borrow_mut().is_durable(receipt.lsn.0, at());
        }
        Deed::Seal => {
            attempt!(table.seal().await);
        }
        Deed::Move { tier, one } => {
            let segments = attempt!(table.segments());
            let which = match segments.get(random.below(segments.len())) {
                Some(segment) if one => Selection::Segment(segment.segment),
                _ => Selection::All,
            };
            attempt!(table.move_to(&which, tier).await);
        }
        Deed::AddColumn => {
            let column = format!(
                "x{}",
                model
                    .borrow()
                    .tables
                    .iter()
                    .map(|t| t.columns.len())
                    .sum::<usize>()
            );
            model.borrow_mut().add_column(number, &column, at());
            attempt!(
                table
                    .add_column(Field::new(&column, DataType::Int64, true))
                    .await
            );
            model.borrow_mut().column_added(number, &column, at());
        }
        Deed::Compact => {
            attempt!(table.compact().await);
        }
        Deed::Vacuum => {
            let keep = Duration::from_secs(1 << random.below(10));
            attempt!(table.vacuum(keep, random.one_in(4)).await);
        }
        Deed::Mark => {
            let segments = attempt!(table.segments());
            let Some(segment) = segments.get(random.below(segments.len())) else {
                return Ok(Ok(()));
            };
            let which = Selection::Segment(segment.segment);
            match random.below(4) {
                0 => attempt!(table.hold(&which).await),
                1 => attempt!(table.release(&which).await),
                2 => attempt!(table.unpin(&which).await),
                _ => attempt!(table.pin(&which, Tier::Warm).await),
            }
        }
        Deed::DropTable => {
            model.borrow_mut().drop_table(number, at());
            attempt!(store.drop_table(&name).await);
            model.borrow_mut().dropped(number, at());
        }
        _ => {}
    }
    Ok(Ok(()))
}

fn prepare(
    shared: &Shared,
    table: usize,
    rows: i64,
    schema: &arrow::datatypes::SchemaRef,
) -> Outcome<(usize, arrow::array::RecordBatch)> {
    let fields = schema.fields().iter().skip(1 + PLAIN.len());
    let columns = fields.map(|field| field.name().clone()).collect();
    let steps = shared.disk.steps();
    let batch = shared
        .model
        .borrow_mut()
        .append(table, rows, columns, steps);
    let base = i64::try_from(batch).unwrap_or(i64::MAX) * BATCH;
    Ok((batch, row::batch(schema, base..base + rows)?))
}

async fn query(
    shared: &Shared,
    store: &Store,
    number: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let (name, key, batches, acknowledged) = {
        let model = shared.model.borrow();
        (
            model.name(number),
            model.key(number),
            model.batches.len(),
            model.acknowledged,
        )
    };
    let at = shared.disk.steps();
    let snapshot = store.snapshot();
    ensure(snapshot.lsn().0 >= acknowledged, || {
        format!(
            "a snapshot sees writes up to {}, although {acknowledged} has a receipt",
            snapshot.lsn()
        )
    })?;
    let Some(table) = snapshot.table(&name) else {
        return Ok(Ok(()));
    };
    if *table.schema().field(0).name() != key {
        return Ok(Ok(()));
    }
    let columns = random.one_in(2).then(|| {
        let width = table.schema().fields().len();
        let mut columns: Vec<usize> = (1..width).filter(|_| random.one_in(2)).collect();
        columns.insert(random.below(columns.len() + 1), 0);
        columns
    });
    let filter = Filter::draw(random, &key, batches);
    let rows = match scan(&snapshot, &name, &filter, columns).await {
        Ok(rows) => rows?,
        Err(error) => return Ok(Err(error)),
    };
    let answer = Answer {
        table: number,
        lsn: snapshot.lsn().0,
        filter: &filter,
        rows: &rows,
    };
    shared.model.borrow_mut().check_answer(&answer, at)?;
    Ok(Ok(()))
}

async fn look_again(shared: &Shared, random: &mut Random) -> Outcome<Result<(), Error>> {
    let taken = {
        let mut held = shared.held.borrow_mut();
        if held.is_empty() {
            return Ok(Ok(()));
        }
        let index = random.below(held.len());
        held.swap_remove(index)
    };
    for (name, expected) in &taken.rows {
        let rows = match scan(&taken.snapshot, name, &Filter::All, None).await {
            Ok(rows) => rows?,
            Err(error) => return Ok(Err(error)),
        };
        let rows: BTreeSet<_> = rows.into_iter().collect();
        ensure(rows == *expected, || {
            format!(
                "a snapshot at write {} of `{name}` showed {} rows, and now {}",
                taken.snapshot.lsn(),
                expected.len(),
                rows.len()
            )
        })?;
    }
    shared.held.borrow_mut().push(taken);
    Ok(Ok(()))
}

/// Another process looks at the store.
async fn read_beside(shared: &Shared, random: &mut Random) -> Outcome<Result<(), Error>> {
    let durable = shared.model.borrow().durable_at(shared.disk.steps());
    let builder = Store::builder(crate::world::DIR).env(shared.env.clone());
    let reader: Reader = match builder.open_reader().await {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error)),
    };
    for _ in 0..=random.below(3) {
        let at = shared.disk.steps();
        let snapshot = match reader.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Err(error)),
        };
        ensure(snapshot.lsn().0 >= durable, || {
            format!(
                "a reader sees writes up to {}, although {durable} is durable",
                snapshot.lsn()
            )
        })?;
        for table in snapshot.tables() {
            let rows = match scan(&snapshot, table.name(), &Filter::All, None).await {
                Ok(rows) => rows?,
                Err(error) => return Ok(Err(error)),
            };
            let key = table.schema().field(0).name();
            let number = key.trim_start_matches('k').parse().unwrap_or(usize::MAX);
            let answer = Answer {
                table: number,
                lsn: snapshot.lsn().0,
                filter: &Filter::All,
                rows: &rows,
            };
            shared
                .model
                .borrow_mut()
                .check_answer(&answer, at.max(shared.disk.steps()))?;
        }
    }
    Ok(Ok(()))
}

/// A backup, restored, written to and opened again.
async fn backup(shared: &Shared, store: &Store, random: &mut Random) -> Outcome<Result<(), Error>> {
    macro_rules! attempt {
        ($call:expr) => {
            match $call {
                Ok(value) => value,
                Err(error) => return Ok(Err(error)),
            }
        };
    }
    let tag = random.bits();
    let (copy, restored) = (format!("/copy{tag:x}"), format!("/restored{tag:x}"));
    let before = shared.model.borrow().acknowledged;
    attempt!(store.backup(&copy).await);
    attempt!((shared.elsewhere)(restored.clone()).restore(&copy).await);
    let twin = attempt!((shared.elsewhere)(restored.clone()).open().await);
    let snapshot = twin.snapshot();
    ensure(snapshot.lsn().0 >= before, || {
        format!(
            "a backup has writes up to {}, although {before} had a receipt before",
            snapshot.lsn()
        )
    })?;
    let seen = match see(&snapshot).await {
        Err(_) if shared.faulty => return Ok(Ok(())),
        other => other?,
    };
    for table in &seen.tables {
        let Some(number) = table.number else { continue };
        let answer = Answer {
            table: number,
            lsn: snapshot.lsn().0,
            filter: &Filter::All,
            rows: &table.rows,
        };
        let at = shared.disk.steps();
        shared.model.borrow_mut().check_answer(&answer, at)?;
    }
    drop(snapshot);
    // What is written to the copy stays in the copy.
    let schema = row::schema("kown");
    attempt!(
        twin.create_table("own", TableOptions::new(Arc::clone(&schema)))
            .await
    );
    let own = attempt!(twin.table("own"));
    attempt!(own.append(row::batch(&schema, 0..7)?).await);
    for table in &seen.tables {
        let there = attempt!(twin.table(&table.name));
        let schema = attempt!(there.schema());
        attempt!(there.append(row::batch(&schema, -20..-10)?).await);
    }
    attempt!(twin.flush().await);
    drop((own, twin));
    let twin = attempt!((shared.elsewhere)(restored).open().await);
    let again = match see(&twin.snapshot()).await {
        Err(_) if shared.faulty => return Ok(Ok(())),
        other => other?,
    };
    for table in &again.tables {
        let expected = match seen.tables.iter().find(|t| t.name == table.name) {
            Some(before) => before.rows.len() + 10,
            None => 7,
        };
        ensure(table.rows.len() == expected, || {
            format!(
                "a restored table `{}` has {} rows instead of {expected} when it is opened again",
                table.name,
                table.rows.len()
            )
        })?;
    }
    Ok(Ok(()))
}

/// Any policy.
pub(crate) fn policy(random: &mut Random) -> Policy {
    let mut policy = Policy::default();
    let eviction = |random: &mut Random| {
        let all = EvictionPolicy::ALL;
        all.get(random.below(all.len()))
            .copied()
            .unwrap_or_default()
    };
    let bytes = |random: &mut Random| {
        let budget = Budget::of(500 << random.below(8));
        budget.with_eviction(eviction(random)).unwrap_or(budget)
    };
    if random.one_in(2) {
        policy = policy.with_hot_budget(bytes(random));
    }
    if random.one_in(2) {
        policy = policy.with_warm_budget(bytes(random));
    }
    // Lives are shorter than the stay that ages wait for otherwise.
    let mut rules = TableRules::default().with_min_stay(Duration::ZERO);
    let age = |random: &mut Random| {
        let seconds = 1_u64 << random.below(10);
        AgeRule::time_in_tier(Duration::from_secs(seconds))
    };
    if random.one_in(2) {
        rules = rules.with_hot_to_warm(age(random));
    }
    if random.one_in(2) {
        rules = rules.with_warm_to_cold(age(random));
    }
    let reads = |random: &mut Random| HeatRule::reads(0.5 + random.below(3) as f64).ok();
    if random.one_in(3) {
        rules.cold_to_warm = reads(random);
        rules.warm_to_hot = reads(random);
        rules.cool_down = Some(Duration::ZERO);
    }
    policy.with_default_rules(rules)
}
