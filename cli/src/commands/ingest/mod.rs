//! `ingest`: files into a table.

pub(super) mod load;

use std::path::PathBuf;

use thermocline::{Budget, Budgets, ErrorKind, PartitionBy, Policy, Store, Table, TableOptions};
use tokio::time::Instant;

use super::cold::ColdArgs;
use super::open;
use super::policy::BudgetArgs;
use crate::failure::Outcome;
use crate::input::{InputFormat, ReadOptions, Source};
use crate::output::{Console, bytes, count, plural, seconds};
use load::{Loader, open_source};

/// The hot budget of a store that `ingest` makes. A large one makes large segments; a small one
/// leaves memory for others.
const HOT_BUDGET: u64 = 256 << 20;

/// Put files into a table: CSV, Parquet, Arrow IPC, JSON lines
///
/// Makes the store and the table when they are missing; a new table takes its columns from the
/// first file. Columns are matched by name. Every row is on disk before it is counted, so
/// interrupting is safe: what was counted is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// The table
    #[arg(long, value_name = "T")]
    table: String,

    /// Sort the rows of each segment by these columns (new tables)
    #[arg(long, value_name = "C,..", value_delimiter = ',')]
    sort_by: Vec<String>,

    /// Group rows, for example "month(time_hour), carrier" (new tables): a column, or year, month,
    /// day, hour, bucket(n, ..) or truncate(w, ..) of one
    #[arg(long, value_name = "EXPR")]
    partition_by: Option<PartitionBy>,

    /// The column that says when a row's event happened (new tables)
    #[arg(long, value_name = "C")]
    event_time: Option<String>,

    /// The files' format, where their names don't tell
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<InputFormat>,

    /// CSV: what means null, beside an empty field, for example NA
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,

    /// CSV and JSON: rows that choose the columns' types of a new table; 0 looks at all rows, and
    /// holds them in memory meanwhile
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    sample_rows: usize,

    #[command(flatten)]
    budgets: BudgetArgs,

    #[command(flatten)]
    cold: ColdArgs,

    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let options = ReadOptions {
        format: args.input_format.map(Into::into),
        null: args.null.clone(),
        sample_rows: args.sample_rows,
        ..ReadOptions::default()
    };
    let started = Instant::now();
    let (store, first) = open_store(&args, &options).await?;
    let work = async {
        if args.budgets.any() {
            store
                .set_policy(args.budgets.change(store.policy())?)
                .await?;
        }
        let rows = load_files(&store, &args, &options, first, console).await?;
        Ok((rows, started.elapsed()))
    }
    .await;
    let (rows, loaded) = open::close(store, work).await?;

    // Without the mover in the background, so that nothing is half-way when it is counted.
    let store = open::writer(&args.dir).await?;
    let work = async {
        open::write_out(&store).await?;
        open::settle(&store).await?;
        Ok(store.stats())
    }
    .await;
    let stats = open::close(store, work).await?;

    let rate = crate::output::rate(rows, loaded);
    let files = plural(u64::try_from(args.files.len()).unwrap_or(u64::MAX), "file");
    let mut text = format!(
        "{}: {} from {files} in {} ({} rows/s)\n",
        args.table,
        plural(rows, "row"),
        seconds(loaded),
        count(rate)
    );
    let tiers: Vec<_> = stats
        .tiers
        .iter()
        .filter(|(_, tier)| tier.segments > 0 || tier.rows > 0)
        .map(|(name, tier)| format!("{name} {} rows, {}", count(tier.rows), bytes(tier.bytes)))
        .collect();
    text.push_str(&format!(
        "{} now holds: {}\n",
        args.dir.display(),
        tiers.join("; ")
    ));
    Ok(console.print(&text)?)
}

/// The store and, if it or the table had to be made, the first file already open: nothing is made
/// for a file that cannot be read.
async fn open_store(args: &Args, options: &ReadOptions) -> Outcome<(Store, Option<Source>)> {
    match args.cold.apply(Store::builder(&args.dir)).open().await {
        Ok(store) => Ok((store, None)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let source = match args.files.first() {
                Some(file) => Some(open_source(file, None, options).await?),
                None => None,
            };
            let fresh =
                Policy::default().with_budgets(Budgets::default().with_hot(Budget::of(HOT_BUDGET)));
            let builder = Store::builder(&args.dir)
                .create_if_missing()
                .policy(args.budgets.change(fresh)?);
            Ok((args.cold.apply(builder).open().await?, source))
        }
        Err(error) => Err(error.into()),
    }
}

/// Loads every file in turn and returns the number of rows; a failure says what is in.
async fn load_files(
    store: &Store,
    args: &Args,
    options: &ReadOptions,
    mut first: Option<Source>,
    console: Console,
) -> Outcome<u64> {
    let mut table = store.table(&args.table).ok();
    if table.is_some()
        && (args.partition_by.is_some() || !args.sort_by.is_empty() || args.event_time.is_some())
    {
        console.note(&format!(
            "note: table {} exists; its partitions, order and event time stay as they are",
            args.table
        ));
    }
    let mut done = Vec::new();
    for file in &args.files {
        let schema = table.as_ref().map(Table::schema).transpose()?;
        let source = match first.take() {
            Some(source) => Ok(source),
            None => open_source(file, schema, options).await,
        };
        let mut loader = Loader::new(file, console);
        let loaded = async {
            let source = source?;
            let table = match &table {
                Some(table) => table.clone(),
                None => table
                    .insert(create_table(store, args, &source).await?)
                    .clone(),
            };
            loader.load(&table, source).await
        }
        .await;
        if let Err(failure) = loaded {
            return Err(failure.also(what_is_in(&done, loader.rows())));
        }
        done.push((file.display().to_string(), loader.rows()));
    }
    Ok(done.iter().map(|(_, rows)| rows).sum())
}

async fn create_table(store: &Store, args: &Args, source: &Source) -> Outcome<Table> {
    let mut options =
        TableOptions::new(source.schema().clone()).sort_by(args.sort_by.iter().cloned());
    if let Some(partition_by) = &args.partition_by {
        options = options.partition_by(partition_by.clone());
    }
    if let Some(column) = &args.event_time {
        options = options.event_time(column);
    }
    Ok(store.create_table(&args.table, options).await?)
}

/// For the end of an error: how much of what went in before it.
fn what_is_in(done: &[(String, u64)], partly: u64) -> String {
    let mut parts = vec![format!("{} of it went in", plural(partly, "row"))];
    parts.extend(
        done.iter()
            .map(|(file, rows)| format!("{} of {file}", plural(*rows, "row"))),
    );
    parts.join(", after ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_how_much_of_what_went_in() {
        let done = [("a.csv".to_owned(), 1000)];
        assert_eq!(
            what_is_in(&done, 1),
            "1 row of it went in, after 1,000 rows of a.csv"
        );
        assert_eq!(what_is_in(&[], 0), "0 rows of it went in");
    }
}
