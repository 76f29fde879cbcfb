//! The bot's request that a card answers: its context goes along exactly as it came, and if somebody else
//! takes it meanwhile nothing is sent.

use std::collections::BTreeMap;

use super::Card;
use crate::{
    console::{
        theme::Role,
        view::{Ctx, Refusal, requests},
        widgets::{clock, prose, prose::Line},
    },
    domain::{
        floor::seconds_since, handoff::HandoffOrder, id::RequestId, inbox::Request, payload::Guest,
        text::Plain,
    },
};

/// The request, as it was when the card was opened.
#[derive(Debug)]
pub struct Answered {
    id: RequestId,
    guest: Option<Guest>,
    attributes: BTreeMap<String, String>,
}

/// The most letters of an attribute that a card shows.
const SHOWN: usize = 80;

impl Card {
    /// Lets the card answer `request`: its reason, its demand and its context are filled in.
    pub fn answer(&mut self, request: &Request, cx: &Ctx) {
        let plea = &request.plea;
        self.reason = plea.driver();
        if let Some(skill) = &plea.skill {
            requests::demand(&mut self.asked.demands.skills, skill, cx);
        }
        self.answered = Some(Answered {
            id: request.id.clone(),
            guest: plea.guest.clone(),
            attributes: plea.attributes.clone(),
        });
    }
}

impl Answered {
    /// Why the handoff would answer nobody any more.
    pub fn refused(&self, cx: &Ctx) -> Option<Refusal> {
        let why = requests::taken(&self.id, cx)?;
        Some(format!("Not sent: {why}").into())
    }

    /// Puts the request and its context into an order. What the person has typed goes before what the
    /// bot has told under the same name.
    pub fn fill(&self, order: &mut HandoffOrder) {
        order.request = Some(self.id.clone());
        order.payload.guest.clone_from(&self.guest);
        for (key, value) in &self.attributes {
            order.payload.attributes.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }

    /// What is answered, and what goes along; at most `rows` rows of that.
    pub fn lines(&self, (width, rows): (u16, usize), cx: &Ctx) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(request) = cx.request(&self.id) {
            let waited = requests::waited(request, cx);
            let (shape, role) = requests::urgency(waited);
            let mut text = format!("{shape} {} ago", clock::short(waited));
            if request.asked > 1 {
                let last = clock::short(seconds_since(request.heard, cx.now));
                text.push_str(&format!(", {} times, last {last} ago", request.asked));
            }
            let line = Line::field("asked", role, text).and(Role::Quiet, "  sure ");
            let mut sure = String::new();
            let role = requests::sureness(&request.plea, &mut sure);
            lines.push(line.and(role, sure));
        }
        if !self.attributes.is_empty() {
            let pairs: Vec<String> =
                self.attributes.iter().map(|(key, value)| pair(key, value, cx)).collect();
            let line = Line::field("context", Role::Text, pairs.join(", "));
            lines.extend(prose::shortened(&line, width, rows));
        }
        lines
    }
}

fn pair(key: &str, value: &str, cx: &Ctx) -> String {
    let value = cx.handbook.masking.plain(&Plain::cut(value, SHOWN));
    format!("{}={value}", Plain::cut(key, SHOWN))
}
