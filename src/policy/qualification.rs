//! The gate: whether an agent may be handed a session, and the score it is shown with (SPEC
//! section 5).
//!
//! The score says how well skills and language fit; the gate also asks whether the agent is there
//! and has a free place.

use crate::domain::{
    agent::{Agent, Presence, RoutingStatus},
    session::{Language, Requirement, Session},
    text::Plain,
};

use super::{language, skills};

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

impl Rules {
    /// The raw score of an agent who lacks so many skills and does or does not speak the language.
    fn raw(self, missing: usize, speaks: bool) -> i32 {
        let missing = i32::try_from(missing).unwrap_or(i32::MAX);
        100_i32
            .saturating_sub(self.skill_penalty.saturating_mul(missing))
            .saturating_sub(if speaks { 0 } else { self.language_penalty })
    }
}

/// What a session asks of an agent.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Measures `agent` against `need`. Neither the order of the skills nor one named twice changes
/// anything.
pub fn qualify(agent: &Agent, need: Need<'_>, rules: Rules) -> Qualification {
    let not_known = Qualification { raw: None, verdict: Verdict::NotKnown };
    match available(agent) {
        Some(true) => {}
        Some(false) => return Qualification { raw: Some(0), verdict: Verdict::NotAvailable },
        None => return not_known,
    }
    let (Some(held), Some(languages)) = (&agent.skills, &agent.languages) else {
        return not_known;
    };
    let missing: Vec<Plain> = skills::distinct(need.skills)
        .filter(|wanted| !skills::has(held, wanted))
        .map(|wanted| wanted.name.clone())
        .collect();
    let speaks =
        need.language.is_none_or(|wanted| languages.iter().any(|s| language::matches(wanted, s)));
    let raw = rules.raw(missing.len(), speaks);
    let verdict = if !missing.is_empty() || raw < rules.minimum {
        Verdict::Insufficient { missing, language: speaks }
    } else {
        room(agent)
    };
    Qualification { raw: Some(raw), verdict }
}

/// The gate's last question: an agent of unknown capacity has room.
fn room(agent: &Agent) -> Verdict {
    match (agent.sessions, agent.capacity) {
        (Some(sessions), Some(capacity)) if sessions >= capacity => {
            Verdict::AtCapacity { sessions, capacity }
        }
        _ => Verdict::Qualified,
    }
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
            capacity_inherited: false,
            profile_read: None,
            capacity_read: None,
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
    fn a_skill_that_is_asked_for_twice_is_missing_once() {
        let asked = ["Sales", "sales"].map(|name| Requirement { id: None, name: name.into() });
        let q = qualify(&agent(), Need { skills: &asked, language: None }, Rules::default());
        assert_eq!(q.raw, Some(75));
    }

    #[test]
    fn a_skill_is_met_by_its_id() {
        let asked = [Requirement { id: Some("s1".into()), name: "?".into() }];
        let q = qualify(&agent(), Need { skills: &asked, language: None }, Rules::default());
        assert_eq!((q.raw, q.verdict), (Some(100), Verdict::Qualified));
    }

    #[test]
    fn who_is_with_a_customer_and_has_a_place_passes() {
        let busy =
            Agent { routing: Some(RoutingStatus::Interacting), sessions: Some(2), ..agent() };
        assert!(measure(&busy, 0, true).verdict.passes());
    }

    #[test]
    fn an_unknown_capacity_is_room() {
        let unmeasured = Agent { capacity: None, ..agent() };
        assert!(measure(&unmeasured, 0, true).verdict.passes());
    }

    #[test]
    fn the_least_score_passes() {
        let at = |minimum| {
            let rules = Rules { minimum, language_penalty: 40, ..Rules::default() };
            let language = Language { id: None, name: "fr-FR".into() };
            qualify(&agent(), Need { skills: &[], language: Some(&language) }, rules).verdict
        };
        assert!(at(60).passes());
        assert!(!at(61).passes());
    }

    #[test]
    fn absurd_penalties_saturate() {
        let rules = Rules { skill_penalty: i32::MAX, language_penalty: i32::MAX, minimum: 60 };
        assert_eq!(rules.raw(usize::MAX, false), i32::MIN);
        let rules = Rules { skill_penalty: i32::MIN, language_penalty: i32::MIN, minimum: 60 };
        assert_eq!(rules.raw(3, false), i32::MAX);
    }

    #[test]
    fn what_was_not_read_is_not_a_failure() {
        let unread = Agent { skills: None, ..agent() };
        let q = measure(&unread, 0, true);
        assert_eq!((q.raw, q.verdict), (None, Verdict::NotKnown));
    }
}
