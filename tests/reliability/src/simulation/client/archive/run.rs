//! One run of a job, which may be given up at any moment.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use thermocline_testing::Random;
use thermocline_tiers::{Archive, ArchiveOptions, Archiver, Error, ErrorKind};

use super::super::Shared;
use super::refused;
use crate::failure::{Failure, Outcome, ensure};
use crate::model::archive::{ArchiveFacts, Begun, JOB, KEY};
use crate::model::row;

/// A run under way, until it is dropped.
struct Run<'a> {
    shared: &'a Shared,
    job: usize,
    begun: Begun,
    /// How often it is asked for its answer before it is given up.
    patience: Option<usize>,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.shared.model.borrow_mut().archive.end(self.job);
    }
}

/// Runs a job from where its table stands; to its end, or as far as it comes.
pub(super) async fn run(
    shared: &Shared,
    archive: &Archive,
    job: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let mut run = Run {
        shared,
        job,
        begun: shared.model.borrow_mut().archive.begin(job),
        patience: random.one_in(3).then(|| random.below(120)),
    };
    let from = run.at();
    let name = format!("job-{job}");
    let beginning = archive.append(ArchiveFacts::table(job), &name, options(job, random)?);
    let archiver = match run.wait_for(beginning).await {
        None => return Ok(Ok(())),
        Some(Ok(archiver)) => archiver,
        Some(Err(error)) => return run.ended(error),
    };
    let (rows, done, to) = (archiver.rows_before(), archiver.is_done(), run.at());
    {
        let mut model = shared.model.borrow_mut();
        model.archive.check_rows(job, rows, from, to)?;
        model.archive.check_end(job, done, rows, from, to)?;
        model.archive.promise(job, rows, to);
        if done {
            model.archive.finished(job, to);
        }
    }
    let outcome = run.feed(archiver, random).await?;
    shared.story.borrow_mut().push(format!(
        "step {}: job {job} had {rows} rows: {outcome:?}",
        run.at()
    ));
    match outcome {
        Ok(_) => Ok(Ok(())),
        Err(error) => run.ended(error),
    }
}

/// As the clients of a job agree; how it is cut is each one's own business.
fn options(job: usize, random: &mut Random) -> Outcome<ArchiveOptions> {
    let chunk_bytes = [1, 300, 1_500, 5_000];
    let chunk_bytes = chunk_bytes.get(random.below(4)).copied().unwrap_or(1);
    let mut options = ArchiveOptions::new(row::schema(KEY)).chunk_bytes(chunk_bytes);
    if ArchiveFacts::table(job) == "b" {
        let by = "part".parse();
        options = options.partition_by(by.map_err(|e| Failure::new(format!("{e}")))?);
    }
    if random.one_in(2) {
        options = options.sort_by(["text", KEY]);
    }
    Ok(options)
}

impl Run<'_> {
    fn at(&self) -> usize {
        self.shared.disk.steps()
    }

    /// Brings the rows that are missing. Returns what became of it, for a person.
    async fn feed(
        &mut self,
        mut archiver: Archiver,
        random: &mut Random,
    ) -> Outcome<Result<&'static str, Error>> {
        let schema = row::schema(KEY);
        let all = ArchiveFacts::rows(self.job);
        let before = archiver.rows_before();
        let (mut total, mut there) = (before, before);
        while total < all {
            if random.one_in(12) {
                return Ok(Ok("was given up"));
            }
            let next = all.min(total + random.below(25) as u64);
            let batch = row::batch(&schema, self.key(total)?..self.key(next)?)?;
            self.ask(next, false);
            let empty = next == total;
            total = next;
            match self.wait_for(archiver.append(batch.clone())).await {
                None => {
                    // It takes nothing more if it was about to commit, and as before if not.
                    let again = archiver.append(batch.slice(0, 0)).await;
                    let held = matches!(again, Ok(None));
                    let poisoned = again.is_err_and(|e| e.kind() == ErrorKind::Poisoned);
                    ensure(held || poisoned, || {
                        "a job goes on although nobody waited for a chunk".to_owned()
                    })?;
                    return Ok(Ok("was given up in a call"));
                }
                Some(Ok(None)) => {}
                Some(Ok(Some(chunk))) => {
                    ensure(!empty && chunk.rows == total - there, || {
                        format!("a chunk from {there} to {total} is said to be {chunk:?}")
                    })?;
                    there = total;
                    self.promise(there);
                }
                Some(Err(error)) => {
                    let again = archiver.append(batch).await;
                    let kind = again.map_err(|e| e.kind());
                    ensure(kind == Err(ErrorKind::Poisoned), || {
                        format!("a job failed with {error:?}, and then said {kind:?}")
                    })?;
                    return Ok(Err(error));
                }
            }
            ensure(archiver.report().rows == there - before, || {
                format!("{} to {there} rows: {:?}", before, archiver.report())
            })?;
        }
        self.ask(total, true);
        let report = match self.wait_for(archiver.finish()).await {
            None => return Ok(Ok("was given up at its end")),
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(report)) => report,
        };
        self.promise(total);
        let mut model = self.shared.model.borrow_mut();
        model.archive.finished(self.job, self.shared.disk.steps());
        let said = (report.rows_before, report.rows);
        ensure(said == (before, total - before), || {
            format!("from {before} to {total} rows were archived: {report:?}")
        })?;
        Ok(Ok("finished"))
    }

    fn key(&self, row: u64) -> Outcome<i64> {
        let key = |n: u64| i64::try_from(n).map_err(|e| Failure::new(format!("{e}")));
        Ok(key(self.job as u64)? * JOB + key(row)?)
    }

    fn ask(&self, total: u64, last: bool) {
        let mut model = self.shared.model.borrow_mut();
        model.archive.ask(self.job, total, last, self.at());
    }

    fn promise(&self, total: u64) {
        let mut model = self.shared.model.borrow_mut();
        model.archive.promise(self.job, total, self.at());
    }

    /// The answer, unless its caller gives up before.
    async fn wait_for<T>(&mut self, call: impl Future<Output = T>) -> Option<T> {
        let mut call = pin!(call);
        poll_fn(|context| {
            if let Some(left) = &mut self.patience {
                if *left == 0 {
                    return Poll::Ready(None);
                }
                *left -= 1;
            }
            call.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// A run that failed. It is fenced by another run alone.
    fn ended(&self, error: Error) -> Outcome<Result<(), Error>> {
        if error.kind() != ErrorKind::Fenced {
            return refused(self.shared, error);
        }
        let model = self.shared.model.borrow();
        ensure(model.archive.had_others(self.job, self.begun), || {
            format!("job {} runs once, and is fenced: {error:?}", self.job)
        })?;
        Ok(Ok(()))
    }
}
