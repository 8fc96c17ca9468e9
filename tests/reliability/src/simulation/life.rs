//! One life of a store, from an open to its end.

use std::time::Duration;

use thermocline_testing::Random;
use thermocline_tiers::{Clock, Store, WriteHealth};

use super::Simulation;
use super::client::{self, Deed, MayFail, Shared};
use crate::disk::Faults;
use crate::failure::{Failure, Outcome};

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In order.
    Close,
    /// Every handle is dropped; what is under way goes on.
    Drop,
    /// The process is gone; the disk keeps what it was given.
    Kill,
    /// The machine is gone.
    PowerCut,
}

/// One life under way.
pub(crate) struct Life<'a> {
    simulation: &'a mut Simulation,
    /// Calls that may fail while it is open; while it is being opened, any may.
    faults: MayFail,
}

impl<'a> Life<'a> {
    pub(crate) fn new(simulation: &'a mut Simulation, faulty: bool) -> Self {
        let room_only = simulation.random.one_in(2);
        let faults = match (faulty, room_only) {
            (false, _) => MayFail::None,
            (true, true) => MayFail::TakingRoom,
            (true, false) => MayFail::All,
        };
        Self { simulation, faults }
    }

    fn random(&mut self) -> &mut Random {
        &mut self.simulation.random
    }

    pub(crate) fn run(mut self) -> Outcome<End> {
        let end = match self.random().below(6) {
            0 => End::Close,
            1 => End::Drop,
            2 => End::Kill,
            _ if self.simulation.options.power_cuts => End::PowerCut,
            _ => End::Kill,
        };
        // Opening may be cut short too.
        let opened = match self.open()? {
            Some(store) => store,
            None => return Ok(if end == End::Close { End::Kill } else { end }),
        };
        let shared = self.shared();
        let deeds = self.simulation.options.deeds;
        // Some lives end before much has begun, and some are long.
        let about = [deeds / 2, deeds, deeds * 3];
        let about = about.get(self.random().below(3)).copied().unwrap_or(deeds);
        let planned = 1 + self.random().below(about * 2);
        let at_once = 1 + self.random().below(4);
        let cancels = self.random().one_in(4);
        let mut left = planned;
        while left > 0 {
            let now = self.simulation.world.clock.now();
            self.simulation.model.borrow_mut().retention.pass(now.0);
            self.disturb();
            let running = self.simulation.world.executor.tasks();
            if running.len() < at_once && self.random().one_in(2) {
                left -= 1;
                self.start(&shared, &opened);
            } else if cancels && !running.is_empty() && self.random().one_in(60) {
                let index = self.random().below(running.len());
                if let Some(task) = running.get(index) {
                    self.simulation.world.executor.cancel(*task);
                }
            } else if !self.simulation.world.executor.tick() && running.len() >= at_once {
                return Err(Failure::new(
                    "every client waits, and nothing is left to do",
                ));
            }
            if self.random().one_in(30) {
                let seconds = 1_u64 << self.random().below(8);
                let pause = Duration::from_secs(seconds);
                self.simulation.world.clock.advance(pause);
            }
            if let Some(failure) = shared.failure.borrow_mut().take() {
                return Err(failure);
            }
        }
        self.finish(&shared, opened, end)
    }

    /// Opens the store; `None` when it ended before it was open.
    fn open(&mut self) -> Outcome<Option<Store>> {
        let now = self.simulation.world.clock.now();
        let policy = self
            .random()
            .one_in(3)
            .then(|| client::policy(self.random(), now));
        let setting = policy.as_ref().map(|policy| {
            let at = self.simulation.world.disk.steps();
            client::announce(&mut self.simulation.model.borrow_mut(), policy, now, at)
        });
        if self.faults.any() && self.random().one_in(4) {
            let one_in = 3 + self.random().below(20);
            let random = Random::new(self.random().bits());
            self.simulation
                .world
                .disk
                .set_faults(Faults::Chance { one_in, random });
        }
        let failed_before = self.simulation.world.disk.failed().len();
        let opened = self.simulation.world.open_with(policy.as_ref())?;
        self.simulation.world.disk.set_faults(Faults::None);
        let amid_faults = self.simulation.world.disk.failed().len() > failed_before;
        if amid_faults {
            // What failed may show later.
            self.faults = MayFail::All;
        }
        match opened {
            Ok(store) => {
                if let Some(set) = setting {
                    self.simulation.model.borrow_mut().policy_is_set(set);
                }
                Ok(Some(store))
            }
            Err(error) if amid_faults => {
                self.simulation.tell(format!("the open failed: {error}"));
                Ok(None)
            }
            Err(error) => Err(Failure::new(format!("the store does not open: {error:?}"))),
        }
    }

    fn shared(&self) -> Shared {
        Shared::new(
            &self.simulation.world,
            &self.simulation.model,
            &self.simulation.story,
            self.faults,
        )
    }

    fn start(&mut self, shared: &Shared, store: &Store) {
        let deed = Deed::draw(&mut self.simulation.random, self.simulation.archives);
        let random = Random::new(self.random().bits());
        self.simulation.report.deeds += 1;
        let task = client::run(shared.clone(), store.clone(), deed, random);
        self.simulation.world.executor.spawn(task);
    }

    /// The disk begins or stops to fail.
    fn disturb(&mut self) {
        if !self.faults.any() || !self.random().one_in(40) {
            return;
        }
        let faults = match self.random().below(3) {
            0 if self.faults == MayFail::TakingRoom => Faults::Full,
            0 => {
                let one_in = 2 + self.random().below(60);
                let random = Random::new(self.random().bits());
                Faults::Chance { one_in, random }
            }
            _ => Faults::None,
        };
        self.simulation.world.disk.set_faults(faults);
    }

    fn finish(mut self, shared: &Shared, store: Store, end: End) -> Outcome<End> {
        if self.random().one_in(2) {
            self.simulation.world.disk.set_faults(Faults::None);
            if !self.simulation.world.executor.run() {
                return Err(Failure::new("a client never came to an end"));
            }
            if let Some(failure) = shared.failure.borrow_mut().take() {
                return Err(failure);
            }
            self.room_is_back(&store)?;
        }
        shared.held.borrow_mut().clear();
        if end == End::Close {
            let last = self.simulation.model.borrow().acknowledged;
            let closed = self.simulation.world.wait(store.close())?;
            match closed {
                Ok(()) => {
                    let at = self.simulation.world.disk.steps();
                    self.simulation.model.borrow_mut().is_durable(last, at);
                }
                Err(error) if self.faults.any() => self.simulation.tell(format!("close: {error}")),
                Err(error) => return Err(Failure::new(format!("close failed: {error:?}"))),
            }
        } else {
            drop(store);
        }
        if end != End::PowerCut {
            for task in self.simulation.world.executor.tasks() {
                self.simulation.world.executor.cancel(task);
            }
            // What was queued for threads goes on beside the next open, or ends
            // with its process.
            if end == End::Kill {
                self.simulation.new_process();
            }
        }
        Ok(end)
    }

    /// A disk that was full and no longer is takes writes again, without an open.
    fn room_is_back(&mut self, store: &Store) -> Outcome {
        if self.faults != MayFail::TakingRoom {
            return Ok(());
        }
        let health = store.health();
        if health.writes == WriteHealth::Poisoned {
            return Err(Failure::new(format!(
                "a full disk has stopped the store for good: {health:?}"
            )));
        }
        let flushing = store.clone();
        let flushed = self
            .simulation
            .world
            .wait(async move { flushing.flush().await })?;
        flushed.map_err(|e| {
            Failure::new(format!(
                "there is room again, and the store writes nothing: {e:?}"
            ))
        })
    }
}
