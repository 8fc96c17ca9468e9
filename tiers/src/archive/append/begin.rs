//! Beginning a job, or going on with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::BoxFuture;
use thermocline_formats::{PartitionBy, check_batch, with_field_ids};

use super::archiver::{ArchiveReport, Archiver};
use super::held::Held;
use super::job::Job;
use super::options::ArchiveOptions;
use crate::archive::{Archive, ArchivedTable};
use crate::cold::At;
use crate::cold::delta::{self, DeltaTable, TableProperties};
use crate::error::{Error, ErrorKind, Result};
use crate::table::name;

impl Archive {
    /// Begins the job `job`, or goes on with it where the table stands. The table is made
    /// if there is none; one that another program made is added to if its columns are the
    /// same.
    ///
    /// A job is a sequence of rows: whoever runs it again must bring the same rows in the
    /// same order, without the first [`rows_before`](Archiver::rows_before).
    ///
    /// # Errors
    /// [`AlreadyExists`](ErrorKind::AlreadyExists) when a store owns the table or the
    /// place; [`SchemaMismatch`](ErrorKind::SchemaMismatch) when the table has other
    /// columns, [`InvalidInput`](ErrorKind::InvalidInput) when it is grouped in another
    /// way, or the place is no folder of tables but a table; [`Unsupported`](ErrorKind::Unsupported) when it needs features of Delta Lake
    /// that are not supported, or the object store has no conditional writes.
    pub async fn append(
        &self,
        table: &str,
        job: &str,
        options: ArchiveOptions,
    ) -> Result<Archiver> {
        self.begin(table, job, options).await
    }

    fn begin<'a>(
        &'a self,
        table: &'a str,
        job: &'a str,
        options: ArchiveOptions,
    ) -> BoxFuture<'a, Result<Archiver>> {
        Box::pin(async move {
            name::check(table)?;
            options.check()?;
            if self.is_table().await? {
                return Err(Error::invalid(format!(
                    "`{}` is a Delta table itself, and tables are not put into one another; give the \
                 folder above it",
                    self.place
                )));
            }
            let job = Job::new(job)?;
            self.first
                .probe(self.env.ids.segment(self.env.clock.now()))
                .await?;
            let delta = self.cold.delta_in(table, job.app())?.called(table);
            let found = match self.version(table, &delta).await? {
                Some(found) => found,
                None => {
                    self.first.claim_for_archives().await?;
                    self.create(table, &delta, &options).await?;
                    let made = self.version(table, &delta).await?;
                    made.ok_or_else(|| Error::bug("a table that was just made is not there"))?
                }
            };
            let partition_by = fitting(&found, &options)?;
            self.first.claim_for_archives().await?;
            let reading = delta.clone();
            let done_app = job.done_app();
            let (head, done) = self
                .env
                .blocking(move || Ok((reading.head()?, reading.txn(&done_app)?)))
                .await?;
            let mut archiver = Archiver {
                env: self.env.clone(),
                cold: self.cold.clone(),
                dir: table.to_owned(),
                before: head.sequence,
                done: done.is_some(),
                epoch: head.epoch.max(1),
                partition_columns: head.metadata.partition_columns.clone(),
                partition_by,
                schema: Arc::new(with_field_ids(found.schema())),
                chunk_bytes: options.chunk(),
                files: options
                    .files
                    .with_sort_by(options.sort_by.clone())
                    .with_open_types(true),
                sort_by: options.sort_by,
                held: Held::default(),
                failed: false,
                report: ArchiveReport {
                    rows_before: head.sequence,
                    version: head.version,
                    ..ArchiveReport::default()
                },
                delta,
                job,
                head,
            };
            archiver.take_over(&found).await?;
            Ok(archiver)
        })
    }

    /// The newest version of the table; `None` if there is no table.
    async fn version(&self, table: &str, delta: &DeltaTable) -> Result<Option<ArchivedTable>> {
        let reading = delta.clone();
        let version = self
            .env
            .blocking(move || reading.snapshot(At::Newest))
            .await;
        let version = match version {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            version => version?,
        };
        let dir = table.to_owned();
        let found = ArchivedTable::new(self, dir.clone(), dir, version)?;
        if let Some(store) = found.owner() {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!(
                    "the table `{table}` in `{}` is the cold part of a table of the store {store}, \
                     which alone may write to it; put the rows into the store, or archive to \
                     another place",
                    self.place
                ),
            ));
        }
        found.version.check_appendable(table)?;
        Ok(Some(found))
    }

    async fn create(
        &self,
        table: &str,
        delta: &DeltaTable,
        options: &ArchiveOptions,
    ) -> Result<()> {
        let now = self.env.clock.now();
        let properties = TableProperties {
            store: None,
            name: table.to_owned(),
            partition_by: options.partition_by.clone().unwrap_or_default(),
        };
        let schema = with_field_ids(&options.schema);
        let id = self.env.ids.segment(now).to_string();
        let described = delta::metadata(id, delta::millis(now), &schema, &properties)?;
        // If another process was faster, its table is looked at next.
        delta
            .create(&described, &delta::protocol(&schema), now)
            .await?;
        Ok(())
    }
}

impl Archiver {
    /// Collects what an earlier run left behind, after making sure that it cannot come
    /// back.
    async fn take_over(&mut self, found: &ArchivedTable) -> Result<()> {
        let mut left = BTreeMap::new();
        for object in self.cold.list_in(&self.dir).await? {
            let path = object.location.to_string();
            let Some(below) = path.strip_prefix(&self.dir) else {
                continue;
            };
            let below = below.trim_start_matches('/').to_owned();
            if self.job.wrote(&path) && !found.version.files.contains_key(&below) {
                left.insert(below, path);
            }
        }
        if left.is_empty() && (self.before == 0 || self.done) {
            return Ok(());
        }
        self.epoch = self.head.epoch + 1;
        let fence = self.change(self.before);
        self.commit_change(&fence).await?;
        if left.is_empty() {
            return Ok(());
        }
        // From here on an earlier run commits nothing; until here it may have. And what is only
        // gone from the newest version belongs to older ones.
        let (reading, version) = (self.delta.clone(), self.head.version);
        let now = self
            .env
            .blocking(move || reading.snapshot(At::Version(version)))
            .await?;
        let removed = self.delta.removed().await?;
        left.retain(|below, _| !now.files.contains_key(below) && !removed.contains_key(below));
        let left: Vec<String> = left.into_values().collect();
        self.remove(&left).await;
        Ok(())
    }
}

/// Whether the rows fit the table; and how they are grouped there.
fn fitting(found: &ArchivedTable, options: &ArchiveOptions) -> Result<PartitionBy> {
    let table = found.name();
    same_columns(table, found.schema(), &options.schema)?;
    let Some(by) = found.partition_by() else {
        if !found.version.metadata().partition_columns.is_empty() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "another program made the Delta table `{table}`, with partitions, which is not \
                     supported here; choose another name for the table"
                ),
            ));
        }
        if options
            .partition_by
            .as_ref()
            .is_some_and(|by| !by.is_none())
        {
            return Err(otherwise(table, "not at all"));
        }
        return Ok(PartitionBy::none());
    };
    match &options.partition_by {
        Some(wanted) if wanted != by => Err(otherwise(
            table,
            &if by.is_none() {
                "not at all".to_owned()
            } else {
                format!("by `{by}`")
            },
        )),
        _ => Ok(by.clone()),
    }
}

fn otherwise(table: &str, how: &str) -> Error {
    Error::invalid(format!(
        "the table `{table}` is grouped {how}, which cannot be changed; leave the grouping out, or \
         choose another name for the table"
    ))
}

/// The columns must be the same, in name, order and type.
fn same_columns(table: &str, there: &SchemaRef, given: &SchemaRef) -> Result<()> {
    let none = RecordBatch::new_empty(SchemaRef::clone(given));
    let Err(error) = check_batch(&none, there) else {
        return Ok(());
    };
    let column = error.column().unwrap_or_default().to_owned();
    Err(Error::new(
        ErrorKind::SchemaMismatch,
        format!(
            "the rows do not fit the columns of table `{table}`: {error}; choose another name for \
             the table, or bring the rows into its columns"
        ),
    )
    .on_column(column))
}
