//! The gate: whether an agent may be handed a session, and the score it is shown with (SPEC
//! section 5).
//!
//! The score says how well skills and language fit; the gate also asks whether the agent is there
//! and has a free place.

use std::cmp::{Ordering, Reverse};

use crate::domain::{
    agent::{Agent, Presence, RoutingStatus},
    session::{Language, Requirement, Session},
    text::Plain,
};

use super::language;

/// The numbers of the gate; the defaults are SPEC section 5's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Taken off for each skill that is missing.
    pub skill_penalty: i32,
    /// Taken off when the language is missing.
    pub language_penalty: i32,
    /// The least raw score that passes.
    pub minimum: i32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { skill_penalty: 25, language_penalty: 50, minimum: 60 }
    }
}

/// What a session asks of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// Skills, all of them.
    pub skills: &'a [Requirement],
    /// The language, if it asks for one.
    pub language: Option<&'a Language>,
}

impl<'a> From<&'a Session> for Need<'a> {
    fn from(session: &'a Session) -> Self {
        Self { skills: &session.skills, language: session.language.as_ref() }
    }
}

/// Why an agent passes the gate or does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// May be handed the session.
    Qualified,
    /// Not on queue, or not free to take anything.
    NotAvailable,
    /// Every place is taken.
    AtCapacity {
        /// Sessions held.
        sessions: u32,
        /// Places.
        capacity: u32,
    },
    /// Skills or language do not fit.
    Insufficient {
        /// Names of the skills that are missing.
        missing: Vec<Plain>,
        /// Whether the language fits.
        language: bool,
    },
    /// Skills or status have not been read yet, so nobody can say.
    NotKnown,
}

impl Verdict {
    /// True if the agent passes.
    pub fn passes(&self) -> bool {
        *self == Self::Qualified
    }

    /// SPEC section 5's text.
    pub fn reason(&self) -> String {
        match self {
            Self::Qualified => "Agent qualified and available".into(),
            Self::NotAvailable => "Agent is not in Available state".into(),
            Self::AtCapacity { sessions, capacity } => {
                format!("Agent at capacity ({sessions}/{capacity})")
            }
            Self::Insufficient { missing, language } => format!(
                "Insufficient qualification. Missing skills: {}. Language match: {language}",
                missing.iter().map(Plain::as_str).collect::<Vec<_>>().join(", ")
            ),
            Self::NotKnown => "The agent's status or skills have not been read yet".into(),
        }
    }
}

/// An agent, measured against a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Qualification {
    /// The raw score, at most 100 and possibly below 0; `None` while nobody can say.
    pub raw: Option<i32>,
    /// Whether the agent passes, or why not.
    pub verdict: Verdict,
}

impl Qualification {
    /// The score as it is shown, 0 to 100.
    pub fn shown(&self) -> Option<i32> {
        self.raw.map(|raw| raw.clamp(0, 100))
    }
}

/// Measures `agent` against `need`.
pub fn qualify(agent: &Agent, need: Need<'_>, rules: Rules) -> Qualification {
    let not_known = Qualification { raw: None, verdict: Verdict::NotKnown };
    match available(agent) {
        Some(true) => {}
        Some(false) => return Qualification { raw: Some(0), verdict: Verdict::NotAvailable },
        None => return not_known,
    }
    let (Some(skills), Some(languages)) = (&agent.skills, &agent.languages) else {
        return not_known;
    };
    let has = |wanted: &Requirement| {
        skills.iter().any(|s| {
            wanted.id.as_ref() == Some(&s.id) || s.name.to_lowercase() == wanted.name.to_lowercase()
        })
    };
    let missing: Vec<Plain> =
        need.skills.iter().filter(|w| !has(w)).map(|w| w.name.clone()).collect();
    let speaks =
        need.language.is_none_or(|wanted| languages.iter().any(|s| language::matches(wanted, s)));
    let lacking = i32::try_from(missing.len()).unwrap_or(i32::MAX);
    let raw = 100_i32
        .saturating_sub(rules.skill_penalty.saturating_mul(lacking))
        .saturating_sub(if speaks { 0 } else { rules.language_penalty });
    let verdict = if !missing.is_empty() || raw < rules.minimum {
        Verdict::Insufficient { missing, language: speaks }
    } else {
        match (agent.sessions, agent.capacity) {
            (Some(sessions), Some(capacity)) if sessions >= capacity => {
                Verdict::AtCapacity { sessions, capacity }
            }
            _ => Verdict::Qualified,
        }
    };
    Qualification { raw: Some(raw), verdict }
}

/// On queue and idle, or with a customer and perhaps room for one more; `None` when not known.
/// Whether there is room is the gate's next question, with a better answer than "not available".
fn available(agent: &Agent) -> Option<bool> {
    match agent.routing.as_ref()? {
        RoutingStatus::Idle | RoutingStatus::Interacting => {
            Some(!matches!(agent.presence, Some(Presence::Offline)))
        }
        _ => Some(false),
    }
}

/// The order of a picker: those who pass first, then by score, free places, time without work, name
/// and id.
pub fn compare(a: (&Agent, &Qualification), b: (&Agent, &Qualification)) -> Ordering {
    let key = |(agent, q): (&Agent, &Qualification)| {
        (
            Reverse(q.verdict.passes()),
            Reverse(q.raw),
            agent.routing != Some(RoutingStatus::Idle),
            Reverse(agent.free()),
            agent.since,
        )
    };
    key(a).cmp(&key(b)).then_with(|| a.0.name.cmp(&b.0.name)).then_with(|| a.0.id.cmp(&b.0.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        agent::{AgentLanguage, AgentSkill},
        id::{LanguageId, SkillId},
    };

    fn agent() -> Agent {
        Agent {
            id: "a".into(),
            name: None,
            presence: Some(Presence::OnQueue),
            routing: Some(RoutingStatus::Idle),
            since: None,
            skills: Some(vec![AgentSkill {
                id: SkillId::from("s1"),
                name: "Billing".into(),
                proficiency: None,
            }]),
            languages: Some(vec![AgentLanguage {
                id: LanguageId::from("l1"),
                name: "English".into(),
                proficiency: None,
            }]),
            sessions: Some(0),
            capacity: Some(3),
            queues: Vec::new(),
        }
    }

    fn measure(agent: &Agent, missing: usize, language: bool) -> Qualification {
        let mut skills = vec![Requirement { id: None, name: "billing".into() }];
        skills.extend((0..missing).map(|n| Requirement { id: None, name: format!("x{n}").into() }));
        let tag = if language { "en-US" } else { "fr-FR" };
        let language = Language { id: None, name: tag.into() };
        qualify(agent, Need { skills: &skills, language: Some(&language) }, Rules::default())
    }

    #[test]
    fn the_gate_is_the_table_of_the_specification() {
        for (missing, language, raw, passes) in [
            (0, true, 100, true),
            (0, false, 50, false),
            (1, true, 75, false),
            (1, false, 25, false),
            (2, true, 50, false),
            (4, false, -50, false),
        ] {
            let q = measure(&agent(), missing, language);
            assert_eq!(q.raw, Some(raw), "{missing} {language}");
            assert_eq!(q.verdict.passes(), passes, "{missing} {language}");
        }
    }

    #[test]
    fn not_available_short_circuits() {
        let away = Agent { routing: Some(RoutingStatus::OffQueue), ..agent() };
        let q = measure(&away, 0, true);
        assert_eq!(
            (q.raw, q.verdict.reason().as_str()),
            (Some(0), "Agent is not in Available state")
        );
    }

    #[test]
    fn a_full_agent_says_so() {
        let full = Agent { sessions: Some(3), ..agent() };
        assert_eq!(measure(&full, 0, true).verdict.reason(), "Agent at capacity (3/3)");
    }

    #[test]
    fn the_missing_are_named() {
        assert_eq!(
            measure(&agent(), 2, false).verdict.reason(),
            "Insufficient qualification. Missing skills: x0, x1. Language match: false"
        );
    }

    #[test]
    fn what_was_not_read_is_not_a_failure() {
        let unread = Agent { skills: None, ..agent() };
        let q = measure(&unread, 0, true);
        assert_eq!((q.raw, q.verdict), (None, Verdict::NotKnown));
    }
}
