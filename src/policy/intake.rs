//! What becomes of what a bot has posted: which queue it is for, whether a person or a rule decides, and
//! what the bot is told (SPEC sections 6 and 10; the wording of the answers is S1's and S2's).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::trigger::{Reading, Thresholds, evaluate_trigger, share};
use crate::domain::{
    handoff::Target,
    id::{QueueId, SkillId},
    inbox::{Answer, Asked, Mode, Plea, Request, Route, Said, State},
    text::Plain,
};

/// What S1 says of a queue that takes nobody now.
pub const AT_CAPACITY: &str = "Target queue is at capacity. Handoff deferred.";

/// What an org wants done with requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Where requests go of which nothing else is said.
    pub queue: Option<QueueId>,
    /// The skill that whoever takes a session by [`Route::Messaging`] must have.
    pub skill: Option<SkillId>,
    /// What is done with requests for queues of which nothing else is said.
    pub mode: Mode,
    /// … and for these queues.
    pub modes: HashMap<QueueId, Mode>,
    /// Queues by intent (S2) or reason (S1), as the bot spells them.
    pub routes: BTreeMap<String, QueueId>,
}

impl Rules {
    fn queue_for(&self, word: &str) -> Option<&QueueId> {
        self.routes.get(word).or(self.queue.as_ref())
    }

    /// What is done with requests for this queue.
    pub fn mode_of(&self, queue: &QueueId) -> Mode {
        self.modes.get(queue).copied().unwrap_or(self.mode)
    }
}

/// What follows from a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The bot goes on by itself.
    Continue {
        /// What it is told.
        answer: Answer,
    },
    /// A person is needed.
    Ask {
        /// Where.
        queue: Option<QueueId>,
        /// Who decides.
        mode: Mode,
        /// What the bot has sent.
        plea: Box<Plea>,
    },
}

/// Decides on a call.
pub fn decide(asked: &Asked, rules: &Rules, thresholds: &Thresholds) -> Verdict {
    match &asked.said {
        Said::Handoff { reason, guest, attributes } => {
            let plea = Plea {
                reason: reason.clone(),
                guest: Some(guest.clone()),
                attributes: attributes.clone(),
                ..Plea::default()
            };
            ask(rules, rules.queue_for(reason), plea)
        }
        Said::Turn { intent, text, .. } => turn(intent.as_ref(), text.as_ref(), rules, thresholds),
    }
}

fn turn(
    intent: Option<&Value>,
    text: Option<&Plain>,
    rules: &Rules,
    thresholds: &Thresholds,
) -> Verdict {
    let part = |key: &str| intent.and_then(|intent| intent.get(key));
    let name = part("intent").and_then(Value::as_str);
    let confidence = part("confidence").map_or(Reading::Missing, share);
    let queue = rules.queue_for(name.unwrap_or("unknown"));
    let threshold = thresholds.of(queue, name);
    let decision = evaluate_trigger(name, &confidence, threshold);
    if !decision.handoff {
        let body = json!({"status": "bot_continuing", "decision": decision.reason});
        return Verdict::Continue { answer: answer(200, &body) };
    }
    let plea = Plea {
        reason: Plain::new(&decision.reason),
        intent: name.map(Plain::new),
        confidence: match confidence {
            Reading::Known(number) => Some(number),
            Reading::Missing => Some(0.0),
            Reading::Invalid(_) => None,
        },
        threshold: Some(threshold),
        warning: decision.warning.as_deref().map(Plain::new),
        text: text.cloned(),
        skill: rules.skill.clone(),
        ..Plea::default()
    };
    ask(rules, queue, plea)
}

fn ask(rules: &Rules, queue: Option<&QueueId>, plea: Plea) -> Verdict {
    let mode = queue.map_or(rules.mode, |queue| rules.mode_of(queue));
    Verdict::Ask { queue: queue.cloned(), mode, plea: Box::new(plea) }
}

/// How a new request stands.
pub fn first_state(queue: Option<&QueueId>, mode: Mode) -> State {
    match (mode, queue) {
        (Mode::Off, _) => {
            State::Declined { reason: "handoffs to this queue are switched off here".into() }
        }
        (Mode::Propose, _) => State::Proposed { because: None },
        (Mode::Auto, Some(_)) => State::Queued,
        (Mode::Auto, None) => {
            State::Proposed { because: Some("the configuration names no queue for it".into()) }
        }
    }
}

/// What a caller of `route` is told of a request as it stands; `None` while that is not settled.
/// `again_in`: seconds after which it is worth asking again where the queue is full.
pub fn reply(route: Route, request: &Request, again_in: u32) -> Option<Answer> {
    let id = &request.id;
    Some(match &request.state {
        State::Queued | State::Handing { .. } => return None,
        State::Proposed { .. } => proposed(route, request),
        // A person has put it off: for the bot a person still decides.
        State::Deferred { .. } if request.mode != Mode::Auto => proposed(route, request),
        State::Deferred { because, .. } => {
            Answer { retry_after: Some(again_in.max(1)), ..refused(route, 503, because) }
        }
        State::Done { .. } => match route {
            Route::BotHandoff => answer(200, &json!({"status": "success"})),
            Route::Messaging => {
                let body = json!({"status": "handoff_initiated", "routingMetadata": went(request)});
                answer(200, &body)
            }
        },
        State::Declined { reason } => {
            // What a person gave as the reason is for people.
            let off = request.mode == Mode::Off;
            let said = if off { reason.as_str() } else { "a person has decided against it" };
            match route {
                // The customer stays with the bot, which is what S2's other answer says.
                Route::Messaging => {
                    let said = format!("{}; {said}", request.plea.reason);
                    answer(200, &json!({"status": "bot_continuing", "decision": said}))
                }
                Route::BotHandoff => refused(route, 500, said),
            }
        }
        State::Failed { reason } => refused(route, 500, reason),
        State::Expired { because: Some(reason) } => refused(route, 500, reason),
        State::Expired { because: None } => {
            refused(route, 500, &format!("Nobody has taken request {id} in time"))
        }
    })
}

/// Where a bot's request has gone, as it was asked for.
fn went(request: &Request) -> Value {
    request.queue.clone().map_or(Value::Null, |id| metadata(&Target::Queue(id), &request.plea))
}

fn proposed(route: Route, request: &Request) -> Answer {
    let status = match route {
        Route::BotHandoff => "proposed",
        Route::Messaging => "handoff_proposed",
    };
    answer(202, &json!({"status": status, "id": request.id}))
}

/// What a caller is told who has waited long enough for a handoff that is on its way.
pub fn accepted(request: &crate::domain::id::RequestId) -> Answer {
    answer(202, &json!({"status": "accepted", "id": request}))
}

/// An error in the words of a route.
pub fn refused(route: Route, status: u16, message: &str) -> Answer {
    let body = match route {
        Route::BotHandoff => json!({"status": "error", "message": message}),
        Route::Messaging if status >= 500 => {
            json!({"error": "Internal processing error", "message": message})
        }
        Route::Messaging => json!({"error": "Invalid request", "message": message}),
    };
    answer(status, &body)
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer { status, body: body.to_string(), retry_after: None }
}

/// Where a handoff went: to a queue in the shape that S2 sends to Genesys Cloud and hands back.
pub fn metadata(target: &Target, plea: &Plea) -> Value {
    let skill = |id: &SkillId| json!({"id": id, "priority": 1});
    let skills: Vec<Value> = plea.skill.iter().map(skill).collect();
    match target {
        Target::Queue(id) => json!({"queue": {"id": id}, "skills": skills}),
        Target::Agent(id) => json!({"agent": {"id": id}}),
    }
}

#[cfg(test)]
mod tests;
