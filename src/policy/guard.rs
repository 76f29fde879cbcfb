//! The rules that a handoff must pass, whoever asks for it (SPEC section 6, from S3).
//!
//! [`evaluate`] is S3's answer, key by key. [`guards`] are the same rules for a card: there the one
//! about confidence stops no handoff that is made *because* confidence is low. What is not known fails
//! nothing, and is shown as not known. Whether somebody may pass a guard over is not decided here.

use serde::Serialize;

use super::trigger::{Reading, evaluate_trigger};
pub use crate::domain::handoff::GuardKind;
use crate::domain::{
    queue::{Queue, QueueState},
    session::{Session, SessionState},
};

/// The numbers of the guards; the defaults are S3's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// So many transfers are too many.
    pub max_depth: u32,
    /// The least confidence that passes, 0 to 1.
    pub min_confidence: f64,
    /// The least sentiment that passes, 0 to 1.
    pub min_sentiment: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 3, min_confidence: 0.75, min_sentiment: 0.3 }
    }
}

/// S3's evaluation, in S3's keys and order. What is not known is `null`, and so is what follows from
/// it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Transfers so far.
    pub handoff_depth: Option<u32>,
    /// Whether these are too many.
    pub max_depth_exceeded: Option<bool>,
    /// How sure the bot is, 0 to 1.
    pub intent_confidence: Option<f64>,
    /// Whether that is enough.
    pub meets_confidence_threshold: Option<bool>,
    /// How the customer feels, 0 to 1.
    pub sentiment_score: Option<f64>,
    /// Whether that is too bad.
    pub sentiment_decay_exceeded: Option<bool>,
    /// Whether no rule failed.
    pub evaluation_passed: bool,
}

/// Applies S3's rules literally.
pub fn evaluate(
    depth: Option<u32>,
    confidence: Option<f64>,
    sentiment: Option<f64>,
    limits: &Limits,
) -> Evaluation {
    let facts = Facts { depth, confidence, sentiment }.finite();
    let deep = facts.depth.map(|depth| depth >= limits.max_depth);
    let sure = facts.confidence.map(|confidence| confidence >= limits.min_confidence);
    // Not "below": a limit that is no number must fail, as it does for confidence.
    let content = facts.sentiment.map(|sentiment| sentiment >= limits.min_sentiment);
    Evaluation {
        handoff_depth: facts.depth,
        max_depth_exceeded: deep,
        intent_confidence: facts.confidence,
        meets_confidence_threshold: sure,
        sentiment_score: facts.sentiment,
        sentiment_decay_exceeded: content.map(|content| !content),
        evaluation_passed: deep != Some(true) && sure != Some(false) && content != Some(false),
    }
}

/// What the guards look at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Transfers so far.
    pub depth: Option<u32>,
    /// How sure the bot is, 0 to 1.
    pub confidence: Option<f64>,
    /// How the customer feels, 0 to 1.
    pub sentiment: Option<f64>,
}

impl From<&Session> for Facts {
    fn from(session: &Session) -> Self {
        let Session { depth, confidence, sentiment, .. } = *session;
        Self { depth, confidence, sentiment }
    }
}

impl Facts {
    /// What is no number is not known.
    fn finite(self) -> Self {
        let finite = |share: Option<f64>| share.filter(|share| share.is_finite());
        Self {
            depth: self.depth,
            confidence: finite(self.confidence),
            sentiment: finite(self.sentiment),
        }
    }
}

/// One rule, applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Which.
    pub kind: GuardKind,
    /// What came of it.
    pub outcome: GuardOutcome,
    /// The same in words, with the numbers.
    pub says: String,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardOutcome {
    /// It is kept.
    Passes,
    /// It is not, and stops an automatic handoff.
    Fails,
    /// Nobody can say; it stops nothing.
    Unknown,
    /// It is not kept, and does not apply.
    Waived(&'static str),
}

/// Why low confidence does not stop a handoff that it has triggered.
const TRIGGERED: &str = "low confidence is what the handoff is for";

/// Whether low confidence is what a session in this state is handed over for: a bot's that is not sure,
/// and that of whoever waits after such a bot. Whom an agent serves, nobody hands over for a bot's doubts.
pub fn triggered(state: SessionState, confidence: Option<f64>, threshold: f64) -> bool {
    let sure = confidence.map_or(Reading::Missing, Reading::Known);
    let unsure = evaluate_trigger(None, &sure, threshold).handoff;
    unsure && matches!(state, SessionState::Bot | SessionState::Waiting)
}

/// All guards for a session. `triggered` says that low confidence is why it is handed off.
pub fn guards(facts: Facts, triggered: bool, limits: &Limits) -> Vec<Guard> {
    let told = evaluate(facts.depth, facts.confidence, facts.sentiment, limits);
    let depth = told.max_depth_exceeded.map(|exceeded| !exceeded);
    let confidence = told.meets_confidence_threshold;
    let sentiment = told.sentiment_decay_exceeded.map(|exceeded| !exceeded);
    vec![
        guard(GuardKind::Depth, depth, depth_in_words(told.handoff_depth, limits)),
        Guard {
            outcome: match outcome(confidence) {
                GuardOutcome::Fails if triggered => GuardOutcome::Waived(TRIGGERED),
                other => other,
            },
            ..guard(
                GuardKind::Confidence,
                confidence,
                share_in_words("confidence", told.intent_confidence, limits.min_confidence),
            )
        },
        guard(
            GuardKind::Sentiment,
            sentiment,
            share_in_words("sentiment", told.sentiment_score, limits.min_sentiment),
        ),
    ]
}

/// The guards that stop an automatic handoff.
pub fn stopping(guards: &[Guard]) -> impl Iterator<Item = &Guard> {
    guards.iter().filter(|guard| guard.outcome == GuardOutcome::Fails)
}

fn guard(kind: GuardKind, kept: Option<bool>, says: String) -> Guard {
    Guard { kind, outcome: outcome(kept), says }
}

fn outcome(kept: Option<bool>) -> GuardOutcome {
    match kept {
        Some(true) => GuardOutcome::Passes,
        Some(false) => GuardOutcome::Fails,
        None => GuardOutcome::Unknown,
    }
}

fn depth_in_words(depth: Option<u32>, limits: &Limits) -> String {
    let Some(depth) = depth else { return "transfers so far not known".into() };
    let plural = if depth == 1 { "" } else { "s" };
    format!("{depth} transfer{plural} so far, must be fewer than {}", limits.max_depth)
}

fn share_in_words(what: &str, share: Option<f64>, least: f64) -> String {
    match share {
        Some(share) => format!("{what} {}, must be at least {least}", rounded(share, least)),
        None => format!("{what} not known"),
    }
}

/// To four places, which nobody needs more of; but never up to the limit that it misses.
fn rounded(share: f64, least: f64) -> f64 {
    let rounded = (share * 10_000.0).round() / 10_000.0;
    if (rounded >= least) == (share >= least) { rounded } else { share }
}

/// A queue that is not there, in SPEC section 6's words for it.
pub const NO_QUEUE: &str = "Queue not found";

/// Whether `queue` can be handed a session: open, and with somebody who can take it. A state that is
/// not known refuses nothing.
///
/// # Errors
/// Says why not.
pub fn queue_guard(queue: &Queue) -> Result<(), String> {
    let name = &queue.name;
    match queue.state {
        QueueState::Missing => return Err(NO_QUEUE.into()),
        QueueState::Full => return Err(format!("{name} is full")),
        QueueState::Unstaffed => return Err(format!("{name} is unstaffed")),
        QueueState::Paused => return Err(format!("{name} is paused")),
        QueueState::Open | QueueState::Unknown => {}
    }
    // An open queue can be staffed by people none of whom answers.
    match queue.staff {
        Some(staff) if staff.idle == 0 && staff.interacting == 0 => {
            Err(format!("{name} has no available agent"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::Staff;

    fn passes(depth: u32, confidence: f64, sentiment: f64) -> bool {
        let limits = Limits::default();
        evaluate(Some(depth), Some(confidence), Some(sentiment), &limits).evaluation_passed
    }

    fn outcomes(facts: Facts, triggered: bool) -> [GuardOutcome; 3] {
        let guards = guards(facts, triggered, &Limits::default());
        std::array::from_fn(|i| guards[i].outcome)
    }

    #[test]
    fn the_evaluation_has_the_keys_and_the_order_of_its_source() {
        let told = evaluate(Some(1), Some(0.85), Some(0.4), &Limits::default());
        let expected = concat!(
            r#"{"handoff_depth":1,"max_depth_exceeded":false,"intent_confidence":0.85,"#,
            r#""meets_confidence_threshold":true,"sentiment_score":0.4,"#,
            r#""sentiment_decay_exceeded":false,"evaluation_passed":true}"#
        );
        assert_eq!(serde_json::to_string(&told).unwrap(), expected);
    }

    #[test]
    fn what_is_not_known_is_null_and_fails_nothing() {
        let expected = concat!(
            r#"{"handoff_depth":null,"max_depth_exceeded":null,"intent_confidence":null,"#,
            r#""meets_confidence_threshold":null,"sentiment_score":null,"#,
            r#""sentiment_decay_exceeded":null,"evaluation_passed":true}"#
        );
        for share in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            let told = evaluate(None, share, share, &Limits::default());
            assert_eq!(serde_json::to_string(&told).unwrap(), expected);
        }
    }

    #[test]
    fn depth_3_fails_and_2_passes() {
        assert!(passes(2, 0.9, 0.9));
        assert!(!passes(3, 0.9, 0.9));
        let told = evaluate(Some(3), None, None, &Limits::default());
        assert_eq!(told.max_depth_exceeded, Some(true));
    }

    #[test]
    fn confidence_0_75_passes_and_less_fails() {
        assert!(passes(0, 0.75, 0.9));
        assert!(!passes(0, 0.749_999, 0.9));
    }

    #[test]
    fn sentiment_0_3_passes_and_less_fails() {
        assert!(passes(0, 0.9, 0.3));
        assert!(!passes(0, 0.9, 0.299_999));
    }

    #[test]
    fn a_limit_that_is_no_number_is_kept_by_nothing() {
        let limits = Limits { min_sentiment: f64::NAN, ..Limits::default() };
        assert!(!evaluate(None, None, Some(1.0), &limits).evaluation_passed);
        let limits = Limits { min_confidence: f64::NAN, ..Limits::default() };
        assert!(!evaluate(None, Some(1.0), None, &limits).evaluation_passed);
    }

    #[test]
    fn the_guards_say_what_they_found() {
        let facts = Facts { depth: Some(3), confidence: Some(0.9), sentiment: None };
        let guards = guards(facts, false, &Limits::default());
        let told: Vec<_> = guards.iter().map(|g| (g.kind, g.outcome, g.says.as_str())).collect();
        use GuardOutcome as O;
        let expected = [
            (GuardKind::Depth, O::Fails, "3 transfers so far, must be fewer than 3"),
            (GuardKind::Confidence, O::Passes, "confidence 0.9, must be at least 0.75"),
            (GuardKind::Sentiment, O::Unknown, "sentiment not known"),
        ];
        assert_eq!(told, expected);
        assert_eq!(stopping(&guards).map(|g| g.kind).collect::<Vec<_>>(), [GuardKind::Depth]);
    }

    #[test]
    fn low_confidence_does_not_stop_what_it_triggered() {
        let low = Facts { depth: Some(0), confidence: Some(0.2), sentiment: Some(0.1) };
        use GuardOutcome as O;
        assert_eq!(outcomes(low, false), [O::Passes, O::Fails, O::Fails]);
        assert_eq!(outcomes(low, true), [O::Passes, O::Waived(TRIGGERED), O::Fails]);
        let sure = Facts { confidence: Some(0.9), ..low };
        assert_eq!(outcomes(sure, true)[1], O::Passes);
        assert_eq!(outcomes(Facts::default(), true), [O::Unknown; 3]);
    }

    #[test]
    fn low_confidence_triggers_a_handoff_from_a_bot_and_of_who_waits_after_it() {
        use SessionState as S;
        for state in [S::Bot, S::Waiting] {
            assert!(triggered(state, Some(0.74), 0.75) && triggered(state, None, 0.75));
            assert!(triggered(state, Some(f64::NAN), 0.75), "what is no number is not sure");
            assert!(!triggered(state, Some(0.75), 0.75) && !triggered(state, Some(0.7), 0.6));
        }
        for state in [S::Connected, S::Alerting, S::Parked, S::Transferring, S::Disconnected] {
            assert!(!triggered(state, Some(0.1), 0.75), "{state:?}");
        }
    }

    fn queue(state: QueueState, staff: Option<Staff>) -> Queue {
        Queue {
            id: "q".into(),
            name: "Billing".into(),
            state,
            waiting: None,
            longest_since: None,
            alerting: None,
            interacting: None,
            staff,
            slots: None,
            service_level: None,
            manual_assignment: false,
            alerting_timeout: None,
        }
    }

    fn refused(state: QueueState, staff: Option<Staff>) -> String {
        queue_guard(&queue(state, staff)).unwrap_err()
    }

    #[test]
    fn a_queue_must_be_open() {
        use QueueState as Q;
        assert_eq!(queue_guard(&queue(Q::Open, None)), Ok(()));
        assert_eq!(queue_guard(&queue(Q::Unknown, None)), Ok(()));
        assert_eq!(refused(Q::Missing, None), "Queue not found");
        assert_eq!(refused(Q::Full, None), "Billing is full");
        assert_eq!(refused(Q::Unstaffed, None), "Billing is unstaffed");
        assert_eq!(refused(Q::Paused, None), "Billing is paused");
    }

    #[test]
    fn a_queue_must_have_somebody_available() {
        let staff = |idle, interacting, not_responding| {
            Some(Staff { idle, interacting, not_responding, ..Staff::default() })
        };
        assert_eq!(refused(QueueState::Open, staff(0, 0, 5)), "Billing has no available agent");
        assert_eq!(queue_guard(&queue(QueueState::Open, staff(1, 0, 0))), Ok(()));
        assert_eq!(queue_guard(&queue(QueueState::Open, staff(0, 1, 0))), Ok(()));
    }

    #[test]
    fn a_share_is_told_to_four_places_and_never_as_the_limit_it_misses() {
        let says = |confidence| {
            let facts = Facts { confidence: Some(confidence), ..Facts::default() };
            guards(facts, false, &Limits::default())[1].says.clone()
        };
        assert_eq!(says(0.430_003_917), "confidence 0.43, must be at least 0.75");
        assert_eq!(says(0.749_999_9), "confidence 0.7499999, must be at least 0.75");
    }
}
