//! The inbox: what bots ask for, how it is announced, and what is sent about it.

#[path = "inbox/acts.rs"]
mod acts;
#[path = "inbox/cards.rs"]
mod cards;
#[path = "inbox/look.rs"]
mod look;
#[path = "inbox/news.rs"]
mod news;

use std::{collections::BTreeMap, sync::Arc};

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        id::RequestId,
        inbox::{Inbox, Mode, Plea, Request, Route, State},
        payload::Guest,
        session::{Session, SessionState},
    },
    engine::{Command, Link, Pulse},
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    floor::{self, queue_id, session_id},
    harness::{Harness, pulse},
};

/// The nth request's id.
pub fn request_id(n: usize) -> RequestId {
    RequestId::from(format!("4e900000-0000-4000-8000-{n:012}").as_str())
}

/// A request for the nth session that came so many seconds ago.
pub fn request(n: usize, seconds: i64, state: State) -> Request {
    Request {
        id: request_id(n),
        session: session_id(n),
        route: Route::BotHandoff,
        received: floor::ago(seconds),
        heard: floor::ago(seconds),
        asked: 1,
        queue: Some(queue_id(n % 5)),
        mode: Mode::Propose,
        plea: Plea { reason: "complex billing dispute".into(), ..Plea::default() },
        since: floor::ago(if state.is_open() { seconds } else { seconds / 2 }),
        state,
        expires: floor::now() + SignedDuration::from_secs(1_800 - seconds),
        tries: 0,
    }
}

/// One that a bot has told all about.
pub fn told(n: usize, seconds: i64, state: State) -> Request {
    let attributes = [
        ("attempted_resolution", "refund_policy_explained"),
        ("preferred_language", "en-US"),
        ("sentiment_score", "0.21"),
        ("order", "ord-5501; express"),
    ];
    let guest = json!({
        "id": "guest-771", "name": "Avery Quinn", "email": "avery@example.net",
        "externalId": "crm-19",
    });
    let plea = Plea {
        reason: "complex billing dispute".into(),
        intent: Some("refund request".into()),
        confidence: Some(0.42),
        threshold: Some(0.75),
        warning: None,
        text: Some("I was charged twice".into()),
        guest: guest.as_object().cloned().map(Guest),
        attributes: attributes.map(|(key, value)| (key.into(), value.into())).into(),
        skill: Some("skill-0".into()),
    };
    let route = Route::Messaging;
    Request { plea, route, asked: 3, heard: floor::ago(12), ..request(n, seconds, state) }
}

/// Proposed, and nothing to add.
pub fn proposed() -> State {
    State::Proposed { because: None }
}

/// Put off for a minute and a half more.
pub fn deferred() -> State {
    let until = floor::now() + SignedDuration::from_secs(90);
    State::Deferred { until, because: "asked again later".into() }
}

/// One of each state, the newest first.
pub fn sample() -> Inbox {
    let failed = State::Failed { reason: "503 from the gateway".into() };
    let declined = State::Declined { reason: "it was a test".into() };
    let unsure = Plea {
        confidence: Some(0.745),
        threshold: Some(0.75),
        reason: "Intent 'cancel contract' confidence 0.745 is below threshold 0.75".into(),
        ..Plea::default()
    };
    let messaging = Request { route: Route::Messaging, plea: unsure, ..request(1, 12, proposed()) };
    of(vec![
        messaging,
        request(2, 80, State::Handing { handoff: "h-2".into() }),
        told(5, 245, proposed()),
        request(3, 250, State::Queued),
        request(4, 300, deferred()),
        Request { queue: None, ..request(8, 420, proposed()) },
        request(9, 500, State::Done { handoff: "h-9".into() }),
        request(10, 600, failed),
        request(11, 700, declined),
        request(12, 1_800, State::Expired { because: None }),
    ])
}

/// An inbox of these.
pub fn of(requests: Vec<Request>) -> Inbox {
    Inbox { requests: requests.into_iter().map(Arc::new).collect() }
}

/// A pulse that tells of these.
pub fn telling(requests: Vec<Request>) -> Pulse {
    Pulse {
        inbox: Some(Arc::new(of(requests))),
        intake: Some("http://127.0.0.1:8790".into()),
        ..pulse(Link::Live)
    }
}

/// One free agent and some sessions that a bot holds or that wait, the nth for the nth request.
pub fn small() -> Floor {
    let ada = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let session = |n: usize| Session {
        guest: Some(format!("guest{n:02}").as_str().into()),
        since: Some(floor::ago(300)),
        language: None,
        skills: vec![],
        ..Session::bare(session_id(n), SessionState::Bot)
    };
    floor::build(
        (0..5).filter(|n| *n != 1 && *n != 3).map(floor::queue).collect(),
        vec![ada],
        (0..8).map(session).collect(),
    )
}

/// A console on the small floor with these requests, on the inbox.
pub fn console(requests: Vec<Request>) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(telling(requests)).floor(small()).press("5");
    harness.take_effects();
    harness
}

/// What was asked for about requests.
pub fn answers(harness: &Harness) -> Vec<Command> {
    let concerns = |c: &Command| {
        matches!(c, Command::Decline { .. } | Command::Defer { .. } | Command::Replay(_))
    };
    harness.commands().into_iter().filter(concerns).collect()
}

/// The attributes as they came.
pub fn attributes(request: &Request) -> BTreeMap<String, String> {
    request.plea.attributes.clone()
}
