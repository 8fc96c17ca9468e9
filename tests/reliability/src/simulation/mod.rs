//! Clients that do anything at any time, crashes included, against a model.
//!
//! A run is decided by its seed alone. It goes through several lives of one
//! store. In each, a few clients work at the same time; it ends with a close,
//! with a killed process, or with a power cut. Then the store is opened again
//! and everything in it is compared with the model.

pub(crate) mod client;
mod life;

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use thermocline_testing::Random;
use thermocline_tiers::Store;

use crate::disk::{Contents, Disk, Faults};
use crate::failure::{Failure, Outcome};
use crate::model::{At, Model};
use crate::planted::Lie;
use crate::world::World;
use life::{End, Life};

/// How a run is made.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How often the store is opened at most.
    pub lives: usize,
    /// About how many calls clients make in each life.
    pub deeds: usize,
    /// Whether the power may fail. Otherwise the disk keeps everything.
    pub power_cuts: bool,
    /// Whether calls of the disk may fail.
    pub faults: bool,
    /// A planted bug.
    pub lie: Option<Lie>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lives: 4,
            deeds: 18,
            power_cuts: true,
            faults: true,
            lie: None,
        }
    }
}

/// What a run was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// A hash of every call of the disk and every choice.
    pub trace: u64,
    /// Calls that clients made.
    pub deeds: usize,
    /// Steps of the disk.
    pub steps: usize,
    /// Power cuts.
    pub power_cuts: usize,
    /// Calls of the disk that failed.
    pub faults: usize,
    /// What was done, line by line.
    pub story: Vec<String>,
}

/// A store whose lives are simulated.
pub(crate) struct Simulation {
    pub(crate) world: World,
    pub(crate) model: Rc<RefCell<Model>>,
    pub(crate) random: Random,
    pub(crate) options: Options,
    pub(crate) report: Report,
    pub(crate) story: Rc<RefCell<Vec<String>>>,
    /// Whether clients archive rows beside the store.
    pub(crate) archives: bool,
    trace: DefaultHasher,
}

/// Runs one seed.
///
/// # Errors
/// When a promise is broken. The story so far is in the report, which is
/// returned in either case.
pub fn run(seed: u64, options: Options) -> (Report, Outcome) {
    let mut simulation = Simulation::new(seed, options);
    let outcome = simulation.run();
    (simulation.finish(), outcome)
}

/// Runs a store through one life without power cuts, and returns the disk, the
/// facts and the world's seed: what many power cuts are then tried on.
pub(crate) fn record(seed: u64, options: Options) -> (Simulation, Outcome) {
    let mut simulation = Simulation::new(seed, options);
    let outcome = simulation.run();
    (simulation, outcome)
}

impl Simulation {
    fn new(seed: u64, options: Options) -> Self {
        let mut random = Random::new(seed);
        let mut world = World::new(random.bits());
        world.set_lie(options.lie);
        let mut model = Model::default();
        let settings = world.settings();
        model
            .cold
            .keeps(settings.cold_keep.min(settings.cold_log_keep));
        Self {
            world,
            model: Rc::new(RefCell::new(model)),
            options,
            report: Report {
                trace: 0,
                deeds: 0,
                steps: 0,
                power_cuts: 0,
                faults: 0,
                story: Vec::new(),
            },
            story: Rc::default(),
            trace: DefaultHasher::new(),
            archives: random.one_in(6),
            random,
        }
    }

    fn run(&mut self) -> Outcome {
        // Two runs in three have a disk that never fails.
        let faulty = self.options.faults && self.random.one_in(3);
        let lives = 1 + self.random.below(self.options.lives);
        for life in 0..lives {
            let end = Life::new(self, faulty)
                .run()
                .map_err(|f| f.at(format!("life {life}")))?;
            self.end(end)
                .map_err(|f| f.at(format!("after life {life}")))?;
        }
        Ok(())
    }

    fn end(&mut self, end: End) -> Outcome {
        self.tell(format!("-- {end:?}"));
        self.report.faults += self.world.disk.failed().len();
        let new_disk = end == End::PowerCut;
        if new_disk {
            self.report.power_cuts += 1;
            let contents = self.world.disk.cut_power(&mut self.random);
            self.count_disk();
            self.world.reboot(contents, &mut self.random);
        } else {
            self.world.disk.set_faults(Faults::None);
        }
        let at = if new_disk {
            usize::MAX
        } else {
            self.world.disk.steps()
        };
        let (store, mut seen) = self.world.open_and_read()?;
        self.model.borrow_mut().check_store(&mut seen, at)?;
        check_archive(&mut self.world, &mut self.model.borrow_mut(), at)?;
        self.model
            .borrow_mut()
            .settle(&seen, self.world.disk.steps(), new_disk);
        client::marks::check(&self.model.borrow(), &store)?;
        if self.random.one_in(4) {
            let (env, disk) = (self.world.env(), self.world.disk.clone());
            let compared = client::cold::compare(env, disk, store.clone());
            self.world.wait(compared)??;
        }
        check_whole(&mut self.world, &store)?;
        drop(store);
        Ok(())
    }

    pub(crate) fn tell(&self, line: String) {
        self.story.borrow_mut().push(line);
    }

    /// The process is killed, and another one begins.
    pub(crate) fn new_process(&mut self) {
        self.world.executor.trace().hash(&mut self.trace);
        self.world.new_process(&mut self.random);
    }

    fn count_disk(&mut self) {
        self.report.steps += self.world.disk.steps();
        (self.world.disk.trace(), self.world.executor.trace()).hash(&mut self.trace);
    }

    fn finish(mut self) -> Report {
        self.count_disk();
        self.report.trace = self.trace.finish();
        self.report.story = self.story.borrow().clone();
        self.report
    }

    /// The disk and its contents, for whoever looks at it afterwards.
    pub(crate) fn disk(&self) -> &Disk {
        &self.world.disk
    }

    /// A world of its own for an image of this one's disk.
    pub(crate) fn image_world(&self, seed: u64, contents: Contents) -> World {
        let mut world = World::with(seed, contents);
        world.like(&self.world);
        world
    }

    /// What is known of the store.
    pub(crate) fn facts(&self) -> Model {
        self.model.borrow().clone()
    }
}

/// Verifies a store that does nothing.
///
/// # Errors
/// When something is wrong.
pub(crate) fn check_whole(world: &mut World, store: &Store) -> Outcome {
    let verified = store.clone();
    match world.wait(async move { verified.verify().await })? {
        Ok(report) if report.ok => Ok(()),
        other => Err(Failure::new(format!("the store is damaged: {other:?}"))),
    }
}

/// Compares the archive on a disk with what was promised up to a step.
///
/// # Errors
/// When it does not hold what it must.
pub(crate) fn check_archive(world: &mut World, model: &mut Model, at: At) -> Outcome {
    if model.archive.is_empty() {
        return Ok(());
    }
    let seen = client::archive::read(world)?;
    model.archive.check_tables(&seen, at)?;
    for table in &seen {
        model.archive.check(table, at, at)?;
    }
    Ok(())
}
