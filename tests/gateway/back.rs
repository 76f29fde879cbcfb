//! Taking back what still rings, behind a gateway: to the queue or the agent it came from.

use floorwalker::{
    domain::handoff::{HandoffOrder, Stage, Target},
    engine::{Command, Event},
    simulator::Options,
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    simulated::until,
    site::PATIENCE,
    spy::{Scene, small},
};

/// The first does not answer in time, the next one does.
const LATE: [&str; 2] = ["timed_out", "accepted"];

/// Hands a session in this state to an agent, and takes it back as soon as it rings.
async fn take_back(
    scene: &mut Scene,
    state: &str,
    answers: &[&str],
) -> (HandoffOrder, Vec<Stage>, Vec<String>) {
    let (session, agent) = scene.fitting(state, &mut Vec::new());
    let order = scene.order(&session, Target::Agent(agent));
    scene.site.floor.answers(answers).await;
    scene.handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    let (mut stages, mut notices, mut asked) = (Vec::new(), Vec::new(), false);
    let end = Instant::now() + PATIENCE;
    while !stages.last().is_some_and(Stage::is_final) {
        let event = timeout_at(end, scene.handle.events.recv()).await.expect("an end of it");
        match event.expect("an engine that runs") {
            Event::Handoff(progress) => {
                if progress.stage.can_take_back() && !asked {
                    scene.handle.commands.send(Command::Cancel(order.id.clone())).await.unwrap();
                    asked = true;
                }
                stages.push(progress.stage);
            }
            Event::Notice(notice) => notices.push(notice.text.to_string()),
            _ => {}
        }
    }
    (order, stages, notices)
}

/// What the ledger has of an order, in order.
async fn outcomes(scene: &Scene, order: &HandoffOrder) -> Vec<Value> {
    let applied = scene.site.applied(&json!(order.session)).await;
    applied.iter().map(|handoff| handoff["outcome"].clone()).collect()
}

#[tokio::test]
async fn what_waited_is_transferred_back_to_its_queue() {
    let mut scene = Scene::open(Options { speed: 1.0, ..small() }).await;
    let (order, stages, notices) = take_back(&mut scene, "waiting", &LATE).await;
    assert_eq!(stages.last(), Some(&Stage::TakenBack), "{stages:?} {notices:?}");
    assert_eq!(outcomes(&scene, &order).await, ["recalled", "queued"]);
    let told = scene.told(&order.session).await;
    assert_eq!(told["routingMetadata"]["queue"]["id"], json!(order.seen.queue));
    scene.site.close();
}

#[tokio::test]
async fn what_an_agent_had_is_transferred_back_to_that_agent() {
    let mut scene = Scene::open(Options { speed: 1.0, ..small() }).await;
    let (order, stages, notices) = take_back(&mut scene, "connected", &LATE).await;
    assert_eq!(stages.last(), Some(&Stage::TakenBack), "{stages:?} {notices:?}");
    until("the agent has the customer again", async || {
        let settled = outcomes(&scene, &order).await == ["recalled", "accepted"];
        settled.then_some(())
    })
    .await;
    let told = scene.told(&order.session).await;
    assert_eq!(told["state"], "connected");
    scene.site.close();
}

#[tokio::test]
async fn what_a_bot_had_goes_on_and_the_person_is_told_why() {
    let mut scene = Scene::open(Options { speed: 1.0, ..small() }).await;
    let (order, stages, notices) = take_back(&mut scene, "bot", &["accepted"]).await;
    assert!(matches!(stages.last(), Some(Stage::Accepted { .. })), "{stages:?}");
    assert!(notices.iter().any(|text| text.contains("came from a bot")), "{notices:?}");
    assert_eq!(outcomes(&scene, &order).await, ["accepted"]);
    scene.site.close();
}
