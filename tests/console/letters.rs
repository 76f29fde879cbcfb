//! What the connected agent writes from the transcript: shown as it will be sent, sent once.

use std::sync::Arc;

use floorwalker::{
    console::{Settings, app::Message},
    domain::{
        deed::{Deed, DeedOrder, DeedStage},
        detail::{Attendance, Participant, Purpose, SessionDetail, Speaker, Utterance},
        rights::Rights,
        session::{Session, SessionState},
    },
    engine::{Command, Event, Me, Pulse},
    genesys::rights::PLATFORM,
};

use crate::{
    deeds::{console_of, deeds, news, only, signed_in},
    floor::{self, session_id},
    harness::{Harness, settings},
};

/// The session in which Robin serves the customer.
fn mine() -> Session {
    Session { agent: Some("robin".into()), ..floor::session(6) }
}

/// What a close read of it tells.
fn read(session: &Session, presence: Attendance) -> SessionDetail {
    let robin = Participant {
        id: "p2".into(),
        purpose: Purpose::Agent,
        name: Some("Robin Vale".into()),
        agent: Some("robin".into()),
        queue: None,
        presence,
        from: Some(floor::ago(60)),
        connected: Some(floor::ago(50)),
        until: None,
        ended_by: None,
        communication: Some("talk".into()),
    };
    SessionDetail {
        id: session.id.clone(),
        session: session.clone(),
        participants: vec![robin],
        message_ids: vec!["m1".into()],
        messages: vec![Utterance {
            at: floor::ago(30),
            by: Speaker::Guest,
            author: None,
            text: "Where is my order?".into(),
        }],
        guest: None,
        summary: None,
        gaps: vec![],
        read_at: floor::ago(1),
    }
}

fn detail(session: &Session, presence: Attendance) -> Event {
    Event::Detail(Box::new(read(session, presence)))
}

/// The transcript of that session, read.
fn open() -> Harness {
    let mut harness = console_of(&settings(), vec![mine()]);
    harness.press("t").event(detail(&mine(), Attendance::Connected));
    harness
}

fn text(order: &DeedOrder) -> &str {
    let Deed::Say(text) = &order.deed else { return "" };
    text.expose()
}

/// A letter that is on its way.
fn sent(words: &str) -> (Harness, DeedOrder) {
    let mut harness = open();
    harness.press("I").type_text(words).press("enter y");
    let order = deeds(&harness).pop().unwrap();
    harness.take_effects();
    (harness, order)
}

#[test]
fn it_is_typed_shown_as_it_goes_out_and_sent_by_a_second_key() {
    let mut harness = open();
    harness.press("I").type_text("It left on Monday.");
    assert_screen!("letter_typed", harness);
    harness.press("enter");
    assert_screen!("letter_ready", harness);
    assert_eq!(deeds(&harness), [], "it is shown first");
    harness.press("y");
    let order = deeds(&harness).pop().unwrap();
    assert_eq!((text(&order), &order.session), ("It left on Monday.", &session_id(6)));
    let screen = harness.screen();
    assert!(screen.contains("◌ Sending to 김민준"), "{screen}");
    harness.take_effects();
    harness.press("y enter I");
    assert_eq!(deeds(&harness), [], "a second press sends nothing");
    harness.event(news(&order, DeedStage::Done));
    assert!(harness.status().contains("✓ Sent to 김민준"), "{}", harness.status());
    assert!(!harness.screen().contains("It left on Monday."), "{}", harness.screen());
    let mut after = read(&mine(), Attendance::Connected);
    let said = Utterance {
        at: floor::now(),
        by: Speaker::Agent,
        author: None,
        text: "It left on Monday.".into(),
    };
    after.messages.push(said);
    after.message_ids.push("m2".into());
    harness.event(Event::Detail(Box::new(after)));
    assert!(harness.line("● agent").unwrap().contains("It left on Monday."));
    // The next one begins empty.
    harness.press("I enter");
    assert!(harness.screen().contains("There is nothing to send"), "{}", harness.screen());
}

#[test]
fn it_fits_wherever_the_transcript_does() {
    for (name, width, height) in [("50", 50, 12), ("200", 200, 60)] {
        let mut harness = open();
        harness.resize(width, height).press("I").type_text("It left on Monday.").press("enter");
        assert_screen!(format!("letter_ready_{name}"), harness);
    }
    // What is long is shown whole where there is room for it.
    let mut harness = open();
    harness.press("I");
    let words: Vec<String> = (0..100).map(|n| format!("word{n}")).collect();
    harness.tell(Message::Paste(words.join(" "))).press("enter");
    let screen = harness.screen();
    assert!(words.iter().all(|word| screen.contains(word)), "{screen}");
    assert!(screen.contains("689 characters as Robin Vale"), "{screen}");
}

#[test]
fn what_is_shown_can_be_changed_and_what_is_typed_put_away() {
    let mut harness = open();
    harness.press("I").type_text("On Monday").press("enter esc").type_text("!").press("enter y");
    assert_eq!(text(&deeds(&harness)[0]), "On Monday!");
    let mut harness = open();
    harness.press("I").type_text("On Monday").press("esc y");
    assert_eq!(deeds(&harness), []);
    assert!(harness.status().contains("There is nothing to confirm: I writes"));
    // It is still there for whoever goes on.
    harness.press("I enter y");
    assert_eq!(text(&deeds(&harness)[0]), "On Monday");
}

#[test]
fn keys_typed_ahead_send_nothing() {
    let mut harness = open();
    harness.press("I").type_text("hi");
    for key in ["enter", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert_eq!(deeds(&harness), []);
    harness.tell(Message::Tick).press("y");
    assert_eq!(deeds(&harness).len(), 1);
}

#[test]
fn what_is_too_long_or_no_word_does_not_go_out() {
    let mut harness = open();
    harness.press("I").tell(Message::Paste("é".repeat(2_050)));
    let screen = harness.screen();
    assert!(screen.contains("✗ 2000 of 2000: what is beyond is left out"), "{screen}");
    harness.press("backspace");
    assert!(harness.screen().contains("1999 of 2000"), "{}", harness.screen());
    let sms = Session { channel: Some("sms".into()), ..mine() };
    let mut harness = console_of(&settings(), vec![sms.clone()]);
    harness.press("t").event(detail(&sms, Attendance::Connected)).press("I");
    harness.tell(Message::Paste("x".repeat(765)));
    assert!(harness.screen().contains("765 of 765"), "{}", harness.screen());
    harness.press("x enter y");
    assert_eq!(text(&deeds(&harness)[0]).len(), 765);
    let mut harness = open();
    harness.press("I").tell(Message::Paste("a\u{7}\u{1b}[31mb\u{9b}".into())).press("enter y");
    assert_eq!(text(&deeds(&harness)[0]), "a[31mb");
}

#[test]
fn what_was_not_sent_is_told_with_its_words_kept() {
    for stage in [
        DeedStage::Failed { reason: "403: the role lacks it".into() },
        DeedStage::Rejected { reason: "403: the role lacks it".into() },
    ] {
        let (mut harness, order) = sent("On Monday");
        harness.event(news(&order, stage));
        let screen = harness.screen();
        assert!(screen.contains("✗ Not sent: 403: the role lacks it"), "{screen}");
        assert_eq!(deeds(&harness), [], "it is not sent by itself");
        harness.press("enter y");
        assert_eq!(text(&deeds(&harness)[0]), "On Monday");
    }
    let (mut harness, order) = sent("On Monday");
    harness.tell(Message::Unsent(Command::Deed(Box::new(order))));
    assert!(harness.screen().contains("On Monday"), "{}", harness.screen());
    assert!(!harness.screen().contains("Sending"), "{}", harness.screen());
}

#[test]
fn what_nobody_knows_of_is_not_offered_again() {
    let (mut harness, order) = sent("On Monday");
    harness.event(news(&order, DeedStage::Doubtful));
    assert!(harness.screen().contains("◌ Sending to"), "{}", harness.screen());
    harness.event(news(&order, DeedStage::Unknown { reason: "it timed out".into() }));
    assert_screen!("letter_doubt", harness);
    harness.press("y enter");
    assert_eq!(deeds(&harness), []);
    harness.press("I enter");
    let screen = harness.screen();
    assert!(
        screen.contains("There is nothing to send") && !screen.contains("On Monday"),
        "{screen}"
    );
}

#[test]
fn only_the_agent_who_is_connected_writes() {
    let refused = |harness: &mut Harness| {
        let said = harness.press("I").status();
        assert!(!harness.screen().contains("To 김민준"), "{}", harness.screen());
        harness.press("enter y");
        assert_eq!(deeds(harness), []);
        said
    };
    let console = |settings: &Settings, session: Session, pulse: Pulse| {
        let mut harness = console_of(settings, vec![session.clone()]);
        harness
            .resize(200, 40)
            .pulse(pulse)
            .press("t")
            .event(detail(&session, Attendance::Connected));
        harness
    };
    let plain = |pulse| console(&settings(), mine(), pulse);
    let other = Session { agent: Some(floor::agent_id(1)), ..mine() };
    let waits = Session { state: SessionState::Waiting, agent: None, ..mine() };
    let read_only = Settings { read_only: true, ..settings() };
    let lacks = Rights::of(PLATFORM, |right| {
        !right.ends_with("message:create") && !right.ends_with("messaging:create")
    });
    let rights = Some(Arc::new(lacks));
    for (mut harness, why) in [
        (console(&read_only, mine(), signed_in()), "Read-only: this console writes to nobody"),
        (plain(Pulse { me: Some(Me::Client), ..signed_in() }), "floorwalker login"),
        (plain(Pulse { me: Some(Me::Gateway), ..signed_in() }), "gateway has no route"),
        (plain(Pulse { rights, ..signed_in() }), "your own user lacks conversation:message:create"),
        (console(&settings(), other, signed_in()), "that is not you"),
        (console(&settings(), waits, signed_in()), "that is not you"),
    ] {
        let said = refused(&mut harness);
        assert!(said.contains(why), "{why}: {said}");
    }
    let mut unread = console_of(&settings(), vec![mine()]);
    unread.press("t I");
    assert!(unread.status().contains("It is still being read"), "{}", unread.status());
    // A close read knows better than a row.
    unread.event(detail(&mine(), Attendance::Alerting)).press("I");
    assert!(unread.status().contains("that is not you"), "{}", unread.status());
}

#[test]
fn what_changes_before_it_is_confirmed_keeps_it_here() {
    let mut harness = open();
    harness.press("I").type_text("hi").press("enter");
    harness.floor(only(vec![Session { agent: Some(floor::agent_id(1)), ..mine() }])).press("y");
    assert_eq!(deeds(&harness), []);
    assert!(harness.status().contains("that is not you"), "{}", harness.status());
    harness.floor(only(vec![])).press("y");
    assert!(harness.status().contains("has ended"), "{}", harness.status());
    assert_eq!(deeds(&harness), []);
}

#[test]
fn the_first_letters_to_a_customer_whom_one_may_not_write_to_are_no_keys() {
    let mut harness = console_of(&settings(), vec![mine()]);
    let client = Pulse { me: Some(Me::Client), ..signed_in() };
    harness.resize(200, 40).pulse(client).press("t");
    harness.event(detail(&mine(), Attendance::Connected));
    let before = harness.press("I").screen();
    let rows = |screen: &str| screen.lines().count();
    harness.take_effects();
    harness.type_text("Hay! j").press("backspace q");
    assert!(harness.status().contains("Nothing was written"), "{}", harness.status());
    assert!(harness.take_effects().is_empty(), "{}", harness.screen());
    let body =
        |screen: &str| screen.lines().take(rows(screen) - 2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&harness.screen()), body(&before), "nothing was opened");
    // Whoever has seen it goes on, with a key that writes nothing or after a moment.
    harness.wait(2).press("?");
    assert!(harness.screen().contains("Keys"), "{}", harness.screen());
    harness.press("esc I esc");
    assert!(!harness.status().contains("Nothing was written"), "{}", harness.status());
}
