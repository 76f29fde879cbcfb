//! What the gateway refuses, and what is refused before it is asked.

use floorwalker::{
    domain::{
        handoff::{HandoffOrder, Stage, Target},
        id::SessionId,
    },
    engine::{Command, Event},
    simulator::{Options, Permissions},
};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::{
    handoffs::skill,
    site::{carry_out, end, floor},
    spy::{Scene, Sent, small},
};

/// Longer than anything here may take: what fails then is a test, not the clock.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
const DUPLICATE: &str = "Conversation already in transfer state. Preventing duplicate handoff.";

fn reason(stages: &[Stage]) -> &str {
    stages.last().and_then(Stage::reason).map_or("", |reason| reason.as_str())
}

/// That the log ends a handoff so, and that nobody was moved.
async fn assert_refused(scene: &Scene, order: &HandoffOrder, event: &str) {
    let audit = scene.site.audit(&order.id).await;
    let events: Vec<&str> = audit.iter().map(|record| record.event.as_str()).collect();
    assert_eq!(events, ["handoff_initiated", event]);
    assert!(scene.site.applied(&json!(order.session)).await.is_empty());
}

#[tokio::test]
async fn a_queue_that_filled_unseen_is_refused_by_the_gateway() {
    let mut scene = Scene::open(small()).await;
    let (session, queue) = scene.elsewhere("bot", &mut Vec::new());
    let mut order = scene.order(&session, queue.clone());
    order.reason = "why".into();
    scene.pause(&queue).await;
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "failed");
    let told = reason(&stages[0]);
    assert!(told.contains("Transfer forbidden: queue unavailable"), "{told}");
    assert!(told.contains("choose another queue"), "{told}");
    assert_eq!(scene.spy.writes(&session).len(), 1, "sent once, and no reason reported");
    assert_refused(&scene, &order, "handoff_failed").await;
    let audit = scene.site.audit(&order.id).await;
    assert_eq!(audit[1].error_code.as_deref(), Some("transfer.forbidden"));
    let row = floor(&mut scene.handle, |f| f.session(&session).is_some()).await;
    assert_eq!(row.session(&session).unwrap().state.word(), "bot", "it stays where it was");
    scene.site.close();
}

#[tokio::test]
async fn a_queue_that_is_seen_to_be_closed_is_not_asked() {
    let mut scene = Scene::open(small()).await;
    let (session, queue) = scene.elsewhere("bot", &mut Vec::new());
    let Target::Queue(id) = &queue else { panic!("{queue:?}") };
    scene.pause(&queue).await;
    let again = async {
        // Two queues a read, and a person presses no faster than this.
        loop {
            scene.handle.commands.send(Command::Refresh).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    };
    let mut watcher = scene.handle.floor.clone();
    let closed = watcher.wait_for(|f| f.queue(id).unwrap().state.word() == "paused");
    tokio::select! {
        found = closed => drop(found.unwrap()),
        () = again => unreachable!(),
        () = tokio::time::sleep(PATIENCE) => panic!("the queue is never seen to be paused"),
    }
    let order = scene.order(&session, queue.clone());
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "rejected");
    assert!(reason(&stages[0]).contains("is paused"), "{:?}", stages[0]);
    assert!(scene.spy.writes(&session).is_empty());
    assert_refused(&scene, &order, "handoff_rejected").await;
    scene.site.close();
}

/// What somebody else sends, right before ours.
fn rival(session: &SessionId, target: &Target) -> Sent {
    let Target::Queue(queue) = target else { panic!("{target:?}") };
    let body = json!({
        "transferTo": {"id": queue, "type": "queue"}, "historySize": 1, "includeHistory": true,
        "summary": "", "reason": "faster",
    });
    let path = format!("/api/v2/messaging/conversations/{session}/transfer");
    Sent { method: "POST", path, body }
}

#[tokio::test]
async fn whoever_is_second_is_told_and_sends_nothing_more() {
    let mut scene = Scene::open(small()).await;
    let mut used = Vec::new();
    for way in ["agent", "context", "skills", "participant"] {
        let (session, elsewhere) = scene.elsewhere("bot", &mut used);
        let mut order = scene.order(&session, elsewhere.clone());
        match way {
            "agent" => {
                let (session, agent) = scene.fitting("bot", &mut used);
                order = scene.order(&session, Target::Agent(agent));
            }
            "context" => order.reason = "why".into(),
            "skills" => order.demands.skills = vec![skill(&scene)],
            _ => {}
        }
        scene.spy.let_somebody_be_faster(rival(&order.session, &elsewhere));
        let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
        assert_eq!((end(&stages[0]), reason(&stages[0])), ("rejected", DUPLICATE), "{way}");
        assert_eq!(scene.spy.writes(&order.session).len(), 1, "{way}: sent once");
        let applied = scene.site.applied(&json!(order.session)).await;
        assert_eq!(applied.len(), 1, "{way}: the other one's alone");
        assert_eq!(applied[0]["context"]["reason"], "faster");
        let audit = scene.site.audit(&order.id).await;
        assert_eq!(audit.last().unwrap().event.as_str(), "handoff_rejected", "{way}");
    }
    scene.site.close();
}

#[tokio::test]
async fn a_missing_scope_is_told_at_the_start_and_where_it_is_missed() {
    let permissions = Permissions::all_but(["messaging:conversation:transfer"]);
    let mut scene = Scene::open(Options { permissions, ..small() }).await;
    let until = Instant::now() + PATIENCE;
    let told = loop {
        let event = timeout_at(until, scene.handle.events.recv()).await.expect("a notice");
        let Event::Notice(notice) = event.expect("an engine that runs") else { continue };
        if notice.text.contains("lacks") {
            break notice.text;
        }
    };
    assert!(told.contains("messaging:conversation:transfer"), "{told}");
    assert!(!told.contains("webchat"), "only what is missing: {told}");
    let (session, agent) = scene.fitting("bot", &mut Vec::new());
    let order = scene.order(&session, Target::Agent(agent));
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "failed");
    let why = reason(&stages[0]);
    assert!(why.contains("add the scope messaging:conversation:transfer"), "{why}");
    assert_refused(&scene, &order, "handoff_failed").await;
    scene.site.close();
}

#[tokio::test]
async fn what_this_gateway_has_no_way_for_is_refused_before_anything_is_sent() {
    let mut scene = Scene::open(small()).await;
    let (session, queue) = scene.elsewhere("bot", &mut Vec::new());
    let mut order = scene.order(&session, queue);
    order.demands.priority = Some(3);
    order.payload.attributes.insert("a".into(), "b".into());
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "rejected");
    assert!(reason(&stages[0]).contains("either skills or a context, not both"));
    assert!(scene.spy.writes(&session).is_empty());
    assert_refused(&scene, &order, "handoff_rejected").await;
    scene.site.close();
}
