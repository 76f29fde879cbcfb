//! What an open popup adds to the way to where one is: "Sessions › Anna › transcript".

use super::Popup;
use crate::console::view::{Ctx, Subject};

/// What a popup is about, if that is not plain from below, and what it does with it.
pub type Crumb = (Option<String>, Option<&'static str>);

impl Popup {
    /// Its part of the way.
    pub fn crumb(&self, cx: &Ctx) -> Crumb {
        let guest = |id| Some(cx.guest_name(id).to_string());
        let sessions = |count: usize| Some(format!("{count} sessions"));
        match self {
            Self::Detail(detail) => (Some(name(detail.subject(), cx)), None),
            Self::Request(request) => (guest(request.session()), Some("request")),
            Self::Transcript(transcript) => (guest(transcript.session()), Some("transcript")),
            Self::Monitor(card) => (guest(card.session()), Some("monitor")),
            Self::PickAgent(picker) => (guest(picker.session()), Some("to an agent")),
            Self::PickQueue(picker) => (guest(picker.session()), Some("to a queue")),
            Self::Explain(explain) => {
                let agent = cx.floor.agent(explain.agent());
                (agent.map(|agent| agent.label().to_string()), Some("explain"))
            }
            Self::AgentForAll(picker) => (sessions(picker.count()), Some("to an agent")),
            Self::QueueForAll(picker) => (sessions(picker.count()), Some("to a queue")),
            Self::Card(card) => (guest(card.session()), Some("card")),
            Self::Plan(_) => (None, Some("plan")),
            Self::Batch(_) => (None, Some("batch")),
            Self::Columns(_) => (None, Some("columns")),
            Self::Help(_) => (None, Some("keys")),
            Self::Palette(_) => (None, Some("find")),
            Self::Switching(_) => (None, Some("context")),
            Self::Leave(_) => (None, Some("leave")),
            Self::NewSession(_) => (None, Some("new session")),
            Self::Question(_) => (None, Some("question")),
            Self::Answer(_) => (None, Some("answer")),
            Self::Wallboard(_) => (None, Some("wallboard")),
            Self::Meaning(meaning) => (meaning.subject().map(|of| name(of, cx)), Some("figures")),
            Self::Alarms(_) => (None, Some("alarms")),
            Self::Snooze(_) => (None, Some("snooze")),
            Self::Xray(xray) => (Some(name(xray.subject(), cx)), Some("x-ray")),
        }
    }
}

fn name(subject: &Subject, cx: &Ctx) -> String {
    match subject {
        Subject::Queue(id) => cx.queue_name(id).to_string(),
        Subject::Agent(id) => {
            cx.floor.agent(id).map_or_else(|| id.short(), |agent| agent.label().to_string())
        }
        Subject::Session(id) => cx.guest_name(id).to_string(),
        Subject::Record(seq) => format!("record {seq}"),
    }
}
