//! What other systems are to be told of a handoff, written down with its end and with nothing else.

use std::time::Duration;

use floorwalker::{
    domain::{
        handoff::{HandoffOrder, Stage, Target},
        outbox::Destination,
    },
    engine::{Command, Event},
    genesys::error::Kind,
};
use serde_json::{Value, json};

use super::{
    GRACE, NO_GRACE,
    fake::{Agent, Fake, Fate, carry_out, order, queue_id, ready, session_id, stages},
};

/// The bodies of what is told to one of them.
fn told(fake: &Fake, to: Destination) -> Vec<Value> {
    let state = fake.state();
    assert!(state.letters.iter().all(|letter| letter.context == "test".into()));
    state.letters.iter().filter(|l| l.to == to).map(|letter| letter.body.clone()).collect()
}

fn audit(fake: &Fake) -> Value {
    let mut told = told(fake, Destination::Wfm);
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)["audit"].take()
}

#[tokio::test(start_paused = true)]
async fn of_a_handoff_to_an_agent_both_are_told() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    carry_out(&mut handle, order(1, 4)).await;
    let crm = told(&fake, Destination::CrmHandoff);
    let data = &crm[0]["data"];
    assert_eq!((crm.len(), &data["agentId"]), (1, &json!("agent-4")));
    assert_eq!(data["conversationId"], session_id(1).to_string());
    let transfer = &data["transferState"];
    assert_eq!(transfer["transferTo"], json!({"id": "agent-4", "type": "user"}));
    assert_eq!(
        (&transfer["state"], &transfer["historySize"]),
        (&json!("transferred"), &json!(150))
    );
    let audit = audit(&fake);
    assert_eq!((&audit["status"], &audit["response_status"]), (&json!("success"), &json!(202)));
    assert_eq!(
        (&audit["latency_ms"], &audit["participant_id"]),
        (&json!(60.0), &json!("participant-1"))
    );
}

#[tokio::test(start_paused = true)]
async fn of_a_handoff_to_a_queue_no_agent_is_told() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let to_queue = HandoffOrder { target: Target::Queue(queue_id(2)), ..order(1, 0) };
    carry_out(&mut handle, to_queue).await;
    let crm = told(&fake, Destination::CrmHandoff);
    assert_eq!((&crm[0]["data"]["agentId"], crm.len()), (&Value::Null, 1));
    assert_eq!(crm[0]["data"]["transferState"]["state"], "queued");
    assert_eq!(audit(&fake)["queue_id"], "queue-2");
}

#[tokio::test(start_paused = true)]
async fn of_what_was_tried_and_failed_workforce_management_alone_is_told() {
    for (agent, fate, why) in [
        (Agent::Refuses, Fate::Done, "refused"),
        (Agent::DoesNotAnswer, Fate::Done, "timed out"),
        (Agent::DoesNotAnswer, Fate::DoneButLost(Kind::Timeout), "timed out"),
        (Agent::Accepts, Fate::LostBefore(Kind::Timeout), "lost"),
        (Agent::Accepts, Fate::Refused(Kind::Permission), "permission"),
        (Agent::Accepts, Fate::Refused(Kind::Conflict), "Preventing duplicate handoff"),
    ] {
        let fake = Fake::new(3, 10, 5);
        (fake.state().agent, fake.state().fate) = (agent, fate.clone());
        let mut handle = ready(&fake, NO_GRACE).await;
        carry_out(&mut handle, order(1, 4)).await;
        let audit = audit(&fake);
        assert_eq!(audit["status"], "failed", "{fate:?}");
        let text = audit["error_message"].as_str().unwrap();
        assert!(text.contains(why), "{fate:?}: {text}");
        assert!(audit["latency_ms"].as_f64().is_some(), "{audit}");
        assert_eq!(told(&fake, Destination::CrmHandoff), Vec::<Value>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn of_what_never_left_nobody_is_told() {
    let nobody = |fake: &Fake| assert_eq!(fake.state().letters, Vec::new());
    let fake = Fake::new(3, 10, 5);
    fake.state().full.push(queue_id(2));
    let mut handle = ready(&fake, GRACE).await;
    let called_back = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(called_back.clone()))).await.unwrap();
    loop {
        match handle.events.recv().await.unwrap() {
            Event::Handoff(p) if matches!(p.stage, Stage::Grace { .. }) => break,
            _ => {}
        }
    }
    handle.commands.send(Command::Cancel(called_back.id.clone())).await.unwrap();
    stages(&mut handle, &called_back.id).await;
    nobody(&fake);
    // A full queue, and a session that can't be read.
    let to_queue = HandoffOrder { target: Target::Queue(queue_id(2)), ..order(2, 0) };
    let end = carry_out(&mut handle, to_queue).await;
    assert_eq!(end.last().map(Stage::word), Some("rejected"));
    nobody(&fake);
    fake.state().look_fails = true;
    let end = carry_out(&mut handle, order(3, 4)).await;
    assert_eq!(end.last().map(Stage::word), Some("failed"));
    nobody(&fake);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_can_not_be_kept_is_told_once() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.trouble_with_the_sign_in("the disk is full");
    let mut notices = Vec::new();
    let listening = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(event) = handle.events.recv().await {
            if let Event::Notice(notice) = event {
                notices.push(notice.text.to_string());
            }
        }
    });
    assert!(listening.await.is_err());
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("can't be kept (the disk is full)"), "{notices:?}");
}
