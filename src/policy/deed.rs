//! What a person may do in a session themselves, as it stands: where, or why not; and what shows that it was done.

mod wording;

use crate::domain::{
    deed::{DeedKind, Saying, Seat},
    detail::{Attendance, Participant, Purpose, SessionDetail, Speaker, Utterance},
    id::{AgentId, MessageId},
    session::SessionState,
    text::Plain,
};

/// The most characters of a text to a customer, as the published API has it.
pub const LETTERS: usize = 2000;
/// The same for a text message to a telephone.
pub const LETTERS_SMS: usize = 765;

/// Why a text can't be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// There are no words in it.
    #[error("There is nothing to send")]
    Empty,
    /// What is shown of it is not what would be sent.
    #[error("It is not sent: {why}; take that out, or type it anew")]
    Unseen {
        /// Where, and what.
        why: String,
    },
    /// It is too long.
    #[error("{has} characters are too many: {channel} takes {most}")]
    TooLong {
        /// Its length.
        has: usize,
        /// What it goes through.
        channel: String,
        /// What that takes.
        most: usize,
    },
}

/// How many characters a text may have that goes through this channel.
pub fn most_letters(channel: Option<&str>) -> usize {
    match channel {
        Some(channel) if channel.eq_ignore_ascii_case("sms") => LETTERS_SMS,
        _ => LETTERS,
    }
}

/// A text as it may be sent to a customer: shown by whoever sends it as it goes out, and of a length that is taken.
///
/// # Errors
/// If nothing is left of it, or too much, or not all of it would be seen. Nothing is cut, or left out.
pub fn saying(text: &str, channel: Option<&str>) -> Result<Saying, Unsayable> {
    // Lines stay lines for who writes several.
    let text = wording::even(text);
    if let Some(why) = wording::unseen(&text) {
        return Err(Unsayable::Unseen { why });
    }
    let said = Saying::new(text.trim().to_owned());
    let (has, most) = (said.letters(), most_letters(channel));
    match has {
        0 => Err(Unsayable::Empty),
        _ if has > most => {
            let channel = channel.unwrap_or("the channel").to_owned();
            Err(Unsayable::TooLong { has, channel, most })
        }
        _ => Ok(said),
    }
}

/// Where `me` does it in the session as it was just read; or why it can't be done there.
///
/// # Errors
/// Says why, for people.
pub fn seat(kind: DeedKind, me: &AgentId, now: &SessionDetail) -> Result<Seat, &'static str> {
    if now.session.state == SessionState::Disconnected {
        return Err("the session has ended");
    }
    let party = match kind {
        DeedKind::Monitor => listened(me, now)?,
        DeedKind::Leave => listening(me, now)?,
        DeedKind::Say => serving(me, now).ok_or("you are not its connected agent")?,
    };
    if kind == DeedKind::Say && party.communication.is_none() {
        return Err("the org does not tell by which communication you serve the customer");
    }
    Ok(Seat {
        me: me.clone(),
        participant: party.id.clone(),
        agent: party.agent.clone(),
        communication: party.communication.clone(),
        known: now.message_ids.clone(),
    })
}

/// The agent who has it, if they can be listened to.
fn listened<'n>(me: &AgentId, now: &'n SessionDetail) -> Result<&'n Participant, &'static str> {
    if let Some(listener) = now.listener() {
        let mine = listener.agent.as_ref() == Some(me);
        let other = "another supervisor monitors it, and only one can at a time";
        return Err(if mine { "you monitor it already" } else { other });
    }
    let serves = |p: &&Participant| {
        p.purpose == Purpose::Agent && p.presence == Attendance::Connected && p.agent.is_some()
    };
    let agent = now.participants.iter().rev().find(serves);
    let agent = agent.ok_or("only a session that an agent has can be monitored")?;
    if agent.agent.as_ref() == Some(me) { Err("you are its agent") } else { Ok(agent) }
}

/// The part by which `me` listens in, where the customer has somebody without it.
fn listening<'n>(me: &AgentId, now: &'n SessionDetail) -> Result<&'n Participant, &'static str> {
    let part = now.part(me, &Purpose::Listener).ok_or("you do not monitor it")?;
    let serves = |p: &Participant| {
        p.purpose == Purpose::Agent
            && p.presence == Attendance::Connected
            && p.agent.as_ref() != Some(me)
    };
    match now.participants.iter().any(serves) {
        true => Ok(part),
        false => Err("no other agent is connected: to leave might end it for the customer"),
    }
}

/// Whether `me` is the agent who has it, and by which part.
pub fn serving<'n>(me: &AgentId, now: &'n SessionDetail) -> Option<&'n Participant> {
    now.part(me, &Purpose::Agent).filter(|part| part.presence == Attendance::Connected)
}

/// Whether the session as it was just read shows that it was done; of what was written its participants tell
/// nothing.
pub fn shows(kind: DeedKind, seat: &Seat, now: &SessionDetail) -> bool {
    match kind {
        DeedKind::Monitor => hears(&seat.me, now),
        DeedKind::Leave => {
            let part = now.participants.iter().find(|p| p.id == seat.participant);
            !part.is_some_and(Participant::is_there)
        }
        DeedKind::Say => false,
    }
}

/// Whether `me` listens in on the session as it was just read.
pub fn hears(me: &AgentId, now: &SessionDetail) -> bool {
    now.part(me, &Purpose::Listener).is_some()
}

/// The messages that have come since, as far as they are told.
pub fn since(seat: &Seat, now: &SessionDetail) -> Vec<MessageId> {
    now.message_ids.iter().filter(|id| !seat.known.contains(id)).cloned().collect()
}

/// Whether this is what `me` has said, as it comes back: the same words by another agent are theirs. Where the org does
/// not tell which agent it was, words alone decide.
pub fn wrote(me: &AgentId, said: &Saying, heard: &Utterance) -> bool {
    let plain = |text: &str| Plain::new(text).trim().to_owned();
    heard.by == Speaker::Agent
        && heard.author.as_ref().is_none_or(|author| author == me)
        && plain(said.expose()) == plain(heard.text.expose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::SessionId, session::Session};

    fn part(id: &str, purpose: Purpose, user: &str, presence: Attendance) -> Participant {
        Participant {
            id: id.into(),
            purpose,
            name: None,
            agent: Some(user.into()),
            queue: None,
            presence,
            from: None,
            connected: None,
            until: None,
            ended_by: None,
            communication: Some("c".into()),
        }
    }

    fn now(state: SessionState, participants: Vec<Participant>) -> SessionDetail {
        let id = SessionId::from("s");
        SessionDetail {
            id: id.clone(),
            session: Session::bare(id, state),
            participants,
            messages: Vec::new(),
            message_ids: vec!["m1".into()],
            summary: None,
            guest: None,
            gaps: Vec::new(),
            read_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn ada(presence: Attendance) -> Participant {
        part("a", Purpose::Agent, "ada", presence)
    }

    #[test]
    fn a_text_is_sent_as_it_is_or_not_at_all() {
        let said = |text: &str, channel| saying(text, channel).map(|it| it.expose().to_owned());
        assert_eq!(said(" Good\tday\r\nAda\rVale ", None), Ok("Good day\nAda\nVale".into()));
        assert_eq!(said("\u{feff}a\u{2028}b", None), Ok("a\nb".into()));
        assert_eq!(said(" \t\n", None), Err(Unsayable::Empty));
        assert!(said(&"é".repeat(2000), Some("webmessaging")).is_ok());
        let long = said(&"é".repeat(2001), Some("whatsapp")).unwrap_err().to_string();
        assert_eq!(long, "2001 characters are too many: whatsapp takes 2000");
        assert!(said(&"x".repeat(766), Some("SMS")).is_err());
    }

    #[test]
    fn what_people_write_goes_out_as_it_is() {
        for text in [
            "👩\u{200d}🚒 ok, 👩🏽\u{200d}⚕\u{fe0f}",
            "❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "مرحبا بك، שלום וברכה",
            "Nguye\u{302}\u{303}n, Zoë, 佐藤, 10\u{a0}€",
        ] {
            let said = saying(text, None).map(|it| it.expose().to_owned());
            assert_eq!(said, Ok(text.into()));
        }
    }

    #[test]
    fn what_would_not_be_seen_is_not_sent() {
        for (text, place) in [
            ("Good\u{7} day", "character 5 (U+0007)"),
            ("\u{1b}[31m", "character 1 (U+001B)"),
            ("to IBAN \u{202e}4321", "character 9 (U+202E)"),
            ("שלום\u{200f}", "character 5 (U+200F)"),
            ("a\nb\u{200b}c", "character 4 (U+200B)"),
            ("pass\u{200d}word", "character 5 (U+200D)"),
            (" \u{200d}", "character 2 (U+200D)"),
            ("می\u{200c}\u{200c}", "character 4 (U+200C)"),
            ("co\u{ad}op", "character 3 (U+00AD)"),
            ("ok\u{e0067}\u{e0062}", "character 3 (U+E0067)"),
            ("🏴\u{e0067}\u{e0062}", "character 2 (U+E0067)"),
            ("x\u{fe0f}\u{fe0e}", "character 3 (U+FE0E)"),
            ("x\u{301}\u{301}\u{301}\u{301}\u{301}y", "more marks"),
        ] {
            let why = saying(text, None).unwrap_err().to_string();
            assert!(why.contains(place), "{text:?}: {why}");
        }
    }

    #[test]
    fn only_an_agent_who_has_the_session_is_listened_to_by_one_at_a_time() {
        let me: AgentId = "me".into();
        let ask = |state, all| seat(DeedKind::Monitor, &me, &now(state, all));
        let there = ask(SessionState::Connected, vec![ada(Attendance::Connected)]).unwrap();
        assert_eq!((there.participant, there.agent), ("a".into(), Some("ada".into())));
        for (all, why) in [
            (vec![], "only a session that an agent has"),
            (vec![ada(Attendance::Alerting)], "only a session that an agent has"),
            (vec![part("a", Purpose::Agent, "me", Attendance::Connected)], "you are its agent"),
            (
                vec![
                    ada(Attendance::Connected),
                    part("l", Purpose::Listener, "me", Attendance::Connected),
                ],
                "you monitor it already",
            ),
            (
                vec![
                    ada(Attendance::Connected),
                    part("l", Purpose::Listener, "sam", Attendance::Connected),
                ],
                "another supervisor monitors it",
            ),
        ] {
            let refused = ask(SessionState::Connected, all).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
        let over = ask(SessionState::Disconnected, vec![ada(Attendance::Connected)]);
        assert_eq!(over.unwrap_err(), "the session has ended");
    }

    #[test]
    fn one_leaves_what_one_listens_to_and_writes_where_one_serves() {
        let me: AgentId = "me".into();
        let listens = part("l", Purpose::Listener, "me", Attendance::Connected);
        let gone = Participant { presence: Attendance::Gone, ..listens.clone() };
        let with = |part| now(SessionState::Connected, vec![ada(Attendance::Connected), part]);
        for alone in [vec![listens.clone()], vec![ada(Attendance::Gone), listens.clone()]] {
            let refused = seat(DeedKind::Leave, &me, &now(SessionState::Connected, alone));
            assert!(refused.unwrap_err().starts_with("no other agent is connected"));
        }
        let left = seat(DeedKind::Leave, &me, &with(listens.clone())).unwrap();
        assert_eq!(left.participant, "l".into());
        assert!(seat(DeedKind::Leave, &me, &with(gone.clone())).is_err());
        assert!(shows(DeedKind::Monitor, &left, &with(listens.clone())));
        assert!(!shows(DeedKind::Leave, &left, &with(listens.clone())));
        assert!(shows(DeedKind::Leave, &left, &with(gone)));
        // Who listens serves nobody.
        assert!(seat(DeedKind::Say, &me, &with(listens)).is_err());
        let mine = part("p", Purpose::Agent, "me", Attendance::Connected);
        let mute = Participant { communication: None, ..mine.clone() };
        assert!(seat(DeedKind::Say, &me, &with(mute)).is_err());
        let said = seat(DeedKind::Say, &me, &with(mine.clone())).unwrap();
        assert_eq!(said.communication.as_deref(), Some("c"));
        let mut later = with(mine);
        later.message_ids = vec!["m1".into(), "m2".into()];
        assert_eq!(since(&said, &later), ["m2".into()]);
    }
}
