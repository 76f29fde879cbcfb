//! What a person does in conversations themselves, over the simulator's API; and that a client can't.

use floorwalker::simulator::{Options, Permissions};
use serde_json::{Value, json};

use crate::simulated::{Floor, Reply, frozen};

/// A floor with the token of a person, and the id of a session that an agent has.
async fn signed_in(options: Options) -> (Floor, String) {
    let mut floor = Floor::open(options).await;
    let session = floor.sessions("connected").await[0]["id"].as_str().unwrap().to_owned();
    floor.token = floor.person().await;
    (floor, session)
}

fn at(session: &str, rest: &str) -> String {
    format!("/api/v2/conversations/messages/{session}/{rest}")
}

async fn conversation(floor: &Floor, session: &str) -> Value {
    floor.get(&format!("/api/v2/conversations/{session}")).await.json()
}

/// The last participant of whom this is true.
async fn party(floor: &Floor, session: &str, is: impl Fn(&Value) -> bool) -> Option<Value> {
    let whole = conversation(floor, session).await;
    whole["participants"].as_array().unwrap().iter().rfind(|it| is(it)).cloned()
}

async fn agent(floor: &Floor, session: &str) -> Value {
    let serves = |it: &Value| it["purpose"] == "agent" && it["endTime"].is_null();
    party(floor, session, serves).await.unwrap()
}

async fn listener(floor: &Floor, session: &str) -> Option<Value> {
    let listens = |it: &Value| it["monitoredParticipantId"].is_string() && it["endTime"].is_null();
    party(floor, session, listens).await
}

async fn monitor(floor: &Floor, session: &str) -> Reply {
    let agent = agent(floor, session).await;
    let path = at(session, &format!("participants/{}/monitor", agent["id"].as_str().unwrap()));
    floor.post(&path, Value::Null).await
}

async fn say(floor: &Floor, session: &str, text: &str) -> Reply {
    let agent = agent(floor, session).await;
    let communication = agent["messages"][0]["id"].as_str().unwrap();
    let path = at(session, &format!("communications/{communication}/messages"));
    floor.post(&path, json!({"textBody": text})).await
}

fn refused(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.code())
}

#[tokio::test]
async fn a_person_listens_in_and_leaves_again() {
    let (floor, session) = signed_in(frozen()).await;
    let me = floor.get("/api/v2/users/me").await.json()["id"].clone();
    let listened = agent(&floor, &session).await;
    assert_eq!(monitor(&floor, &session).await.status, 201);
    let own = listener(&floor, &session).await.unwrap();
    assert_eq!((&own["userId"], &own["monitoredParticipantId"]), (&me, &listened["id"]));
    assert_eq!(own["mediaRoles"], json!(["monitor"]));
    assert_eq!(
        refused(&monitor(&floor, &session).await),
        (409, "conversation.error.conflict".into())
    );
    // Who listens in serves nobody.
    assert_eq!(agent(&floor, &session).await["id"], listened["id"]);
    floor.step(10).await;
    let path = "/api/v2/analytics/conversations/details/query";
    let now = floor.world().await["now"].as_str().unwrap().to_owned();
    let day = now.split('T').next().unwrap();
    let today = format!("{day}T00:00:00.000Z/{day}T23:59:59.999Z");
    assert_eq!(floor.post(path, json!({"interval": today})).await.status, 200);
    let path = at(&session, &format!("participants/{}", own["id"].as_str().unwrap()));
    let left = floor.patch(&path, json!({"state": "disconnected"})).await;
    assert_eq!((left.status.as_u16(), left.text.as_str()), (202, ""));
    assert!(listener(&floor, &session).await.is_none());
    assert_eq!(agent(&floor, &session).await["id"], listened["id"], "the agent stays");
    let deeds = floor.ledger().await["deeds"].clone();
    let done: Vec<_> = deeds.as_array().unwrap().iter().map(|it| &it["operation"]).collect();
    assert_eq!(done, ["monitor", "leave"]);
    assert_eq!((&deeds[0]["user"], &deeds[0]["participant"]), (&me, &own["id"]));
}

#[tokio::test]
async fn who_listens_in_goes_with_the_agent() {
    let (floor, session) = signed_in(frozen()).await;
    assert_eq!(monitor(&floor, &session).await.status, 201);
    floor.elsewhere(json!({"takes": session})).await;
    assert!(listener(&floor, &session).await.is_none());
}

#[tokio::test]
async fn the_connected_agent_writes_and_nobody_else() {
    let (floor, session) = signed_in(frozen()).await;
    let stranger = say(&floor, &session, "Good day").await;
    let code = "conversation.error.forbidden.not.active.participant";
    assert_eq!(refused(&stranger), (403, code.into()));
    floor.elsewhere(json!({"takes": session})).await;
    let said = say(&floor, &session, "Good day").await;
    assert_eq!(said.status, 200, "{}", said.text);
    let (id, text) = (&said.json()["id"], &said.json()["normalizedMessage"]["text"]);
    assert_eq!(text, "Good day");
    let own = agent(&floor, &session).await;
    assert_eq!(&own["messages"][0]["messages"][0]["messageId"], id);
    let told = floor.get(&format!("/_simulator/transcript/{session}")).await.json();
    assert_eq!(told["messages"].as_array().unwrap().last().unwrap()["text"], "Good day");
    for text in ["", &"x".repeat(2001)] {
        assert_eq!(say(&floor, &session, text).await.status, 400);
    }
    assert_eq!(floor.ledger().await["deeds"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_does_none_of_it() {
    let floor = Floor::open(frozen()).await;
    let session = floor.sessions("connected").await[0]["id"].as_str().unwrap().to_owned();
    for reply in [monitor(&floor, &session).await, say(&floor, &session, "x").await] {
        assert_eq!(refused(&reply), (403, "not.authorized".into()));
        assert!(reply.text.contains("requires a user context"), "{}", reply.text);
    }
    let grant = |it: Value| it["OAuthClient"]["authorizedGrantType"].clone();
    assert_eq!(grant(floor.get("/api/v2/tokens/me").await.json()), "CLIENT-CREDENTIALS");
    let (floor, _) = signed_in(frozen()).await;
    assert_eq!(grant(floor.get("/api/v2/tokens/me").await.json()), "CODE");
    let subject = floor.get("/api/v2/authorization/subjects/me").await.json();
    assert_eq!(subject["name"], "Robin Vale");
}

#[tokio::test]
async fn rights_and_presence_are_asked_for() {
    let denied = Permissions::all_but([
        "conversation:message:monitor",
        "conversation:message:create",
        "conversation:webmessaging:create",
    ]);
    let (floor, session) = signed_in(Options { permissions: denied, ..frozen() }).await;
    let missing = "missing.any.permissions";
    assert_eq!(refused(&monitor(&floor, &session).await), (403, missing.into()));
    assert_eq!(refused(&say(&floor, &session, "x").await), (403, missing.into()));
    let (floor, session) = signed_in(frozen()).await;
    floor.elsewhere(json!({"presence": "AWAY"})).await;
    assert!(monitor(&floor, &session).await.text.contains("must be available"));
    floor.elsewhere(json!({"presence": "AVAILABLE"})).await;
    floor.elsewhere(json!({"listens": session})).await;
    assert_eq!(monitor(&floor, &session).await.status, 409, "a colleague listens already");
    let waiting = floor.sessions("waiting").await[0].clone();
    let path = at(
        waiting["id"].as_str().unwrap(),
        &format!("participants/{}/monitor", waiting["participant"].as_str().unwrap()),
    );
    assert_eq!(floor.post(&path, Value::Null).await.status, 400);
}
