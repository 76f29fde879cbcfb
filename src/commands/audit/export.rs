//! `floorwalker audit export`: the log, written down.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use tokio::sync::watch;

use super::{bar::Bar, source, verify::WRONG};
use crate::{
    args::{Export, ExportKind},
    commands::{
        Failure,
        listing::{runtime_of_two, warn},
        stop::Stop,
    },
    config::Config,
    domain::{audit::Finding, query::Query, text::Plain},
    engine::{
        export::{self, Format, Unwritten, Whole, Written},
        proof::Progress,
    },
    store::Database,
};

/// Writes the log to a file or to standard output: all of it, also where it is not what was written once.
///
/// # Errors
/// If the log can't be read, or the file is there already or can't be written.
pub fn run(config: &Config, wanted: &Export) -> Result<ExitCode, Failure> {
    let query = source::query(&wanted.wanted)?;
    runtime_of_two()?.block_on(async {
        let store = Arc::new(source::open(&wanted.source, config).await?);
        let written = write(&store, &query, wanted);
        if wanted.file.is_none() {
            return written.await;
        }
        let mut stop = Stop::listen()?;
        tokio::select! {
            written = written => written,
            // A file that is not whole goes with what wrote it.
            () = stop.asked() => Err(Failure::other("It was stopped: no file was written")),
        }
    })
}

async fn write(store: &Arc<Database>, query: &Query, wanted: &Export) -> Result<ExitCode, Failure> {
    let format = match wanted.format {
        ExportKind::Jsonl => Format::Jsonl,
        ExportKind::Csv => Format::Csv,
    };
    let finding = match &wanted.file {
        Some(path) => to_file(store, query, format, path, wanted.force).await?,
        None => {
            let shown = io::stdout().is_terminal();
            let mut out = io::stdout();
            match drawn(store, query, format, &mut out, !shown).await {
                Ok(written) => written.finding,
                // Whoever reads has had enough, as `head` has.
                Err(Unwritten::Out(e)) if e.kind() == io::ErrorKind::BrokenPipe => None,
                Err(error) => return Err(failed(&error)),
            }
        }
    };
    let Some(finding) = finding else { return Ok(ExitCode::SUCCESS) };
    warn(&format!("All records were exported, but the log is NOT as it was written: {finding}"));
    Ok(ExitCode::from(WRONG))
}

async fn to_file(
    store: &Arc<Database>,
    query: &Query,
    format: Format,
    path: &Path,
    force: bool,
) -> Result<Option<Finding>, Failure> {
    let shown = Plain::new(&path.display().to_string());
    let unwritten = |e: io::Error| match e.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::refused(format!("{shown} is there: --force replaces it"))
        }
        _ => Failure::other(format!("{shown} can't be written: {e}")),
    };
    let mut whole = Whole::begin(path, force).map_err(unwritten)?;
    let written =
        drawn(store, query, format, &mut whole, true).await.map_err(|error| match error {
            Unwritten::Out(e) => unwritten(e),
            Unwritten::Store(error) => error.into(),
        })?;
    whole.keep().map_err(unwritten)?;
    warn(&format!("{} records are in {shown}", written.records));
    Ok(written.finding)
}

/// Writes with a bar.
async fn drawn(
    store: &Arc<Database>,
    query: &Query,
    format: Format,
    out: &mut (impl Write + Send),
    bar: bool,
) -> Result<Written, Unwritten> {
    let (told, progress) = watch::channel(Progress::default());
    let bar = if bar { Bar::of(progress) } else { Bar::none() };
    let written = export::write(store, query, format, out, &told).await;
    drop(told);
    bar.end().await;
    written
}

fn failed(error: &Unwritten) -> Failure {
    Failure::other(format!("The log can't be exported: {error}"))
}
