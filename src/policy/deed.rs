//! What a person may do in a session themselves, as it stands: where, or why not; and what shows that it was done.

use crate::domain::{
    deed::{DeedKind, Saying, Seat},
    detail::{Attendance, Participant, Purpose, SessionDetail, Utterance},
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

/// A text as it may be sent to a customer: without control characters, and of a length that is taken.
///
/// # Errors
/// If nothing is left of it, or too much. Nothing is cut.
pub fn saying(text: &str, channel: Option<&str>) -> Result<Saying, Unsayable> {
    // Lines stay lines for who writes several; what a terminal would obey is no word.
    let text = text.replace("\r\n", "\n");
    let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let said = Saying::new(clean.trim().to_owned());
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
        DeedKind::Monitor => now.part(&seat.me, &Purpose::Listener).is_some(),
        DeedKind::Leave => {
            let part = now.participants.iter().find(|p| p.id == seat.participant);
            !part.is_some_and(Participant::is_there)
        }
        DeedKind::Say => false,
    }
}

/// The messages that have come since, as far as they are told.
pub fn since(seat: &Seat, now: &SessionDetail) -> Vec<MessageId> {
    now.message_ids.iter().filter(|id| !seat.known.contains(id)).cloned().collect()
}

/// Whether these are the words, as they come back.
pub fn same_words(said: &Saying, heard: &Utterance) -> bool {
    let plain = |text: &str| Plain::new(text).trim().to_owned();
    plain(said.expose()) == plain(heard.text.expose())
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
        assert_eq!(said(" Good\u{7} day\u{1b}[31m\r\nAda ", None), Ok("Good day[31m\nAda".into()));
        assert_eq!(said("👩\u{200d}🚒 ok", None), Ok("👩\u{200d}🚒 ok".into()));
        assert_eq!(said(" \u{7}\n", None), Err(Unsayable::Empty));
        assert!(said(&"é".repeat(2000), Some("webmessaging")).is_ok());
        let long = said(&"é".repeat(2001), Some("whatsapp")).unwrap_err().to_string();
        assert_eq!(long, "2001 characters are too many: whatsapp takes 2000");
        assert!(said(&"x".repeat(766), Some("SMS")).is_err());
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
