//! Collection: snapshots come and go while files are replaced and removed.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex as Plain;
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread;

use super::garbage::retired::{Collector, Retired};
use super::sync::{Mutex, step};

/// Files of a table.
const FILES: usize = 2;
/// Replacements of one of them.
const CHANGES: usize = 3;

/// Files that wait to be removed.
#[derive(Debug, Default)]
struct Waiting(Mutex<Vec<u64>>);

impl Collector for Waiting {
    type File = u64;

    fn collect_later(&self, file: u64) {
        self.0.lock().push(file);
    }
}

/// A file that can be read, by its number.
#[derive(Debug)]
struct Handle {
    file: u64,
    retired: Retired<Waiting>,
}

/// What the manifest says. It is replaced, never changed.
type View = Arc<Vec<Arc<Handle>>>;

#[derive(Debug)]
struct World {
    view: Mutex<View>,
    waiting: Arc<Waiting>,
    /// The disk. No task goes on while it is looked at.
    there: Plain<BTreeSet<u64>>,
}

impl World {
    fn new() -> Arc<Self> {
        let waiting = Arc::new(Waiting::default());
        let files = 0..FILES as u64;
        Arc::new(Self {
            view: Mutex::new(Arc::new(
                files.clone().map(|file| handle(&waiting, file)).collect(),
            )),
            waiting,
            there: Plain::new(files.collect()),
        })
    }

    fn snapshot(&self) -> View {
        Arc::clone(&self.view.lock())
    }

    /// A scan reads one file after the other, and lets go of them with its snapshot.
    fn read(&self) {
        let snapshot = self.snapshot();
        for handle in snapshot.iter() {
            step();
            let there = self.there.lock();
            assert!(
                there.contains(&handle.file),
                "file {} was removed under a snapshot",
                handle.file
            );
        }
    }

    /// Writes a file and commits it in the place of another.
    fn replace(&self, file: u64) {
        self.there.lock().insert(file);
        step();
        let new = handle(&self.waiting, file);
        let place = thread_rng().gen_range(0..FILES);
        let old = {
            let mut view = self.view.lock();
            let mut files = Vec::clone(&view);
            let old = files.swap_remove(place);
            files.push(new);
            *view = Arc::new(files);
            old
        };
        step();
        old.retired.retire();
    }

    /// Removes what waits.
    fn collect(&self) {
        let waiting = std::mem::take(&mut *self.waiting.0.lock());
        for file in waiting {
            step();
            let listed = self.snapshot();
            assert!(
                listed.iter().all(|handle| handle.file != file),
                "file {file} was given up, and the manifest lists it"
            );
            assert!(
                self.there.lock().remove(&file),
                "file {file} was given up twice"
            );
        }
    }
}

fn handle(waiting: &Arc<Waiting>, file: u64) -> Arc<Handle> {
    Arc::new(Handle {
        file,
        retired: Retired::new(Some(Arc::clone(waiting)), file),
    })
}

/// Some readers, somebody who replaces files, somebody who collects.
pub(super) fn run() {
    let world = World::new();
    let start = |work: fn(&World)| {
        let world = Arc::clone(&world);
        thread::spawn(move || work(&world))
    };
    let tasks = [
        start(|world| (0..2).for_each(|_| world.read())),
        start(|world| (0..2).for_each(|_| world.read())),
        start(|world| {
            let files = FILES as u64..(FILES + CHANGES) as u64;
            files.for_each(|file| world.replace(file));
        }),
        start(|world| (0..3).for_each(|_| world.collect())),
    ];
    for task in tasks {
        let panicked = task.join().is_err();
        assert!(!panicked, "a task panicked");
    }
    world.collect();
    let listed: BTreeSet<u64> = world.snapshot().iter().map(|handle| handle.file).collect();
    assert_eq!(*world.there.lock(), listed, "a file was left behind");
    // A close lets go of everything, and gives up nothing.
    *world.view.lock() = View::default();
    assert!(
        world.waiting.0.lock().is_empty(),
        "a file of the manifest was given up"
    );
}
