//! `trace`: record accesses, for a simulation of other policies.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;
use thermocline::policy::trace::{Request, TraceEncoder};

use super::open;
use crate::failure::{Failure, Outcome};
use crate::files::OutputFile;
use crate::output::{Console, plural};

/// Record which segments are read, and write the recording to a file
///
/// A recording says which segment was read, how large it is, and when. `simulate` replays it through
/// other policies and budgets.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Record from now on, in every program that opens the store; an earlier recording is removed
    Start(Where),
    /// Record no more
    Stop(Where),
    /// Write the recording to a file
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct Where {
    /// Directory of the store
    dir: PathBuf,

    /// Print an object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    #[command(flatten)]
    at: Where,

    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Its format: our own, which is compact, or lines of time, object and size
    #[arg(long, value_enum, default_value_t = Format::Thermocline)]
    format: Format,
}

/// A format of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Thermocline,
    Csv,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    match args.what {
        What::Start(at) => {
            let store = open::writer(&at.dir).await?;
            let work = store.start_trace().await.map_err(Failure::from);
            open::close(store, work).await?;
            say(
                &at,
                console,
                "Accesses are recorded from now on",
                &json!({"recording": true}),
            )
        }
        What::Stop(at) => {
            let store = open::writer(&at.dir).await?;
            let work = async {
                store.stop_trace().await?;
                Ok(store.recorded_accesses().await?.len())
            }
            .await;
            let requests = open::close(store, work).await?;
            let object = json!({"recording": false, "requests": requests});
            let count = plural(u64::try_from(requests).unwrap_or(u64::MAX), "read");
            say(
                &at,
                console,
                &format!("Accesses are recorded no more; the recording has {count}"),
                &object,
            )
        }
        What::Export(args) => export(args, console).await,
    }
}

async fn export(args: ExportArgs, console: Console) -> Outcome {
    let store = open::writer(&args.at.dir).await?;
    let work = store.recorded_accesses().await.map_err(Failure::from);
    let requests = open::close(store, work).await?;
    if requests.is_empty() {
        return Err(Failure::new("no accesses are recorded yet")
            .hint("`trace start` records them from then on"));
    }
    let bytes = match args.format {
        Format::Thermocline => compact(&requests),
        Format::Csv => csv(&requests).into_bytes(),
    };
    let mut file = OutputFile::create(&args.output)?;
    file.write_all(&bytes)
        .map_err(|e| Failure::file("write", &args.output, &e))?;
    file.keep()?;
    let count = plural(u64::try_from(requests.len()).unwrap_or(u64::MAX), "read");
    let text = format!("{count} written to {}", args.output.display());
    let object = json!({"requests": requests.len(), "bytes": bytes.len(), "file": args.output});
    say(&args.at, console, &text, &object)
}

fn compact(requests: &[Request]) -> Vec<u8> {
    let (mut encoder, mut bytes) = (TraceEncoder::new(), Vec::new());
    for request in requests {
        encoder.write(request, &mut bytes);
    }
    encoder.finish(&mut bytes);
    bytes
}

fn csv(requests: &[Request]) -> String {
    let mut text = "time,object,size\n".to_owned();
    for Request {
        time,
        object,
        bytes,
    } in requests
    {
        let (seconds, micros) = (time.0.div_euclid(1_000_000), time.0.rem_euclid(1_000_000));
        text.push_str(&format!("{seconds}.{micros:06},{object},{bytes}\n"));
    }
    text
}

fn say(at: &Where, console: Console, text: &str, object: &serde_json::Value) -> Outcome {
    if at.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(object)?))?);
    }
    Ok(console.print(&format!("{text}\n"))?)
}
