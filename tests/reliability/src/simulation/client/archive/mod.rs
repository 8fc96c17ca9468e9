//! Jobs of an archive: rows that go straight into cold tables, beside the store.

mod look;
mod run;

use std::path::Path;
use std::sync::Arc;

use thermocline_testing::Random;
use thermocline_tiers::{Archive, Env, Error, ErrorKind};

use super::Shared;
use crate::disk::{Disk, Objects};
use crate::failure::{Failure, Outcome};
pub(crate) use look::read;

/// Where it is: not where the store has its cold tables.
const DIR: &str = "/archive";

/// Jobs are few, so that they come again.
const JOBS: usize = 5;

/// Runs a job, or two clients run one at the same time, or somebody reads.
pub(super) async fn archive(shared: &Shared, random: &mut Random) -> Outcome<Result<(), Error>> {
    let objects = objects(&shared.disk).slow(Random::new(random.bits()));
    let opened = open(&shared.env, objects).await;
    let archive = match opened {
        Ok(archive) => archive,
        Err(error) => return refused(shared, error),
    };
    let job = random.below(JOBS);
    match random.below(8) {
        0 => {}
        1 => return look::look_back(shared, &archive, random).await,
        2 | 3 => {
            let mut others = Random::new(random.bits());
            let one = run::run(shared, &archive, job, random);
            let two = run::run(shared, &archive, job, &mut others);
            let (one, two) = futures::join!(one, two);
            attempt!(one?);
            attempt!(two?);
        }
        _ => attempt!(run::run(shared, &archive, job, random).await?),
    }
    match random.below(3) {
        0 => look::look(shared, &archive).await,
        _ => Ok(Ok(())),
    }
}

fn objects(disk: &Disk) -> Objects {
    Objects::new(disk, Path::new(DIR))
}

async fn open(env: &Env, objects: Objects) -> Result<Archive, Error> {
    let builder = Archive::builder(DIR).objects(Arc::new(objects));
    builder.env(env.clone()).open().await
}

/// An error is one of calls that fail; others there are none.
fn refused(shared: &Shared, error: Error) -> Outcome<Result<(), Error>> {
    match error.kind() {
        ErrorKind::Io | ErrorKind::Full if shared.faults.any() => Ok(Err(error)),
        _ => Err(Failure::new(format!("an error that cannot be: {error:?}"))),
    }
}
