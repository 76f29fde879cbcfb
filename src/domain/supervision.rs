//! A session whose heartbeat we keep (SPEC section 9).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{flight::Owner, guest::GuestToken, id::SessionId, text::Plain};

/// One supervised session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Supervised {
    /// The session.
    pub id: SessionId,
    /// The guest's token, where a floorwalker opened the session. It is kept in the store alone, for
    /// whoever takes the session over, and has no other written form.
    #[serde(skip)]
    pub token: Option<GuestToken>,
    /// What the guest was called, where a floorwalker opened the session. As the token it is kept in the
    /// store alone, and as long.
    #[serde(skip)]
    pub guest: Option<Plain>,
    /// Whether we opened it.
    pub opened_here: bool,
    /// What a beat of it is.
    pub hold: Hold,
    /// When the session began.
    pub started: Timestamp,
    /// How long it may last; `None` where nobody has set a limit.
    pub limit: Option<Duration>,
    /// The time between two beats while the budget carries them.
    pub interval: Duration,
    /// What the third failure in a row does.
    pub on_loss: OnLoss,
    /// The number of the last beat, in ms since 1970; strictly increasing, whoever sends them.
    pub sequence: i64,
    /// Failures in a row.
    pub failures: u32,
    /// When the next beat is due; `None` while nobody knows.
    pub due: Option<Timestamp>,
    /// Whether beats pause because the trouble is ours.
    pub paused: bool,
    /// Which floorwalker keeps it.
    pub keeper: Owner,
    /// How the supervision ended, once it has.
    pub end: Option<Ended>,
}

impl Supervised {
    /// One that somebody begins to keep now, of which nothing else is known: it is only looked at, and
    /// nobody has set a limit.
    pub fn begun(id: SessionId, keeper: Owner, started: Timestamp, interval: Duration) -> Self {
        Self {
            id,
            token: None,
            guest: None,
            opened_here: false,
            hold: Hold::Read,
            started,
            limit: None,
            interval,
            on_loss: OnLoss::of(false),
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper,
            end: None,
        }
    }

    /// When the session ends by itself.
    pub fn deadline(&self) -> Option<Timestamp> {
        let limit = jiff::SignedDuration::try_from(self.limit?).ok()?;
        self.started.checked_add(limit).ok()
    }
}

/// What a beat is. Only two of the three keep a session alive, and the console says which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// The gateway is told that the guest is active.
    Patch,
    /// The guest's own socket is asked for an echo.
    Echo,
    /// The session is read. That tells whether it lives and does nothing to keep it so.
    Read,
}

impl Hold {
    /// Its name in the store and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Echo => "echo",
            Self::Read => "read",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Patch, Self::Echo, Self::Read].into_iter().find(|one| one.name() == name)
    }

    /// The words on the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Patch => "kept by heartbeat",
            Self::Echo => "kept by socket echo",
            Self::Read => "watched, not kept",
        }
    }

    /// Whether a beat is a request to the API, of which the budget has so many. A socket's echo is none.
    pub fn asks(self) -> bool {
        match self {
            Self::Patch | Self::Read => true,
            Self::Echo => false,
        }
    }

    /// Whether a beat keeps the session alive.
    pub fn keeps_alive(self) -> bool {
        match self {
            Self::Patch | Self::Echo => true,
            Self::Read => false,
        }
    }
}

/// What a beat found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The session lives.
    Alive,
    /// It has ended, and needs no more beats.
    Over,
}

/// What the third failure in a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLoss {
    /// The session is disconnected gracefully.
    Disconnect,
    /// A person is asked.
    Ask,
    /// It is told, and beats go on.
    Keep,
}

impl OnLoss {
    /// Its name in the store and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::Ask => "ask",
            Self::Keep => "keep",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Disconnect, Self::Ask, Self::Keep].into_iter().find(|one| one.name() == name)
    }

    /// What holds unless somebody says otherwise: only what we opened is ours to close.
    pub fn of(opened_here: bool) -> Self {
        if opened_here { Self::Disconnect } else { Self::Keep }
    }
}

/// How a supervision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: End,
}

/// Why a supervision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its duration limit is reached.
    Expired,
    /// Three beats in a row failed, and it is to be disconnected.
    Lost,
    /// A beat found that it had ended already.
    Over,
    /// Somebody has ended it here, or has let go of it.
    Released,
}

impl End {
    const ALL: [Self; 4] = [Self::Expired, Self::Lost, Self::Over, Self::Released];

    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::Over => "over",
            Self::Released => "released",
        }
    }

    /// The end of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.name() == name)
    }

    /// The words on the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Expired => "duration limit reached",
            Self::Lost => "heartbeat lost",
            Self::Over => "ended elsewhere",
            Self::Released => "let go",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supervised() -> Supervised {
        Supervised {
            id: "s".into(),
            token: Some("jwt_0123456789".to_owned().into()),
            guest: Some("Ines".into()),
            opened_here: true,
            hold: Hold::Patch,
            started: "2026-11-21T10:00:00Z".parse().unwrap(),
            limit: Some(Duration::from_secs(1800)),
            interval: Duration::from_secs(30),
            on_loss: OnLoss::of(true),
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper: Owner { host: "a".into(), pid: 1, mark: "x".into() },
            end: None,
        }
    }

    #[test]
    fn the_guests_token_is_in_no_text_of_a_supervised_session() {
        let it = supervised();
        let stored = serde_json::to_string(&it).unwrap();
        for text in [stored.clone(), format!("{it:?}"), format!("{it:#?}")] {
            assert!(!text.contains("jwt_") && text.contains("2026-11-21"), "{text}");
        }
        assert!(!stored.contains("token"), "{stored}");
        let back: Supervised = serde_json::from_str(&stored).unwrap();
        assert_eq!(back, Supervised { token: None, guest: None, ..it });
    }

    #[test]
    fn only_what_was_opened_here_is_disconnected_unasked() {
        assert_eq!((OnLoss::of(true), OnLoss::of(false)), (OnLoss::Disconnect, OnLoss::Keep));
    }

    #[test]
    fn a_read_is_never_told_as_keeping_a_session() {
        let kept = [Hold::Patch, Hold::Echo, Hold::Read].map(|h| (h.keeps_alive(), h.words()));
        let said = [
            (true, "kept by heartbeat"),
            (true, "kept by socket echo"),
            (false, "watched, not kept"),
        ];
        assert_eq!(kept, said);
    }

    #[test]
    fn a_session_ends_when_its_duration_has_passed() {
        let told = supervised().deadline().map(|at| at.to_string());
        assert_eq!(told.as_deref(), Some("2026-11-21T10:30:00Z"));
        assert_eq!(Supervised { limit: None, ..supervised() }.deadline(), None);
        assert_eq!(Supervised { limit: Some(Duration::MAX), ..supervised() }.deadline(), None);
    }
}
