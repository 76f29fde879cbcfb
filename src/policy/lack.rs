//! The one thing that an agent who fails the gate is missing, in few words, and what would make it
//! work (SPEC section 5).
//!
//! An agent can lack several things. The one told is the one to mend first: being there, then skills,
//! then the language, then a free place. The gate's full text is [`Verdict::reason`].

use jiff::Timestamp;

use super::{
    language,
    qualification::{Need, Qualification, Rules, Verdict},
    span::span,
};
use crate::domain::{
    agent::{Agent, Presence, RoutingStatus},
    floor::seconds_since,
    text::Plain,
};

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// A few words for a column: `needs billing`, `3/3 sessions`, `AWAY 3m`.
    pub short: String,
    /// What would make it work.
    pub remedy: String,
}

impl Lack {
    fn new(short: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { short: short.into(), remedy: remedy.into() }
    }
}

/// What `agent`, measured against `need`, is missing; `None` for one who passes.
pub fn lack(
    agent: &Agent,
    need: Need<'_>,
    measured: &Qualification,
    now: Timestamp,
    rules: Rules,
) -> Option<Lack> {
    match &measured.verdict {
        Verdict::Qualified => None,
        Verdict::NotAvailable => Some(absence(agent, now)),
        Verdict::NotKnown => Some(unread(agent)),
        Verdict::Insufficient { missing, .. } if !missing.is_empty() => Some(unskilled(missing)),
        Verdict::Insufficient { language: false, .. } => {
            let wanted = need.language.map_or("the language", |l| language::called(&l.name));
            let remedy = format!(
                "give the agent the language {wanted}, or hand off to a queue whose agents speak it"
            );
            Some(Lack::new(format!("needs {wanted}"), remedy))
        }
        Verdict::Insufficient { .. } => Some(below(measured.raw, rules)),
        Verdict::AtCapacity { sessions, capacity } => {
            Some(Lack::new(format!("{sessions}/{capacity} sessions"), full(*sessions, *capacity)))
        }
    }
}

fn unskilled(missing: &[Plain]) -> Lack {
    let names = missing.iter().map(Plain::as_str).collect::<Vec<_>>().join(", ");
    let (word, them) = if missing.len() == 1 { ("skill", "it") } else { ("skills", "them") };
    let remedy = format!(
        "give the agent the {word} {names}, or hand off to a queue whose agents have {them}"
    );
    Lack::new(format!("needs {names}"), remedy)
}

/// Only with a minimum above what a perfect agent has, which is a matter of the configuration.
fn below(raw: Option<i32>, rules: Rules) -> Lack {
    let (raw, minimum) = (raw.unwrap_or(0), rules.minimum);
    let remedy = format!("nobody can pass: the least score is set to {minimum}");
    Lack::new(format!("score {raw} of {minimum}"), remedy)
}

fn full(sessions: u32, capacity: u32) -> String {
    match (capacity, sessions) {
        (0, _) => "the agent takes no messages: give the agent a message capacity".into(),
        (1, 1) => "the session the agent has must end first".into(),
        _ if sessions > capacity => {
            let over = sessions.saturating_sub(capacity).saturating_add(1);
            format!("{over} of {sessions} sessions have to end")
        }
        _ => format!("one of {sessions} sessions has to end"),
    }
}

fn unread(agent: &Agent) -> Lack {
    let what = if agent.routing.is_none() { "status" } else { "profile" };
    Lack::new("not read yet", format!("the {what} is still being read: wait a moment"))
}

/// A word for why the agent is not there, with the time it has lasted.
fn absence(agent: &Agent, now: Timestamp) -> Lack {
    let (word, remedy) = match (&agent.routing, &agent.presence) {
        (_, Some(Presence::Offline)) => ("offline", "has to sign in and go on queue"),
        (Some(RoutingStatus::NotResponding), _) => {
            ("no answer", "has to go on queue again: the last alert was not answered")
        }
        (Some(RoutingStatus::Communicating), _) => ("on a call", "the call has to end"),
        (Some(RoutingStatus::Other(status)), _) if !status.trim().is_empty() => {
            (status.as_str(), "has to go on queue")
        }
        // These two say that one could work, which is not why the agent is missing.
        (_, Some(Presence::OnQueue | Presence::Available) | None) => {
            ("off queue", "has to go on queue")
        }
        (_, Some(Presence::Other(text))) if text.trim().is_empty() => {
            ("off queue", "has to go on queue")
        }
        (_, Some(presence)) => (presence.word(), "has to go on queue"),
    };
    let mut short = word.trim().to_uppercase();
    if let Some(since) = agent.since {
        short.push(' ');
        short.push_str(&span(seconds_since(since, now)));
    }
    Lack::new(short, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::session::{Language, Requirement},
        policy::{
            qualification::qualify,
            testing::{agent, at, skill},
        },
    };

    /// What the agent lacks for billing and refunds in English.
    fn told(agent: &Agent) -> Lack {
        let asked = ["billing", "refunds"].map(|name| Requirement { id: None, name: name.into() });
        of(agent, &asked, "en-US").expect("something is missing")
    }

    fn of(agent: &Agent, asked: &[Requirement], language: &str) -> Option<Lack> {
        let language = Language { id: None, name: language.into() };
        let need = Need { skills: asked, language: Some(&language) };
        let rules = Rules::default();
        lack(agent, need, &qualify(agent, need, rules), at(192), rules)
    }

    fn short(agent: &Agent) -> String {
        told(agent).short
    }

    #[test]
    fn who_passes_lacks_nothing() {
        assert_eq!(of(&agent("a"), &[], "en-US"), None);
    }

    #[test]
    fn skills_are_named() {
        let none = Agent { skills: Some(vec![]), ..agent("a") };
        assert_eq!(short(&none), "needs billing, refunds");
        let one = Agent { skills: Some(vec![skill("refunds", 3.0)]), ..agent("a") };
        assert_eq!(short(&one), "needs billing");
        let remedy =
            "give the agent the skill billing, or hand off to a queue whose agents have it";
        assert_eq!(told(&one).remedy, remedy);
    }

    #[test]
    fn a_language_is_called_by_its_name() {
        let lack = of(&agent("a"), &[], "es-MX").unwrap();
        assert_eq!(lack.short, "needs Spanish");
        let remedy = "give the agent the language Spanish, or hand off to a queue whose agents \
                      speak it";
        assert_eq!(lack.remedy, remedy);
    }

    #[test]
    fn a_full_agent_says_how_many() {
        let full = |sessions, capacity| {
            let agent = Agent { sessions: Some(sessions), capacity: Some(capacity), ..agent("a") };
            of(&agent, &[], "en-US").unwrap()
        };
        assert_eq!(full(3, 3), Lack::new("3/3 sessions", "one of 3 sessions has to end"));
        assert_eq!(full(5, 3), Lack::new("5/3 sessions", "3 of 5 sessions have to end"));
        assert_eq!(full(1, 1).remedy, "the session the agent has must end first");
        assert!(full(0, 0).remedy.contains("takes no messages"));
    }

    #[test]
    fn who_is_not_there_says_what_and_for_how_long() {
        let gone = |routing, presence| {
            short(&Agent { routing: Some(routing), presence, since: Some(at(0)), ..agent("a") })
        };
        use RoutingStatus as R;
        assert_eq!(gone(R::OffQueue, Some(Presence::Away)), "AWAY 3m");
        assert_eq!(gone(R::OffQueue, Some(Presence::Available)), "OFF QUEUE 3m");
        assert_eq!(gone(R::OffQueue, None), "OFF QUEUE 3m");
        assert_eq!(gone(R::NotResponding, Some(Presence::OnQueue)), "NO ANSWER 3m");
        assert_eq!(gone(R::Idle, Some(Presence::Offline)), "OFFLINE 3m");
        assert_eq!(gone(R::Other("Dreaming".into()), None), "DREAMING 3m");
        let nameless = Some(Presence::Other(" ".into()));
        assert_eq!(gone(R::Other("".into()), nameless), "OFF QUEUE 3m");
    }

    #[test]
    fn an_unknown_time_is_left_out_and_a_future_one_is_nothing() {
        let away = Agent { routing: Some(RoutingStatus::OffQueue), ..agent("a") };
        assert_eq!(short(&Agent { since: None, ..away.clone() }), "OFF QUEUE");
        assert_eq!(short(&Agent { since: Some(at(9999)), ..away }), "OFF QUEUE 0s");
    }

    #[test]
    fn what_was_not_read_says_so() {
        let unread = told(&Agent { skills: None, ..agent("a") });
        let remedy = "the profile is still being read: wait a moment";
        assert_eq!(unread, Lack::new("not read yet", remedy));
        let unread = told(&Agent { routing: None, ..agent("a") });
        assert_eq!(unread.remedy, "the status is still being read: wait a moment");
    }

    #[test]
    fn the_first_thing_to_mend_is_told() {
        let mut all = Agent {
            routing: Some(RoutingStatus::OffQueue),
            skills: Some(vec![]),
            languages: Some(vec![]),
            sessions: Some(3),
            ..agent("a")
        };
        assert_eq!(short(&all), "OFF QUEUE 3m");
        all.routing = Some(RoutingStatus::Idle);
        assert_eq!(short(&all), "needs billing, refunds");
        all.skills = Some(vec![skill("billing", 1.0), skill("refunds", 1.0)]);
        assert_eq!(short(&all), "needs English");
        all.languages = agent("a").languages;
        assert_eq!(short(&all), "3/3 sessions");
    }

    #[test]
    fn an_impossible_minimum_is_told_for_what_it_is() {
        let rules = Rules { minimum: 120, ..Rules::default() };
        let need = Need { skills: &[], language: None };
        let agent = agent("a");
        let told = lack(&agent, need, &qualify(&agent, need, rules), at(0), rules).unwrap();
        assert_eq!(told.short, "score 100 of 120");
    }
}
