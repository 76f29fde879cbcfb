//! What a guest asks for on their socket, and what they are answered. Not the socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{self, Receiver};

use super::wire;
use crate::simulator::server::{Stand, lock};
use crate::simulator::world::beats::Sender;
use crate::simulator::world::guests::{Configured, GuestKey, Refused, Saying, Standing};
use crate::simulator::world::post::{Line, Post};

/// A guest who does not read loses the connection after so much news.
const MAIL_MOST: usize = 256;

type Fields = Map<String, Value>;

/// Why a request is not done.
enum No {
    Refused(Refused),
    Missing(&'static str),
    Unavailable(String),
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// One connection's side of the conversation.
pub(super) struct Desk {
    stand: Arc<Stand>,
    deployment: usize,
    number: u64,
    /// Whose session was configured here.
    guest: Option<(GuestKey, String)>,
    mail: Option<Receiver<Post>>,
    /// Who opened the connection.
    sender: Sender,
}

impl Desk {
    pub(super) fn new(stand: Arc<Stand>, deployment: usize, sender: Sender) -> Self {
        let number = lock(&stand.world).line_number();
        Self { stand, deployment, number, guest: None, mail: None, sender }
    }

    /// The next news; never any before a session is configured, `None` when the line was given up.
    pub(super) async fn news(&mut self) -> Option<Post> {
        match &mut self.mail {
            Some(mail) => mail.recv().await,
            None => std::future::pending().await,
        }
    }

    /// The guest is gone, or only the connection.
    pub(super) fn leave(self) {
        if let Some((guest, _)) = self.guest {
            lock(&self.stand.world).hang_up(guest, self.number);
        }
    }

    /// One request; what it is answered with at once.
    pub(super) fn take(&mut self, text: &str) -> Vec<Value> {
        let Ok(Value::Object(request)) = serde_json::from_str(text) else {
            return vec![wire::error(wire::MISSING, "The request is not a JSON object", None)];
        };
        let tracing = request.get("tracingId").and_then(Value::as_str);
        self.act(&request, tracing).unwrap_or_else(|no| {
            vec![match no {
                No::Refused(refused) => wire::refusal(&refused, tracing),
                No::Missing(field) => {
                    wire::error(wire::MISSING, &format!("Missing parameter: {field}"), tracing)
                }
                No::Unavailable(what) => {
                    let text = format!("'{what}' is not available");
                    wire::error(wire::UNAVAILABLE, &text, tracing)
                }
            }]
        })
    }

    fn act(&mut self, request: &Fields, tracing: Option<&str>) -> Result<Vec<Value>, No> {
        let action = text(request, "action").ok_or(No::Missing("action"))?;
        let token = text(request, "token").ok_or(No::Missing("token"))?;
        let token = uuid::Uuid::parse_str(token).map_err(|_| No::Missing("token"))?.to_string();
        if action == "configureSession" {
            return self.configure(request, token, tracing);
        }
        let own = self.guest.as_ref().filter(|(_, own)| *own == token).map(|(guest, _)| *guest);
        match action {
            "onMessage" => {
                let guest = own.ok_or(Refused::NotFound)?;
                self.message(guest, request, tracing)
            }
            "echo" => self.echo(own.ok_or(Refused::NotFound)?, request, tracing),
            "getJwt" => {
                let (pass, until) =
                    self.stand.present().issue_pass(own.ok_or(Refused::NotFound)?)?;
                let body = json!({"jwt": pass, "exp": until.div_euclid(1000)});
                Ok(vec![wire::response("JwtResponse", body, tracing)])
            }
            "closeSession" => self.close(own.ok_or(Refused::NotFound)?, request),
            other => Err(No::Unavailable(other.to_owned())),
        }
    }

    /// Takes up a session or begins one. News that came before of the same guest is not lost.
    fn configure(
        &mut self,
        request: &Fields,
        token: String,
        tracing: Option<&str>,
    ) -> Result<Vec<Value>, No> {
        let asked = text(request, "deploymentId").ok_or(No::Missing("deploymentId"))?;
        let start_new = request.get("startNew").and_then(Value::as_bool).unwrap_or(false);
        let (sender, mail) = mpsc::channel(MAIL_MOST);
        let mut world = self.stand.present();
        if world.deployment(asked) != Some(self.deployment) {
            return Err(Refused::NotFound.into());
        }
        let line = Line { number: self.number, sender };
        let Configured { guest, new, cleared } =
            world.configure(self.deployment, &token, start_new, line)?;
        let before = self.guest.replace((guest, token)).map(|(guest, _)| guest);
        if let Some(other) = before.filter(|other| *other != guest) {
            world.hang_up(other, self.number);
        }
        let held = world.guests.get(&guest).ok_or(Refused::NotFound)?;
        let standing = wire::Standing {
            new,
            cleared,
            read_only: held.standing == Standing::ReadOnly,
            started: held.started,
            expires: held.expires,
        };
        drop(world);
        let mut frames = Vec::new();
        if let Some(mut old) = self.mail.replace(mail).filter(|_| before == Some(guest)) {
            while let Ok(post) = old.try_recv() {
                frames.extend(wire::post(&post));
            }
        }
        frames.push(wire::response("SessionResponse", wire::session(standing), tracing));
        Ok(frames)
    }

    /// A text or an event; what comes of it is posted on every line, this one too.
    fn message(
        &self,
        guest: GuestKey,
        request: &Fields,
        tracing: Option<&str>,
    ) -> Result<Vec<Value>, No> {
        let message = object(request, "message").ok_or(No::Missing("message"))?;
        let tracing = tracing.map(str::to_owned);
        let attributes = attributes(message);
        match text(message, "type") {
            Some("Text") => {
                let words = text(message, "text").ok_or(No::Missing("message.text"))?;
                let saying = Saying { text: words.to_owned(), tracing, attributes };
                self.stand.present().hear(guest, saying)?;
            }
            Some("Event") => match event(message).ok_or(No::Missing("message.events"))? {
                Event::Join => self.stand.present().join(guest, tracing, attributes)?,
                Event::Typing => self.stand.present().typing(guest)?,
            },
            _ => return Err(No::Missing("message.type")),
        }
        Ok(Vec::new())
    }

    fn echo(
        &self,
        guest: GuestKey,
        request: &Fields,
        tracing: Option<&str>,
    ) -> Result<Vec<Value>, No> {
        let message = object(request, "message").ok_or(No::Missing("message"))?;
        let words = text(message, "text").ok_or(No::Missing("message.text"))?;
        let mut world = self.stand.present();
        world.echo(guest, self.sender.clone())?;
        let id = uuid::Uuid::new_v4().to_string();
        Ok(vec![wire::echo(&id, world.now, words, tracing)])
    }

    /// Ends this connection, or all of the guest's; the conversation goes on.
    fn close(&self, guest: GuestKey, request: &Fields) -> Result<Vec<Value>, No> {
        let all = request.get("closeAllConnections").and_then(Value::as_bool).unwrap_or(false);
        let only = (!all).then_some(self.number);
        let post = Post::Closed("The session was closed by the guest".to_owned());
        lock(&self.stand.world).post_on(guest, only, &post);
        Ok(Vec::new())
    }
}

enum Event {
    Join,
    Typing,
}

/// The first event that is known.
fn event(message: &Fields) -> Option<Event> {
    let known = |event: &Value| {
        let kind = |field: &str| event[field]["type"].as_str();
        match (event["eventType"].as_str()?, kind("presence"), kind("typing")) {
            ("Presence", Some("Join"), _) => Some(Event::Join),
            ("Typing", _, Some("On" | "Off")) => Some(Event::Typing),
            _ => None,
        }
    };
    message.get("events").and_then(Value::as_array)?.iter().find_map(known)
}

/// `channel.metadata.customAttributes`, as far as they are texts.
fn attributes(message: &Fields) -> BTreeMap<String, String> {
    let given = object(message, "channel")
        .and_then(|channel| object(channel, "metadata"))
        .and_then(|metadata| object(metadata, "customAttributes"));
    let texts = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    given.into_iter().flatten().filter_map(texts).collect()
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn object<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    fields.get(name).and_then(Value::as_object)
}
