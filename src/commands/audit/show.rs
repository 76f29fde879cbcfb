//! `floorwalker audit show`: one record, with all that is in it.

use std::process::ExitCode;

use super::source;
use crate::{
    args::{ProofForm, Show},
    commands::{
        Failure,
        listing::{put, runtime},
    },
    config::Config,
    domain::{
        audit::{AuditRecord, Details, Guarded, Hash, LogName, Sealed},
        text::Plain,
    },
    store::Journal,
};

/// Prints a record.
///
/// # Errors
/// If there is none of that number, or the log can't be read.
pub fn run(config: &Config, show: &Show) -> Result<ExitCode, Failure> {
    let (sealed, before, log) = runtime()?.block_on(async {
        let store = source::open(&show.source, config).await?;
        let head = store.head().await?;
        let picked = source::pick(&store, &head.log, &[show.seq]).await?;
        let (sealed, before) = picked.into_iter().next().ok_or_else(|| {
            Failure::usage(format!("There is no record {}: the log has {}", show.seq, head.size))
        })?;
        Ok::<_, Failure>((sealed, before, head.log))
    })?;
    match show.output {
        ProofForm::Json => put(|out| writeln!(out, "{}", sealed.line(&log, before)))?,
        ProofForm::Text => put(|out| {
            text(&sealed, before, &log).iter().try_for_each(|line| writeln!(out, "{line}"))
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is known of it, a line each.
fn text(sealed: &Sealed, before: Hash, log: &LogName) -> Vec<String> {
    let it = sealed.shown();
    let mut lines = Lines::default();
    lines.put("number", Some(it.seq));
    lines.put("time", Some(it.timestamp));
    lines.put("event", Some(&it.event));
    who(&it, &mut lines);
    what(&it, &mut lines);
    outcome(&it, &mut lines);
    besides(&it, &mut lines);
    lines.put("log", Some(log));
    lines.put("hash", Some(sealed.hash));
    lines.put("previous", Some(before));
    lines.0
}

fn who(it: &AuditRecord, lines: &mut Lines) {
    match it.purged {
        true => lines.put("purged", Some("who did it, and the words, are no longer known")),
        false => {
            lines.put("user", Some(&it.actor.user));
            lines.put("host", Some(&it.actor.host));
        }
    }
    lines.put("terminal", it.actor.tty.as_ref());
    lines.put("ssh origin", it.actor.ssh_origin.as_ref());
    lines.put("org", Some(&it.context));
    lines.put("dialect", Some(&it.dialect));
}

fn what(it: &AuditRecord, lines: &mut Lines) {
    lines.put("handoff", it.handoff.as_ref());
    lines.put("session", it.session.as_ref());
    lines.put("participant", it.participant.as_ref());
    lines.put("agent", it.agent.as_ref());
    lines.put("queue", it.queue.as_ref());
    lines.put("transfer", it.transfer.as_ref());
    lines.put("reason", it.reason.as_ref());
    lines.put("override", it.waiver.as_ref());
}

fn outcome(it: &AuditRecord, lines: &mut Lines) {
    lines.put("status", it.status.as_ref());
    lines.put("latency", it.latency_ms.map(|ms| format!("{ms} ms")));
    lines.put("request", it.request_ms.map(|ms| format!("{ms:.2} ms")));
    lines.put("error", it.error.as_ref());
    lines.put("code", it.error_code.as_ref());
    lines.put("correlation", it.correlation.as_ref());
}

/// What came of the guards, what each step has taken, and the rest.
fn besides(it: &AuditRecord, lines: &mut Lines) {
    let Details { guards, steps, rest } = Details::of(&it.details);
    let guards = guards.into_iter().map(|guard| {
        let Guarded { name, outcome, says } = guard;
        (name, format!("{outcome}: {says}"))
    });
    let steps = steps.into_iter().map(|(name, ms)| (name, format!("{ms:.2} ms")));
    lines.section("guards", guards);
    lines.section("steps", steps);
    lines.section("details", rest.into_iter());
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    /// A line for what is known.
    fn put(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        let shown = value.map(|value| Plain::new(&value.to_string()));
        if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
            self.0.push(format!("{:<14}{shown}", Plain::new(name)));
        }
    }

    /// Lines of their own under a heading, if there are any.
    fn section(&mut self, heading: &str, told: impl Iterator<Item = (String, String)>) {
        let mut heading = Some(heading.to_owned());
        for (name, text) in told {
            self.0.extend(heading.take());
            let (name, text) = (Plain::new(&name), Plain::new(&text));
            // Two blanks at least, however long the name is.
            self.0.push(format!("  {:<12}{text}", format!("{name}  ")));
        }
    }
}
