//! What a guest's session must keep to before anything is asked of Genesys Cloud (SPEC section 8, the
//! texts from S4).

use thiserror::Error;
use uuid::Uuid;

use crate::domain::{
    guest::{GuestOrder, GuestToken},
    id::QueueId,
};

/// So many sessions at once are too many.
pub const MAX_CONCURRENT: usize = 500;

/// The longest session, in seconds.
pub const MAX_DURATION: i64 = 2700;

/// How long a session lasts if nobody says, in seconds.
pub const DEFAULT_DURATION: i64 = 1800;

/// The language if nobody says.
pub const DEFAULT_LOCALE: &str = "en-US";

/// The guest's name if nobody says.
pub const DEFAULT_NAME: &str = "Guest";

/// What a guest's client must be able to do.
pub const CAPABILITIES: [&str; 2] = ["typing-indicator", "read-receipts"];

/// Why a session can't be opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GuestRefusal {
    /// Too many at once.
    #[error(
        "Validation 429 Limit Exceeded: Concurrent sessions ({0}) reached maximum ({MAX_CONCURRENT})"
    )]
    Concurrent(usize),
    /// Too long, or no time at all.
    #[error(
        "Validation 400 Constraint Violated: Session duration must be between 1 and {MAX_DURATION} seconds"
    )]
    Duration,
    /// Nobody to open it for.
    #[error("Validation 400 Missing Field: Guest ID token is required in payload.from.id")]
    GuestId,
    /// The guest's client can't do enough.
    #[error("Validation 400 Capability Mismatch: Missing required capabilities: {}", .0.join(", "))]
    Capabilities(Vec<&'static str>),
}

/// An order with everything that can be left out left out.
pub fn plain_order(token: GuestToken, queue: QueueId) -> GuestOrder {
    GuestOrder {
        id: Uuid::new_v4().into(),
        name: DEFAULT_NAME.into(),
        token,
        queue,
        duration: DEFAULT_DURATION,
        locale: DEFAULT_LOCALE.into(),
        capabilities: CAPABILITIES.map(String::from).into(),
    }
}

/// Checks an order while `concurrent` sessions are open.
///
/// # Errors
/// The first check that fails, in S4's order.
pub fn check(order: &GuestOrder, concurrent: usize) -> Result<(), GuestRefusal> {
    if concurrent >= MAX_CONCURRENT {
        return Err(GuestRefusal::Concurrent(concurrent));
    }
    if !(1..=MAX_DURATION).contains(&order.duration) {
        return Err(GuestRefusal::Duration);
    }
    if order.token.expose().trim().is_empty() {
        return Err(GuestRefusal::GuestId);
    }
    let able = |wanted: &str| order.capabilities.iter().any(|able| able == wanted);
    let missing: Vec<_> = CAPABILITIES.into_iter().filter(|wanted| !able(wanted)).collect();
    if missing.is_empty() { Ok(()) } else { Err(GuestRefusal::Capabilities(missing)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> GuestOrder {
        plain_order("jwt_0123456789".to_owned().into(), "q".into())
    }

    fn able(capabilities: &[&str]) -> GuestOrder {
        GuestOrder { capabilities: capabilities.iter().map(|&c| c.into()).collect(), ..order() }
    }

    fn refused(order: &GuestOrder, concurrent: usize) -> String {
        check(order, concurrent).expect_err("a refusal").to_string()
    }

    #[test]
    fn what_nobody_says_has_a_default() {
        let GuestOrder { name, duration, locale, capabilities, .. } = order();
        assert_eq!((name.as_str(), duration, locale.as_str()), ("Guest", 1800, "en-US"));
        assert_eq!(capabilities, ["typing-indicator", "read-receipts"]);
        assert_eq!(check(&order(), 0), Ok(()));
    }

    #[test]
    fn the_500th_session_is_opened_and_the_501st_refused() {
        assert_eq!(check(&order(), 499), Ok(()));
        for open in [500, 501] {
            let expected = format!(
                "Validation 429 Limit Exceeded: Concurrent sessions ({open}) reached maximum (500)"
            );
            assert_eq!(refused(&order(), open), expected);
        }
    }

    #[test]
    fn a_session_lasts_1_to_2700_seconds() {
        let lasting = |duration| GuestOrder { duration, ..order() };
        assert_eq!(check(&lasting(1), 0), Ok(()));
        assert_eq!(check(&lasting(2700), 0), Ok(()));
        let expected = "Validation 400 Constraint Violated: Session duration must be between 1 and \
                        2700 seconds";
        for bad in [0, 2701, -1, i64::MIN, i64::MAX] {
            assert_eq!(refused(&lasting(bad), 0), expected, "{bad}");
        }
    }

    #[test]
    fn a_session_is_somebodys() {
        let expected =
            "Validation 400 Missing Field: Guest ID token is required in payload.from.id";
        for blank in ["", " "] {
            let nobodys = GuestOrder { token: blank.to_owned().into(), ..order() };
            assert_eq!(refused(&nobodys, 0), expected);
        }
    }

    #[test]
    fn each_missing_capability_is_named() {
        let start = "Validation 400 Capability Mismatch: Missing required capabilities: ";
        for (has, missing) in [
            (&[][..], "typing-indicator, read-receipts"),
            (&["typing-indicator"], "read-receipts"),
            (&["read-receipts"], "typing-indicator"),
            (&["Typing-Indicator", "read-receipts"], "typing-indicator"),
        ] {
            assert_eq!(refused(&able(has), 0), format!("{start}{missing}"));
        }
    }

    #[test]
    fn more_capabilities_are_allowed_in_any_order() {
        let more = able(&["file-transfer", "read-receipts", "typing-indicator"]);
        assert_eq!(check(&more, 0), Ok(()));
    }

    #[test]
    fn the_checks_come_in_the_order_of_their_source() {
        let mut wrong = GuestOrder { duration: 0, token: String::new().into(), ..able(&[]) };
        assert!(matches!(check(&wrong, 500), Err(GuestRefusal::Concurrent(500))));
        assert_eq!(check(&wrong, 499), Err(GuestRefusal::Duration));
        wrong.duration = 1800;
        assert_eq!(check(&wrong, 499), Err(GuestRefusal::GuestId));
        wrong.token = "jwt".to_owned().into();
        assert!(matches!(check(&wrong, 499), Err(GuestRefusal::Capabilities(_))));
    }
}
