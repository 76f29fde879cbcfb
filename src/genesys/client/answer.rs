//! What an answer says: the error it stands for, or the values it decodes to.

use serde::Deserialize;

use crate::{
    domain::text::Plain,
    genesys::{
        auth::unanswered,
        error::{Error, Kind, kind_of},
        transport::Answer,
        unsaid::Unsaid,
    },
};

/// How much of an unreadable answer is quoted.
const QUOTED: usize = 60;

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    message: String,
    code: String,
    #[serde(rename = "contextId")]
    context_id: Option<String>,
    limit: Option<Limit>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Limit {
    key: Option<String>,
}

/// The error an answer stands for, and the key of the limit it names.
pub fn refusal(
    operation: &'static str,
    answer: &Answer,
    unsaid: &Unsaid,
) -> (Error, Option<String>) {
    let text = unsaid.body(answer);
    let body: Option<ErrorBody> = serde_json::from_str(&text).ok();
    let quoted = body.is_none().then(|| quote(text.as_bytes()));
    let body = body.unwrap_or_default();
    let message = match (body.message.is_empty(), quoted) {
        // What was written with escapes is only seen now.
        (false, _) => unsaid.clean(&body.message),
        (true, Some(quoted)) if !quoted.is_empty() => format!("answered with {quoted}"),
        _ => "refused without a message".into(),
    };
    let correlation = answer.headers.correlation.clone().or(body.context_id);
    let error = Error {
        status: Some(answer.status),
        code: (!body.code.is_empty()).then(|| unsaid.clean(&body.code).into()),
        correlation: correlation.map(|id| unsaid.clean(&id).into()),
        retry_after: answer.headers.retry_after,
        ..Error::new(operation, kind_of(answer.status), message)
    };
    (error, body.limit.and_then(|l| l.key))
}

/// Decodes an answer; an error names the field.
///
/// # Errors
/// If the answer is not JSON, or not of the promised shape.
pub fn decode<'a, D: Deserialize<'a>>(
    operation: &'static str,
    answer: &'a Answer,
) -> Result<D, Error> {
    decode_hiding(operation, answer, &Unsaid::default())
}

/// The same for an answer that may say back what it was asked with.
///
/// # Errors
/// As [`decode`].
pub fn decode_hiding<'a, D: Deserialize<'a>>(
    operation: &'static str,
    answer: &'a Answer,
    unsaid: &Unsaid,
) -> Result<D, Error> {
    let text = answer.body.text().map_err(|failure| unanswered(operation, failure))?;
    // The fast way first; where it fails, the slow way says which field it was. Checking the whole
    // body for UTF-8 at once is cheaper than checking every string of it.
    let first = match std::str::from_utf8(text).map(serde_json::from_str::<D>) {
        Ok(Ok(decoded)) => return Ok(decoded),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    let mut json = serde_json::Deserializer::from_slice(text);
    let field = match serde_path_to_error::deserialize::<_, D>(&mut json) {
        Err(e) if e.path().iter().next().is_some() => format!(" at {}", e.path()),
        _ => String::new(),
    };
    let why = unsaid.clean(&format!("{field}: {first}"));
    Err(of_other_shape(operation, answer, &why, quote(unsaid.body(answer).as_bytes())))
}

/// The error of an answer that is not what the API promises.
pub fn unreadable(operation: &'static str, answer: &Answer, why: &str) -> Error {
    of_other_shape(operation, answer, why, quote(answer.body.text().unwrap_or_default()))
}

fn of_other_shape(operation: &'static str, answer: &Answer, why: &str, what: String) -> Error {
    Error {
        status: Some(answer.status),
        correlation: answer.headers.correlation.as_deref().map(Plain::new),
        ..Error::new(operation, Kind::Decode, format!("unreadable answer{why}; it is {what}"))
    }
}

/// What an unreadable body looks like, in a few words.
fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * QUOTED)]);
    let start: String = text.trim_start().chars().take(QUOTED).collect();
    match start.chars().next() {
        None => String::new(),
        Some('<') => "an HTML page".into(),
        Some('{' | '[') => format!("JSON of {} bytes, cut off or of another shape", body.len()),
        Some(_) => format!("{} bytes that begin «{start}»", body.len()),
    }
}
