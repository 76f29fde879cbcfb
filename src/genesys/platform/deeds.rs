//! What a person does in a conversation themselves: the routes, and what their answers say. All of them take a
//! user's token; with a client's own the org refuses them.

use serde::Deserialize;
use serde_json::json;

use crate::{
    domain::{
        deed::{Deed, DeedOrder, Seat},
        id::MessageId,
        text::Plain,
    },
    genesys::{
        Acted, Error,
        client::{Call, Client, decode},
        error::Kind,
        path::part,
        transport::{Method, Transport},
    },
};

const SAY: &str = "send the message";

/// The request of a deed.
pub fn request(order: &DeedOrder, seat: &Seat) -> Result<Call, Error> {
    let base = format!("/api/v2/conversations/messages/{}", part(&order.session));
    Ok(match &order.deed {
        // 201 with nothing in it: the caller takes part from then on.
        Deed::Monitor => {
            let path = format!("{base}/participants/{}/monitor", part(&seat.participant));
            Call::post("monitor the session", path)
        }
        Deed::Leave => {
            let path = format!("{base}/participants/{}", part(&seat.participant));
            let body = json!({"state": "disconnected"});
            Call::write("stop monitoring", Method::Patch, path, &body)
        }
        Deed::Say(text) => {
            let communication = seat.communication.as_ref().ok_or_else(|| {
                Error::new(SAY, Kind::Invalid, "it is not known by which communication")
            })?;
            let path = format!("{base}/communications/{}/messages", part(communication));
            Call::write(SAY, Method::Post, path, &json!({"textBody": text.expose()}))
        }
    })
}

/// The message as it was made; of its many fields only its id matters.
#[derive(Deserialize)]
struct Made {
    id: MessageId,
}

/// Sends it.
pub async fn act<T: Transport>(client: &Client<T>, call: Call) -> Result<Acted, Error> {
    let writes = call.operation == SAY;
    let reply = client.call(call).await?;
    let correlation = reply.answer.headers.correlation.as_deref().map(Plain::new);
    // Anything may answer with 200: a message that was made is told with its id.
    let made = writes.then(|| decode::<Made>(SAY, &reply.answer)).transpose()?;
    Ok(Acted { took: reply.took, correlation, message: made.map(|made| made.id) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        deed::Saying,
        id::SessionId,
        session::{Session, SessionState},
    };

    fn line(deed: Deed) -> String {
        let session = SessionId::from("c");
        let seen = Session::bare(session.clone(), SessionState::Connected).standing();
        let seat = Seat {
            me: "me".into(),
            participant: "p".into(),
            agent: None,
            communication: Some("x".into()),
            known: Vec::new(),
        };
        let call = request(&DeedOrder::new(session, seen, deed), &seat).unwrap();
        let body = call.body.map(|body| String::from_utf8(body).unwrap()).unwrap_or_default();
        let path = call.path.trim_start_matches("/api/v2/conversations/messages/c/").to_owned();
        format!("{} {path} {body}", call.method.name())
    }

    #[test]
    fn each_deed_has_its_route() {
        assert_eq!(line(Deed::Monitor), "POST participants/p/monitor ");
        assert_eq!(line(Deed::Leave), "PATCH participants/p {\"state\":\"disconnected\"}");
        let said = Deed::Say(Saying::new("Good \"day\"".into()));
        assert_eq!(
            line(said),
            "POST communications/x/messages {\"textBody\":\"Good \\\"day\\\"\"}"
        );
    }
}
