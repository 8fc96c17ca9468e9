//! Many power cuts of one history.
//!
//! A store lives through a run of the simulator on a disk that keeps
//! everything. Then the power is cut again and again, at any step of what the
//! disk did, into any state that the cut may leave; the store is opened from
//! there and compared with what had been promised by then.

use thermocline_testing::Random;

use crate::failure::Outcome;
use crate::planted::Lie;
use crate::simulation::{self, Options};

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
        let (store, mut seen) = world.open_and_read().map_err(|f| f.at(&place))?;
        let mut model = recorded.facts();
        model.check_store(&mut seen, at).map_err(|f| f.at(&place))?;
        simulation::check_archive(&mut world, &mut model, at).map_err(|f| f.at(&place))?;
        if number % THOROUGH == 0 {
            simulation::check_whole(&mut world, &store).map_err(|f| f.at(&place))?;
        }
        report.images += 1;
        report.writes += seen.last_lsn;
        drop(store);
    }
    Ok(report)
}
