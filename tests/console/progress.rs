//! What becomes of a handoff on the screen: ringing, taken back, its steps, and how it is told.

use std::time::Duration;

use floorwalker::{
    console::app::Message,
    domain::{
        agent::{Agent, RoutingStatus},
        handoff::{Progress, Stage, Step},
        session::{Session, SessionState},
    },
    engine::{Command, Event, Level, Link, Notice},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse},
};

/// Ada, who is free, and two sessions; the first of them in this state.
fn console(state: SessionState) -> Harness {
    let ada = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let session = |n, guest: &str, state| Session {
        guest: Some(guest.into()),
        since: Some(floor::ago(200)),
        queue: Some(queue_id(0)),
        ..Session::bare(session_id(n), state)
    };
    let sessions = vec![session(0, "Iris", state), session(1, "Olena", SessionState::Parked)];
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor::build(
        vec![floor::queue(0)],
        vec![ada],
        sessions,
    ));
    harness.press("a y");
    harness
}

/// News of the order that was sent.
fn news(harness: &Harness, stage: Stage) -> Progress {
    Progress {
        order: harness.orders()[0].clone(),
        stage,
        taken: harness.now,
        at: harness.now,
        request_took: None,
        steps: vec![
            (Step::Claim, Duration::from_micros(417)),
            (Step::Grace, Duration::from_millis(3_010)),
        ],
    }
}

fn reach(harness: &mut Harness, stage: Stage) {
    let news = news(harness, stage);
    harness.event(Event::Handoff(Box::new(news)));
}

fn ringing(state: SessionState) -> Harness {
    let mut harness = console(state);
    reach(&mut harness, Stage::Alerting { until: None });
    harness
}

fn footer(harness: &Harness) -> String {
    harness.screen().lines().last().unwrap().to_owned()
}

#[test]
fn while_it_rings_u_takes_it_back() {
    let harness = ringing(SessionState::Waiting);
    let said = harness.status();
    assert!(said.contains("♪ Ringing Ada for Iris; u takes it back"), "{said}");
    assert!(footer(&harness).contains("u take back"), "{}", footer(&harness));
    // From another row as well: nothing else is under way.
    for keys in ["u", "j u", "enter u"] {
        let mut harness = ringing(SessionState::Waiting);
        harness.take_effects();
        harness.press(keys);
        let cancels =
            harness.commands().into_iter().filter(|sent| matches!(sent, Command::Cancel(_)));
        assert_eq!(cancels.count(), 1, "{keys}");
        let said = harness.status();
        assert!(said.contains("Taking Iris back from Ada, who has not answered"), "{said}");
    }
}

#[test]
fn taking_back_and_taken_back_have_their_badges() {
    let mut harness = ringing(SessionState::Waiting);
    harness.press("k");
    reach(&mut harness, Stage::TakingBack);
    assert!(harness.cursor_row().contains("↩ taking back"), "{}", harness.cursor_row());
    // It could not be: it still rings, and what the engine has said of it stays to be read.
    let text = "The handoff could not be taken back: it no longer rings";
    harness.event(Event::Notice(Notice { level: Level::Warn, text: text.into() }));
    reach(&mut harness, Stage::Alerting { until: None });
    assert!(harness.status().contains(text), "{}", harness.status());
    reach(&mut harness, Stage::TakenBack);
    assert!(harness.cursor_row().contains("⊘ taken back"), "{}", harness.cursor_row());
    assert_eq!(harness.status(), "△ Taken back: Iris is where it came from");
    harness.press("u");
    assert!(harness.status().contains("nothing to call back"), "{}", harness.status());
}

#[test]
fn what_came_from_a_bot_is_not_taken_back() {
    let mut harness = ringing(SessionState::Bot);
    assert_eq!(harness.status(), "♪ Ringing Ada for Iris");
    assert!(!footer(&harness).contains("take back"), "{}", footer(&harness));
    harness.take_effects();
    harness.press("u");
    assert!(harness.commands().is_empty());
    assert!(harness.status().contains("It came from a bot"), "{}", harness.status());
}

#[test]
fn leaving_calls_back_only_what_has_not_left() {
    let mut harness = ringing(SessionState::Waiting);
    harness.take_effects();
    harness.tell(Message::Stopping);
    assert!(harness.commands().is_empty());
}

#[test]
fn a_notice_has_one_mark() {
    for (stage, said) in [
        (Stage::Refused, "△ Ada has declined Iris"),
        (Stage::TimedOut, "△ Ada did not answer for Iris"),
        (Stage::Failed { reason: "503".into() }, "▲ Handing Iris off failed: 503"),
        (Stage::Rejected { reason: "full".into() }, "▲ Iris not handed off: full"),
        (Stage::Accepted { agent: agent_id(0) }, "✓ Ada has taken Iris"),
    ] {
        let mut harness = console(SessionState::Waiting);
        reach(&mut harness, stage);
        assert_eq!(harness.status(), said);
    }
}

#[test]
fn the_detail_tells_what_each_step_took() {
    let mut harness = ringing(SessionState::Waiting);
    harness.press("k enter");
    let took = harness.line("took").unwrap();
    assert!(took.contains("claim 0.42 ms, grace 3.0 s"), "{took}");
}

#[test]
fn the_record_tells_the_override_and_the_steps() {
    let mut record = crate::details::record(3);
    record.waiver = Some("she asked for it".into());
    record.details = serde_json::json!({
        "history": 150, "summary_characters": 7, "steps_ms": { "transfer": 182.4, "claim": 0.42, "grace": 3010.0 }
    });
    let mut harness = console(SessionState::Waiting);
    harness.event(Event::AuditPage { records: vec![record], complete: true }).press("4 enter");
    harness.resize(120, 50);
    let screen = harness.screen();
    assert!(screen.contains("override    she asked for it"), "{screen}");
    let steps: Vec<_> = ["claim       0.42 ms", "grace       3.0 s", "transfer    182 ms"]
        .iter()
        .map(|step| screen.find(step))
        .collect();
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{screen}");
    assert!(screen.contains("summary characters  7"), "{screen}");
    assert!(screen.contains("history     150") && !screen.contains("steps_ms"), "{screen}");
}

#[test]
fn a_key_that_means_nothing_says_so_in_a_sentence() {
    for (keys, said) in [
        ("H j enter j", "There is nowhere to move here"),
        ("4 H", "There is nothing to hand off here"),
        ("4 c", "There is nothing to give a reason for here"),
        ("4 e", "There is nothing to explain here"),
        ("4 ctrl-n", "A session is opened from the pane of sessions"),
        ("2 J", "Nothing here leads to a record or to a session"),
        ("4 T", "There is no queue or session here to look through"),
        ("1 D", "There is no session here to end"),
        ("1 w", "There is no session here to keep alive"),
        ("1 V", "The audit log is verified from its own pane"),
        ("1 E", "Records are exported from the audit log's pane"),
        ("1 Y", "There is no record here to copy"),
        ("1 d", "Demands are made on the card of a handoff"),
        ("1 +", "Only the plan of a batch stops after failures"),
        ("1 -", "There is nothing to take out here"),
    ] {
        let mut harness = Harness::live(80, 24);
        harness.press(keys);
        assert_eq!(harness.status(), said, "{keys}");
    }
}

#[test]
fn the_help_says_that_it_goes_on() {
    let mut harness = Harness::live(80, 24);
    assert!(harness.press("?").screen().contains("▾"), "{}", harness.screen());
    assert!(!harness.press("G").screen().contains("▾"), "{}", harness.screen());
}
