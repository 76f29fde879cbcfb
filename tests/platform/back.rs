//! What a platform handoff brings along, and how one that still rings is taken back.

use std::collections::BTreeSet;

use floorwalker::{
    domain::{
        floor::Floor,
        handoff::{Demands, HandoffOrder, Stage, Target},
        id::AgentId,
        payload::{Payload, Summary},
        session::Requirement,
    },
    engine::{Command, Event, Handle},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::handoffs::{assigns, fitting};
use crate::{
    simulated::{frozen, until},
    site::{PATIENCE, Site, carry_out, order, ready},
};

/// A waiting session that can be assigned to nobody, and an idle agent who fits it.
async fn match_of(site: &Site, floor: &Floor) -> (Value, AgentId) {
    let mut waiting = site.floor.sessions("waiting").await;
    waiting.retain(|session| !assigns(floor, session));
    fitting(floor, waiting, &mut BTreeSet::new(), &mut BTreeSet::new())
}

/// The witness's row of a session.
async fn session(site: &Site, id: &Value) -> Value {
    let world = site.floor.world().await;
    world["sessions"].as_array().unwrap().iter().find(|s| s["id"] == *id).unwrap().clone()
}

#[tokio::test]
async fn what_still_rings_is_transferred_back_to_its_queue() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let (waiting, agent) = match_of(&site, &floor).await;
    let target = Target::Agent(agent);
    let order = order(&floor, &waiting["id"], target);
    site.floor.answers(&["timed_out"]).await;
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    let mut stages = Vec::new();
    let end = Instant::now() + PATIENCE;
    while !stages.last().is_some_and(Stage::is_final) {
        let event = timeout_at(end, handle.events.recv()).await.expect("an end of it");
        let event = event.expect("an engine that runs");
        let Event::Handoff(progress) = event else { continue };
        if progress.stage.can_take_back() {
            handle.commands.send(Command::Cancel(order.id.clone())).await.unwrap();
        }
        stages.push(progress.stage);
    }
    assert_eq!(stages.last(), Some(&Stage::TakenBack), "{stages:?}");
    let after = session(&site, &waiting["id"]).await;
    assert_eq!((&after["state"], &after["queue"]), (&json!("waiting"), &waiting["queue"]));
    let ledger = site.floor.ledger().await;
    let outcomes: Vec<_> =
        ledger["handoffs"].as_array().unwrap().iter().map(|h| &h["outcome"]).collect();
    assert_eq!(outcomes, ["recalled", "queued"]);
    let events: Vec<_> = site.audit(&order.id).await.iter().map(|r| r.event.to_string()).collect();
    assert_eq!(events, ["handoff_initiated", "compensation_initiated", "handoff_compensated"]);
    site.close();
}

/// A session in this state and an idle agent who fits it.
async fn held(site: &Site, floor: &Floor, state: &str) -> (Value, AgentId) {
    let mut sessions = site.floor.sessions(state).await;
    sessions.retain(|session| !assigns(floor, session));
    fitting(floor, sessions, &mut BTreeSet::new(), &mut BTreeSet::new())
}

/// Sends an order, takes it back as soon as it rings, and collects what is told to the end.
async fn take_back(handle: &mut Handle, order: &HandoffOrder) -> (Vec<Stage>, Vec<String>) {
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    let (mut stages, mut notices, mut asked) = (Vec::new(), Vec::new(), false);
    let end = Instant::now() + PATIENCE;
    while !stages.last().is_some_and(Stage::is_final) {
        let event = timeout_at(end, handle.events.recv()).await.expect("an end of it");
        match event.expect("an engine that runs") {
            Event::Handoff(progress) => {
                if progress.stage.can_take_back() && !asked {
                    handle.commands.send(Command::Cancel(order.id.clone())).await.unwrap();
                    asked = true;
                }
                stages.push(progress.stage);
            }
            Event::Notice(notice) => notices.push(notice.text.to_string()),
            _ => {}
        }
    }
    (stages, notices)
}

#[tokio::test]
async fn what_an_agent_had_is_transferred_back_to_that_agent() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let (served, agent) = held(&site, &floor, "connected").await;
    let target = Target::Agent(agent);
    let order = HandoffOrder {
        waiver: Some("whatever the bot was sure of".into()),
        ..order(&floor, &served["id"], target)
    };
    site.floor.answers(&["timed_out", "accepted"]).await;
    let (stages, notices) = take_back(&mut handle, &order).await;
    assert_eq!(stages.last(), Some(&Stage::TakenBack), "{stages:?} {notices:?}");
    until("the agent has the customer again", async || {
        let after = session(&site, &served["id"]).await;
        (after["state"] == "connected" && after["agent"] == served["agent"]).then_some(())
    })
    .await;
    let applied = site.applied(&served["id"]).await;
    let outcomes: Vec<_> = applied.iter().map(|h| &h["outcome"]).collect();
    assert_eq!(outcomes, ["recalled", "accepted"]);
    let events: Vec<_> = site.audit(&order.id).await.iter().map(|r| r.event.to_string()).collect();
    assert_eq!(events, ["handoff_initiated", "compensation_initiated", "handoff_compensated"]);
    site.close();
}

#[tokio::test]
async fn what_a_bot_had_goes_on_and_the_person_is_told_why() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let (talks, agent) = held(&site, &floor, "bot").await;
    let target = Target::Agent(agent);
    let order = HandoffOrder {
        waiver: Some("whatever the mood".into()),
        ..order(&floor, &talks["id"], target)
    };
    site.floor.answers(&["accepted"]).await;
    let (stages, notices) = take_back(&mut handle, &order).await;
    // No route gives a session to a bot: the customer is left with whoever rings.
    assert!(matches!(stages.last(), Some(Stage::Accepted { .. })), "{stages:?}");
    let told = notices.iter().any(|text| text.contains("came from a bot"));
    assert!(told, "{notices:?}");
    assert_eq!(site.applied(&talks["id"]).await.len(), 1, "nothing else was asked for");
    site.close();
}

#[tokio::test]
async fn attributes_summary_and_reason_travel_exactly() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let (waiting, agent) = match_of(&site, &floor).await;
    let summary = Summary { text: "Wants a refund.".into(), by_hand: true };
    let payload = Payload {
        attributes: [("order".into(), "4711 «é»".into())].into(),
        summary: Some(summary),
        ..Payload::default()
    };
    let order = HandoffOrder {
        payload,
        reason: "billing dispute".into(),
        ..order(&floor, &waiting["id"], Target::Agent(agent))
    };
    site.floor.answers(&["accepted"]).await;
    let stages = carry_out(&mut handle, &[order]).await;
    assert!(matches!(stages[0].last(), Some(Stage::Accepted { .. })), "{stages:?}");
    let attributes = &session(&site, &waiting["id"]).await["attributes"];
    for (name, value) in [
        ("bot_handoff_reason", "billing dispute"),
        ("handoff_summary", "Wants a refund."),
        ("order", "4711 «é»"),
    ] {
        assert_eq!(attributes[name], value, "{attributes}");
    }
    site.close();
}

#[tokio::test]
async fn a_session_that_waits_there_already_is_routed_otherwise_in_place() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let waiting = &site.floor.sessions("waiting").await[0];
    let queue = waiting["queue"].as_str().unwrap();
    let skill = site.floor.get("/api/v2/routing/skills").await.json()["entities"][0].clone();
    let skills = vec![Requirement {
        id: Some(skill["id"].as_str().unwrap().into()),
        name: skill["name"].as_str().unwrap().into(),
    }];
    let demands = Demands { skills, language: None, priority: Some(7) };
    let order =
        HandoffOrder { demands, ..order(&floor, &waiting["id"], Target::Queue(queue.into())) };
    let stages = carry_out(&mut handle, std::slice::from_ref(&order)).await;
    assert_eq!(stages[0].last(), Some(&Stage::Queued), "{stages:?}");
    let ledger = site.floor.ledger().await;
    assert_eq!(ledger["handoffs"], json!([]), "nobody was moved");
    let reroute = &ledger["reroutes"][0];
    assert_eq!((&reroute["conversation"], &reroute["priority"]), (&waiting["id"], &json!(7)));
    assert_eq!(site.audit(&order.id).await[1].transfer.as_deref(), Some("reroute"));
    site.close();
}
