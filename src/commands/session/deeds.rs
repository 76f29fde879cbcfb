//! `session monitor` and `session send`: what a person who has signed in does in a session themselves. What it
//! does, and what refuses it, is the engine's, here as in the console.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    args::Output,
    commands::{
        Connection, Failure,
        failure::code_of,
        handoff::desk::{Counter, open},
        listing::{Reader, Row, put, runtime_of_two, show},
        prompt,
    },
    config::{Config, Context, context::SignIn},
    domain::{
        deed::{Deed, DeedOrder, DeedStage},
        detail::SessionDetail,
        id::{MessageId, SessionId},
        text::Plain,
    },
    engine::deeds::{DeedEnding, DeedRehearsal, Doing, NOBODY, recover},
    genesys::{Dialect, Genesys, Lane, client::Call},
    policy::{deed::saying, payload::check_conversation},
    store::Store,
};

/// The exit code where nobody knows what has become of it.
const UNKNOWN: u8 = 8;

/// What is asked for.
pub struct Wish {
    /// The session's id, as it was typed.
    pub id: String,
    /// What.
    pub what: What,
    /// Show the request, and send nothing.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// How to print what came of it.
    pub output: Output,
}

/// What is asked for in it.
pub enum What {
    /// To listen in.
    Monitor,
    /// To stop that.
    Leave,
    /// To write this; `-` stands for standard input.
    Send(String),
}

/// Does it.
///
/// # Errors
/// If it was not done, or nobody knows.
pub fn run(org: &Context, config: &Config, wish: Wish) -> Result<ExitCode, Failure> {
    let session = check_conversation(&wish.id)?;
    let deed = deed(&wish.what)?;
    if org.read_only() && !wish.dry_run {
        return Err(Failure::refused(format!(
            "{} monitors nothing and writes to nobody; --dry-run shows what it would",
            org.read_only_by()
        )));
    }
    let asks = !(wish.yes || wish.dry_run || deed == Deed::Leave);
    if asks && !prompt::is_possible() {
        return Err(Failure::usage(
            "Nobody can be asked here: give --yes to do it without a question, or --dry-run to see what would \
             be sent",
        ));
    }
    if org.sign_in.value != SignIn::Person {
        return Err(Failure::access(NOBODY));
    }
    let connection = Connection::of(org)?;
    if connection.dialect == Dialect::Gateway {
        return Err(Failure::refused("A messaging gateway has no route for it"));
    }
    runtime_of_two()?.block_on(async {
        let counter = open(connection, config, Duration::ZERO).await?;
        let now = counter.desk.genesys.look(&session, Lane::Operator).await?;
        let order = DeedOrder::new(session, now.session.standing(), deed);
        if wish.dry_run {
            return rehearse(&counter, order, wish.output).await;
        }
        // What an earlier process left on its way is settled before anything begins.
        recover(&counter.desk).await?;
        if asks && !prompt::agrees(&question(&order, &now))? {
            return Err(Failure::other("Nothing was done"));
        }
        let ending = Doing::new(Arc::clone(&counter.desk), order.clone()).run().await;
        show(wish.output, &[Line::of(&order, &ending)])?;
        Ok(ExitCode::from(code(&ending)))
    })
}

fn deed(what: &What) -> Result<Deed, Failure> {
    Ok(match what {
        What::Monitor => Deed::Monitor,
        What::Leave => Deed::Leave,
        What::Send(text) => {
            let text = if text == "-" { typed()? } else { text.clone() };
            let said = saying(&text, None).map_err(|why| Failure::usage(why.to_string()))?;
            Deed::Say(said)
        }
    })
}

/// What stands on standard input; more than can be sent need not be read.
fn typed() -> Result<String, Failure> {
    let failed = |e: io::Error| Failure::usage(format!("Standard input can't be read: {e}"));
    let mut text = String::new();
    io::stdin().lock().take(1 << 20).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn question(order: &DeedOrder, now: &SessionDetail) -> String {
    let guest = now.session.label();
    match &order.deed {
        Deed::Say(text) => format!("To {guest}: {}\nSend it?", Plain::new(text.expose())),
        _ => format!("Monitor {guest}, of which neither they nor the agent are told?"),
    }
}

fn code(ending: &DeedEnding) -> u8 {
    match (&ending.stage, &ending.error) {
        (DeedStage::Done, _) => 0,
        (DeedStage::Rejected { .. }, _) => 3,
        (DeedStage::Unknown { .. }, _) => UNKNOWN,
        (_, Some(error)) => code_of(error.kind),
        (_, None) => 1,
    }
}

/// What came of it.
#[derive(Serialize)]
struct Line {
    id: SessionId,
    deed: &'static str,
    outcome: &'static str,
    message: Option<MessageId>,
    reason: Option<Plain>,
}

impl Line {
    fn of(order: &DeedOrder, ending: &DeedEnding) -> Self {
        Self {
            id: order.session.clone(),
            deed: order.deed.kind().word(),
            outcome: ending.stage.word(),
            message: ending.message.clone(),
            reason: ending.stage.reason().cloned(),
        }
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &["id", "deed", "outcome", "message", "reason"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        vec![
            Some(self.id.to_string()),
            Some(self.deed.into()),
            Some(self.outcome.into()),
            self.message.as_ref().map(MessageId::to_string),
            self.reason.as_ref().map(Plain::to_string),
        ]
    }
}

/// What would be sent.
#[derive(Serialize)]
struct Sheet {
    id: SessionId,
    deed: &'static str,
    refused: Option<Plain>,
    request: Option<Request>,
}

/// The request, as it would go out.
#[derive(Serialize)]
struct Request {
    method: &'static str,
    url: String,
    headers: Map<String, Value>,
    body: Option<Value>,
}

async fn rehearse<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    order: DeedOrder,
    output: Output,
) -> Result<ExitCode, Failure> {
    let (id, deed) = (order.session.clone(), order.deed.kind().word());
    let DeedRehearsal { call, refused } =
        Doing::new(Arc::clone(&counter.desk), order).rehearse().await;
    let request = call.map(|call| request(counter.desk.genesys.host(), &call));
    let code = if refused.is_some() { 3 } else { 0 };
    let refused = refused.and_then(|stage| stage.reason().cloned());
    let sheet = Sheet { id, deed, refused, request };
    put(|out| match output {
        Output::Table | Output::Csv => text(out, &sheet),
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, &[&sheet])?;
            writeln!(out)
        }
        Output::Jsonl => {
            serde_json::to_writer(&mut *out, &sheet)?;
            writeln!(out)
        }
    })?;
    Ok(ExitCode::from(code))
}

fn request(host: &str, call: &Call) -> Request {
    // What it says of itself; the token is nobody's business.
    let mut headers = Map::new();
    headers.insert("Authorization".into(), "Bearer ****".into());
    headers.insert("Accept".into(), "application/json".into());
    let body = call.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
    if body.is_some() {
        headers.insert("Content-Type".into(), "application/json".into());
    }
    Request { method: call.method.name(), url: format!("{host}{}", call.path), headers, body }
}

fn text(out: &mut dyn Write, sheet: &Sheet) -> io::Result<()> {
    writeln!(out, "# {} {}", sheet.deed, sheet.id)?;
    if let Some(reason) = &sheet.refused {
        writeln!(out, "# not sent: {reason}")?;
    }
    let Some(request) = &sheet.request else { return Ok(()) };
    writeln!(out, "\n{} {}", request.method, request.url)?;
    for (name, value) in &request.headers {
        writeln!(out, "{name}: {}", value.as_str().unwrap_or_default())?;
    }
    match &request.body {
        // As it goes out: on one line, with everything that could move a cursor escaped.
        Some(body) => writeln!(out, "\n{}", Plain::new(&body.to_string())),
        None => Ok(()),
    }
}
