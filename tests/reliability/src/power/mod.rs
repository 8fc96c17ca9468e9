//! Many power cuts of one history.
//!
//! A store lives through a run of the simulator on a disk that keeps
//! everything. Then the power is cut again and again, at any step of what the
//! disk did, into any state that the cut may leave; the store is opened from
//! there and compared with what had been promised by then. Then the power fails once more, at
//! any step of what that opening did.

use thermocline_testing::Random;

use crate::failure::Outcome;
use crate::model::At;
use crate::planted::Lie;
use crate::simulation::{self, Options, Simulation};
use crate::world::World;

/// Of so many images one is verified.
const THOROUGH: usize = 10;

/// What was tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Images that a store was opened from.
    pub images: usize,
    /// Steps of the disk in the history.
    pub steps: usize,
    /// Writes that were there again, over all images.
    pub writes: u64,
}

/// Runs the history of a seed and tries this many images of it.
///
/// # Errors
/// When a promise is broken; the message names the image.
pub fn run(seed: u64, images: usize) -> Outcome<Report> {
    run_with(seed, images, None)
}

/// The same with a planted bug.
///
/// # Errors
/// When a promise is broken, which is to be hoped.
pub fn run_with(seed: u64, images: usize, lie: Option<Lie>) -> Outcome<Report> {
    let options = Options {
        lives: 3,
        deeds: 25,
        power_cuts: false,
        faults: true,
        lie,
    };
    let (recorded, outcome) = simulation::record(seed, options);
    outcome?;
    let history = recorded.disk().history();
    let mut report = Report {
        steps: history.ops().len(),
        ..Report::default()
    };
    for number in 0..images {
        let image_seed = seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        let mut random = Random::new(image_seed);
        let at = random.below(history.ops().len() + 1);
        let contents = history.power_cut(at, &mut random);
        let place = format!(
            "image {number}, cut after step {at} of {}",
            history.ops().len()
        );
        let mut world = recorded.image_world(random.bits(), contents);
        let thorough = number % THOROUGH == 0;
        report.writes += recovers(&recorded, &mut world, at, thorough).map_err(|f| f.at(&place))?;
        report.images += 1;
        let recovery = world.disk.history();
        let step = random.below(recovery.ops().len() + 1);
        let contents = recovery.power_cut(step, &mut random);
        let mut world = recorded.image_world(random.bits(), contents);
        recovers(&recorded, &mut world, at, false).map_err(|f| {
            let steps = recovery.ops().len();
            f.at(format!(
                "{place}, and of its recovery after step {step} of {steps}"
            ))
        })?;
    }
    Ok(report)
}

/// Opens a store and compares it with what had been promised up to a step. Returns its last write.
fn recovers(recorded: &Simulation, world: &mut World, at: At, thorough: bool) -> Outcome<u64> {
    let (store, mut seen) = world.open_and_read()?;
    let mut model = recorded.facts();
    model.check_store(&mut seen, at)?;
    simulation::check_archive(world, &mut model, at)?;
    if thorough {
        simulation::check_whole(world, &store)?;
    }
    Ok(seen.last_lsn)
}
