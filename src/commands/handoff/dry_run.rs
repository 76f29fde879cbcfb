//! What would be sent, exactly, and what would refuse it. Reads and nothing else.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    desk::Counter,
    orders::{Fate, Item, Items},
    report::{Head, code, exit_code},
    wish::Wish,
};
use crate::{
    args::Output,
    commands::{
        Failure,
        listing::{self, put},
    },
    domain::{
        handoff::{HandoffOrder, Step, Target},
        id::SessionId,
        text::Plain,
    },
    engine::handoff::{Handoff, Rehearsal, Reins},
    genesys::{self, Genesys, Plan},
    store::Store,
};

/// What every request says of itself; the token is nobody's business.
const HEADERS: [(&str, &str); 3] = [
    ("Authorization", "Bearer ****"),
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
];

/// What is to be known of the request that has a summary made.
const FILLS: &str = "its answer fills `summary` in the transfer's body";

/// One session.
#[derive(Serialize)]
struct Sheet {
    session: SessionId,
    target: Option<Target>,
    refused: Option<Plain>,
    requests: Vec<Request>,
    #[serde(skip)]
    head: Head,
    #[serde(skip)]
    code: u8,
}

/// One request, as it would go out.
#[derive(Serialize)]
struct Request {
    step: &'static str,
    method: &'static str,
    url: String,
    headers: Map<String, Value>,
    body: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

/// Shows it.
pub async fn show<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    wish: &Wish,
    items: Items,
) -> Result<ExitCode, Failure> {
    let mut sheets = Vec::new();
    for item in &items.list {
        sheets.push(match &item.fate {
            Fate::Ended(end) => {
                let reason = end.reason.clone().unwrap_or_else(|| end.outcome.clone());
                // What is done already is not refused, there is just nothing left to send.
                sheet(item, Vec::new(), Some(reason), end.code)
            }
            Fate::Order(order) => rehearsed(counter, &items, item, order).await,
        });
    }
    match wish.output {
        Output::Json => put(|out| listing::json(out, &sheets))?,
        Output::Jsonl => {
            put(|out| sheets.iter().try_for_each(|sheet| listing::json_line(out, sheet)))?;
        }
        Output::Table | Output::Csv => {
            put(|out| sheets.iter().try_for_each(|sheet| text(out, sheet)))?;
        }
    }
    let codes: Vec<u8> = sheets.iter().map(|sheet| sheet.code).collect();
    Ok(ExitCode::from(exit_code(&codes)))
}

async fn rehearsed<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    items: &Items,
    item: &Item,
    order: &HandoffOrder,
) -> Sheet {
    let (desk, terrain) = (Arc::clone(&counter.desk), items.shot.terrain(order));
    let handoff = Handoff::new(desk, order.clone(), terrain, Reins::default());
    let Rehearsal { summary, plan, refused } = handoff.rehearse().await;
    let host = counter.desk.genesys.host();
    let requests = plan.map(|plan| requests(host, summary.as_ref(), &plan)).unwrap_or_default();
    let code = refused.as_ref().map_or(0, code);
    let reason =
        refused.map(|end| end.stage.reason().cloned().unwrap_or_else(|| end.stage.word().into()));
    sheet(item, requests, reason, code)
}

fn sheet(item: &Item, requests: Vec<Request>, refused: Option<Plain>, code: u8) -> Sheet {
    let (session, target) = (item.head.id.clone(), item.head.target.clone());
    Sheet { session, target, refused, requests, head: item.head.clone(), code }
}

fn requests(host: &str, summary: Option<&genesys::Write>, plan: &Plan) -> Vec<Request> {
    let request = |step: Step, write: &genesys::Write| Request {
        step: step.word(),
        method: write.method.name(),
        url: format!("{host}{}", write.path),
        headers: HEADERS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
        body: write.body.clone(),
        note: (step == Step::Summary).then_some(FILLS),
    };
    let summary = summary.map(|write| request(Step::Summary, write));
    let before = plan.before.iter().map(|write| request(Step::Context, write));
    let transfer = std::iter::once(request(Step::Transfer, &plan.transfer));
    let after = plan.after.iter().map(|write| request(write.step, write));
    summary.into_iter().chain(before).chain(transfer).chain(after).collect()
}

fn text(out: &mut dyn Write, sheet: &Sheet) -> io::Result<()> {
    let guest = sheet.head.guest.as_deref().unwrap_or("-");
    let target = sheet.head.target().unwrap_or_else(|| "nowhere".into());
    writeln!(out, "# {}  {guest}  → {target}", sheet.session)?;
    if let Some(reason) = &sheet.refused {
        writeln!(out, "# not sent: {reason}")?;
    }
    for request in &sheet.requests {
        let note = request.note.map(|note| format!(": {note}")).unwrap_or_default();
        writeln!(out, "\n# {}{note}\n{} {}", request.step, request.method, request.url)?;
        for (name, value) in HEADERS {
            writeln!(out, "{name}: {value}")?;
        }
        // As it goes out: on one line, with everything that could move a cursor escaped.
        writeln!(out, "\n{}", Plain::new(&request.body.to_string()))?;
    }
    writeln!(out)
}
