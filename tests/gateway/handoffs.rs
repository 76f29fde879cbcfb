//! The four ways to hand over, each with the real engine: what went over the wire, what the ledger says
//! really happened, what the log says and what the floor shows.

use floorwalker::{
    domain::{
        handoff::{HandoffOrder, Stage, Target},
        id::SessionId,
        session::{Requirement, SessionState},
    },
    engine::Event,
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    simulated::until,
    site::{PATIENCE, carry_out, end, floor},
    spy::{Scene, Sent, small},
};

/// Every state that a session can be handed over in.
const STATES: [&str; 3] = ["bot", "waiting", "connected"];

/// The one handoff that the ledger has of a session, once it is settled.
async fn settled(scene: &Scene, session: &SessionId) -> Value {
    let mut all = until("the handoff is settled", async || {
        let all = scene.site.applied(&json!(session)).await;
        all.iter().all(|h| h["outcome"].is_string()).then_some(all)
    })
    .await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// That the log has this handoff as announced and done, in that order.
async fn assert_logged(scene: &Scene, order: &HandoffOrder, how: &str, status: &str) {
    let audit = scene.site.audit(&order.id).await;
    let events: Vec<&str> = audit.iter().map(|record| record.event.as_str()).collect();
    assert_eq!(events, ["handoff_initiated", "handoff_completed"]);
    let last = &audit[1];
    assert_eq!((last.dialect.as_str(), last.transfer.as_deref()), ("gateway", Some(how)));
    assert_eq!(last.status.as_deref(), Some(status));
    assert!(last.request_ms.is_some() && last.participant.is_some());
}

fn post(path: String, body: Value) -> Sent {
    Sent { method: "POST", path, body }
}

#[tokio::test]
async fn an_agent_gets_a_session_with_history_and_summary() {
    let mut scene = Scene::open(small()).await;
    scene.site.agents_answer("accepted").await;
    let (mut used, mut orders) = (Vec::new(), Vec::new());
    for state in STATES {
        let (session, agent) = scene.fitting(state, &mut used);
        orders.push(scene.order(&session, Target::Agent(agent)));
    }
    let stages = carry_out(&mut scene.handle, &orders).await;
    for (order, stages) in orders.iter().zip(&stages) {
        let Target::Agent(agent) = &order.target else { panic!("{order:?}") };
        assert_eq!(stages.last(), Some(&Stage::Accepted { agent: agent.clone() }), "{stages:?}");
        let sent = scene.spy.writes(&order.session);
        let summary = sent[0].body["summary"].clone();
        assert!(summary.as_str().is_some_and(|text| !text.is_empty()));
        let path = format!("/api/v2/messaging/conversations/{}/transfer", order.session);
        let body = json!({
            "transferTo": {"id": agent, "type": "user"}, "historySize": 150, "includeHistory": true,
            "summary": summary, "reason": "skill_based_handoff",
        });
        assert_eq!(sent, [post(path, body)]);
        let applied = settled(&scene, &order.session).await;
        assert_eq!(
            (&applied["operation"], &applied["outcome"]),
            (&json!("gateway/transfer"), &json!("accepted"))
        );
        assert_eq!(applied["to"], json!({"kind": "agent", "id": agent}));
        let context =
            json!({"historySize": 150, "summary": summary, "reason": "skill_based_handoff"});
        assert_eq!(applied["context"], context);
        assert_logged(&scene, order, "gateway_transfer", "accepted").await;
        floor(&mut scene.handle, |f| {
            let row = f.session(&order.session);
            row.is_some_and(|s| {
                (s.state, s.agent.as_ref()) == (SessionState::Connected, Some(agent))
            })
        })
        .await;
    }
    scene.site.close();
}

#[tokio::test]
async fn a_summary_in_the_persons_own_words_is_not_made_anew() {
    let mut scene = Scene::open(small()).await;
    scene.site.agents_answer("refused").await;
    let (session, agent) = scene.fitting("waiting", &mut Vec::new());
    let mut order = scene.order(&session, Target::Agent(agent));
    let text = "Wants the money back.".to_owned();
    order.payload.summary = Some(floorwalker::domain::payload::Summary { text, by_hand: true });
    order.reason = "angry".into();
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "refused");
    let sent = scene.spy.writes(&session);
    assert_eq!(sent[0].body["summary"], "Wants the money back.");
    assert_eq!(sent[0].body["reason"], "angry");
    assert!(scene.spy.all().iter().all(|s| !s.path.ends_with("/summary")), "none was made");
    scene.site.close();
}

/// The state in which a queue's new session can be: routing may have found somebody at once.
fn is_with(queue: &Target, session: &floorwalker::domain::session::Session) -> bool {
    let there = session.queue.clone().map(Target::Queue).as_ref() == Some(queue);
    there && matches!(session.state.word(), "waiting" | "alerting" | "connected")
}

#[tokio::test]
async fn a_queue_gets_the_context_with_the_guest_and_the_reason_is_reported() {
    let mut scene = Scene::open(small()).await;
    let (mut used, mut orders, mut guests) = (Vec::new(), Vec::new(), Vec::new());
    for state in STATES {
        let (session, queue) = scene.elsewhere(state, &mut used);
        guests.push(scene.told(&session).await["guestInfo"].clone());
        let mut order = scene.order(&session, queue);
        order.payload.attributes.insert("attempted_resolution".into(), "refund".into());
        order.reason = "complex_billing_dispute".into();
        orders.push(order);
    }
    let stages = carry_out(&mut scene.handle, &orders).await;
    for ((order, stages), guest) in orders.iter().zip(&stages).zip(&guests) {
        assert_eq!(stages.last(), Some(&Stage::Queued), "{stages:?}");
        let Target::Queue(queue) = &order.target else { panic!("{order:?}") };
        let sent = until("the reason is reported", async || {
            let sent = scene.spy.writes(&order.session);
            (sent.len() == 2).then_some(sent)
        })
        .await;
        let path = format!("/api/v2/conversations/{}/actions/transfer", order.session);
        let attributes = json!({
            "attempted_resolution": "refund", "bot_handoff_reason": "complex_billing_dispute",
        });
        let body = json!({
            "type": "webchat", "queueId": queue, "customAttributes": attributes, "guestInfo": guest,
        });
        assert_eq!(sent[0], post(path, body));
        let applied = settled(&scene, &order.session).await;
        assert_eq!(applied["operation"], "gateway/actions/transfer");
        assert_eq!((&applied["outcome"], &applied["to"]["id"]), (&json!("queued"), &json!(queue)));
        assert_eq!(applied["context"], json!({"customAttributes": attributes, "guestInfo": guest}));
        let events = scene.site.floor.ledger().await["events"].clone();
        let id = format!("handoff-{}", order.id);
        let event = events.as_array().unwrap().iter().find(|e| e["id"] == id).expect("reported");
        assert_eq!(event["eventPayload"]["handoffReason"], "complex_billing_dispute");
        assert_eq!(event["eventPayload"]["guestId"], guest["id"]);
        assert_logged(&scene, order, "actions_transfer", "queued").await;
        let shown = |f: &floorwalker::domain::floor::Floor| {
            f.session(&order.session).is_some_and(|s| is_with(&order.target, s))
        };
        floor(&mut scene.handle, shown).await;
    }
    scene.site.close();
}

#[tokio::test]
async fn with_nothing_to_tell_a_queue_gets_it_by_the_participant() {
    let mut scene = Scene::open(small()).await;
    let (mut used, mut orders, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for state in STATES {
        let (session, queue) = scene.elsewhere(state, &mut used);
        let all = scene.site.floor.sessions(state).await;
        let id = session.to_string();
        replaced.push(all.iter().find(|s| s["id"] == id).unwrap()["participant"].clone());
        orders.push(scene.order(&session, queue));
    }
    let stages = carry_out(&mut scene.handle, &orders).await;
    for ((order, stages), participant) in orders.iter().zip(&stages).zip(&replaced) {
        assert_eq!(stages.last(), Some(&Stage::Queued), "{stages:?}");
        let Target::Queue(queue) = &order.target else { panic!("{order:?}") };
        let party = participant.as_str().unwrap();
        let path = format!("/api/v2/conversations/{}/participants/{party}/transfer", order.session);
        let body = json!({"transfer_type": "queue", "queue_id": queue});
        assert_eq!(scene.spy.writes(&order.session), [post(path, body)]);
        let applied = settled(&scene, &order.session).await;
        assert_eq!(applied["operation"], "gateway/participant-transfer");
        assert_eq!(applied["participant"], *participant);
        assert_logged(&scene, order, "participant_transfer", "queued").await;
        let shown = |f: &floorwalker::domain::floor::Floor| {
            f.session(&order.session).is_some_and(|s| is_with(&order.target, s))
        };
        floor(&mut scene.handle, shown).await;
    }
    scene.site.close();
}

/// A skill that somebody on the floor has.
pub fn skill(scene: &Scene) -> Requirement {
    let all = scene.floor.agents.iter().flat_map(|a| a.skills.iter().flatten());
    let skill = all.min_by_key(|skill| skill.name.to_string()).expect("somebody can do something");
    Requirement { id: Some(skill.id.clone()), name: skill.name.clone() }
}

#[tokio::test]
async fn a_queue_is_told_which_skills_to_look_for() {
    let mut scene = Scene::open(small()).await;
    let mut used = Vec::new();
    let wanted = skill(&scene);
    let (session, queue) = scene.elsewhere("bot", &mut used);
    let mut order = scene.order(&session, queue.clone());
    order.demands.skills = vec![wanted.clone()];
    order.demands.priority = Some(5);
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(stages[0].last(), Some(&Stage::Queued), "{:?}", stages[0]);
    let Target::Queue(id) = &queue else { panic!("{queue:?}") };
    let path = format!("/api/v2/conversations/messaging/{session}");
    let skills = json!([{"id": wanted.id, "priority": 5}]);
    let body = json!({"routingMetadata": {"queue": {"id": id}, "skills": skills}});
    assert_eq!(scene.spy.writes(&session), [Sent { method: "PUT", path, body }]);
    let applied = settled(&scene, &session).await;
    assert_eq!(applied["operation"], "gateway/routing-metadata");
    assert_eq!(scene.told(&session).await["routingMetadata"]["skills"], skills);
    assert_logged(&scene, &order, "routing_metadata", "queued").await;
    let row = floor(&mut scene.handle, |f| {
        f.session(&session).is_some_and(|s| is_with(&queue, s) && s.priority == Some(5))
    })
    .await;
    let shown = &row.session(&session).unwrap().skills;
    assert_eq!(*shown, [wanted], "by the name that an agent's availability told");
    scene.site.close();
}

#[tokio::test]
async fn who_waits_is_told_other_skills_in_place() {
    let mut scene = Scene::open(small()).await;
    let wanted = skill(&scene);
    let waits = scene.floor.sessions.iter().find(|s| s.state == SessionState::Waiting).unwrap();
    let (session, queue) = (waits.id.clone(), waits.queue.clone().unwrap());
    let mut order = scene.order(&session, Target::Queue(queue.clone()));
    order.demands.skills = vec![wanted.clone()];
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(stages[0].last(), Some(&Stage::Queued), "{:?}", stages[0]);
    assert_eq!(scene.spy.writes(&session).len(), 1);
    assert!(scene.site.applied(&json!(session)).await.is_empty(), "nobody was moved");
    let reroutes = scene.site.floor.ledger().await["reroutes"].clone();
    assert_eq!(reroutes.as_array().unwrap().len(), 1);
    assert_eq!(reroutes[0]["conversation"], session.to_string());
    let told = scene.told(&session).await["routingMetadata"].clone();
    assert_eq!(told, json!({"queue": {"id": queue}, "skills": [{"id": wanted.id, "priority": 1}]}));
    assert_logged(&scene, &order, "routing_metadata", "queued").await;
    scene.site.close();
}

#[tokio::test]
async fn a_summary_for_the_card_is_made_by_the_gateway() {
    let mut scene = Scene::open(small()).await;
    let mut found = Vec::new();
    for session in scene.floor.sessions.iter().take(8) {
        let command = floorwalker::engine::Command::Summarise(session.id.clone());
        scene.handle.commands.send(command).await.unwrap();
        let end = Instant::now() + PATIENCE;
        while found.last().is_none_or(|(of, _)| *of != session.id) {
            let event = timeout_at(end, scene.handle.events.recv()).await.expect("an answer");
            let event = event.expect("an engine that runs");
            if let Event::Summary { session, found: text } = event {
                found.push((session, text.expect("no trouble")));
            }
        }
    }
    assert!(found.iter().any(|(_, text)| text.is_some()), "{found:?}");
    let asked = scene.spy.all().into_iter().find(|s| s.path.ends_with("/summary")).unwrap();
    assert_eq!((asked.method, &asked.body["type"]), ("POST", &json!("transfer")));
    scene.site.close();
}
