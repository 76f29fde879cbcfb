//! Moving a session. Every answer is 202 with an empty body: accepted, not done.

use serde_json::json;

use crate::{
    domain::{handoff::Target, text::Plain},
    genesys::{
        Error, Sent, Transfer,
        client::{Call, Client},
        transport::{Method, Transport},
    },
};

/// Asks for the transfer.
pub async fn send<T: Transport>(client: &Client<T>, transfer: &Transfer) -> Result<Sent, Error> {
    let Transfer { session, participant, target, assignable } = transfer;
    let base = format!("/api/v2/conversations/{session}");
    let replace = format!("{base}/participants/{participant}/replace");
    let (how, path, body) = match target {
        // Assigning keeps the routing with the queue; it is only for a session that waits.
        Target::Agent(id) if *assignable => ("assign", format!("{base}/assign"), json!({"id": id})),
        Target::Agent(id) => ("replace_agent", format!("{replace}/agent"), json!({"userId": id})),
        Target::Queue(id) => ("replace_queue", format!("{replace}/queue"), json!({"queueId": id})),
    };
    let operation = match target {
        Target::Agent(_) => "hand over to an agent",
        Target::Queue(_) => "hand over to a queue",
    };
    let reply = client.call(Call::write(operation, Method::Post, path, &body)).await?;
    let correlation = reply.answer.headers.correlation.as_deref().map(Plain::new);
    Ok(Sent { how, took: reply.took, correlation })
}
