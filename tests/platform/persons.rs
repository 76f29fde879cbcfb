//! What a person does in sessions themselves, by the real client and engine: done once, and settled by reading.

use std::{sync::Arc, time::Duration};

use floorwalker::{
    domain::{
        audit::Account,
        deed::{Deed, DeedKind, DeedOrder, DeedStage, Saying},
        floor::Floor,
        handoff::{HandoffOrder, Target},
        id::{AgentId, SessionId},
        queue::{Queue, QueueState},
        session::SessionState,
    },
    engine::{Command, Event, Handle},
    genesys::{
        Genesys, Lane,
        auth::Means,
        person::{Grant, Hold, Keep, Missing, Person},
        platform::Platform,
    },
    simulator::{Options, Permissions},
    store::Store,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    checked::Checked,
    simulated::frozen,
    site::{self, PATIENCE, Site, ready},
};

/// A sign-in as a process keeps it, in memory.
#[derive(Debug)]
struct Kept(String);

impl Keep for Kept {
    fn read(&self) -> Result<Grant, Missing> {
        let later = Timestamp::now() + SignedDuration::from_hours(1);
        let (access, renewal) = (self.0.clone().into(), Some("to renew with".into()));
        Ok(Grant { access, renewal, renew_at: later, until: later })
    }

    fn replace(&self, _: &SecretString, _: &Grant) -> Result<bool, String> {
        Err("nobody renews it".into())
    }

    fn hold(&self) -> Result<Option<Hold>, String> {
        Ok(Some(Box::new(())))
    }

    fn again(&self) -> String {
        "floorwalker login".into()
    }
}

/// A contact centre to which somebody has signed in, and an engine of theirs.
struct Desk {
    site: Site,
    handle: Handle,
    me: AgentId,
}

async fn desk(options: Options) -> Desk {
    desk_with(options, None).await
}

/// The same with a login host of its own.
async fn desk_with(options: Options, token_url: Option<String>) -> Desk {
    let mut site = Site::open(options).await;
    let token = site.floor.person().await;
    let http = reqwest::Client::new();
    let asked = http.get(format!("{}/api/v2/users/me", site.floor.running.base_url()));
    let me = asked
        .bearer_auth(&token)
        .timeout(Duration::from_secs(20))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let me: Value = serde_json::from_str(&me).unwrap();
    let id = me["id"].as_str().unwrap();
    site.account = Some(Account { id: id.into(), name: Some("Robin Vale".into()) });
    // What never answers is given up soon, and cannot arrive much later here.
    (site.timeout, site.late) = (Duration::from_secs(2), Duration::from_secs(4));
    let mut settings = site.settings();
    settings.client.secret = Means::Person(Arc::new(Person::new(Box::new(Kept(token)))));
    if let Some(token_url) = token_url {
        (settings.client.token_url, settings.token_timeout) = (token_url, site.timeout);
    }
    let platform = Platform::new(Checked::new(&site.watch), settings);
    let handle = site.engine_on(platform);
    Desk { site, handle, me: id.into() }
}

impl Desk {
    /// Sessions that agents have.
    async fn held(&mut self, most: usize) -> Vec<SessionId> {
        ready(&mut self.handle).await;
        let held = self.site.floor.sessions("connected").await;
        held.iter().take(most).map(|it| it["id"].as_str().unwrap().into()).collect()
    }

    /// The same as whoever has signed in has them.
    async fn served(&mut self, most: usize) -> Vec<SessionId> {
        let all = self.held(most).await;
        for id in &all {
            self.site.floor.elsewhere(json!({"takes": id.to_string()})).await;
        }
        let me = self.me.clone();
        let mine = |f: &Floor, id: &SessionId| f.session(id).unwrap().agent == Some(me.clone());
        site::floor(&mut self.handle, |f| all.iter().all(|id| mine(f, id))).await;
        all
    }

    fn order(&self, id: &SessionId, deed: Deed) -> DeedOrder {
        let floor = self.handle.floor.borrow();
        DeedOrder::new(id.clone(), floor.session(id).unwrap().standing(), deed)
    }

    /// Sends orders together, and tells how each ended.
    async fn carry_out(&mut self, orders: &[DeedOrder]) -> Vec<DeedStage> {
        for order in orders {
            self.handle.commands.send(Command::Deed(Box::new(order.clone()))).await.unwrap();
        }
        let mut ends = vec![None; orders.len()];
        let end = Instant::now() + PATIENCE;
        while ends.iter().any(Option::is_none) {
            let event = timeout_at(end, self.handle.events.recv()).await.expect("an end of each");
            let Event::Deed(news) = event.expect("an engine that runs") else { continue };
            if news.stage.is_final() {
                let at = orders.iter().position(|order| order.id == news.order.id).unwrap();
                ends[at] = Some(news.stage);
            }
        }
        ends.into_iter().flatten().collect()
    }

    async fn one(&mut self, id: &SessionId, deed: Deed) -> DeedStage {
        let order = self.order(id, deed);
        self.carry_out(&[order]).await.remove(0)
    }

    /// What was really done, by kind.
    async fn done(&self, id: &SessionId, kind: DeedKind) -> usize {
        let ledger = self.site.floor.ledger().await;
        let deeds = ledger["deeds"].as_array().unwrap().iter();
        let ours =
            |it: &&Value| it["conversation"] == id.to_string() && it["operation"] == kind.word();
        deeds.filter(ours).count()
    }

    /// Waits until the floor says who listens in.
    async fn heard_by(&mut self, id: &SessionId, who: Option<AgentId>) {
        let heard = |f: &Floor| f.session(id).is_some_and(|it| it.monitor == who);
        site::floor(&mut self.handle, heard).await;
    }
}

fn say() -> Deed {
    Deed::Say(Saying::new("It left on Monday.".into()))
}

#[tokio::test]
async fn a_person_listens_in_is_seen_to_and_leaves() {
    let mut desk = desk(frozen()).await;
    let (id, me) = (desk.held(1).await.remove(0), desk.me.clone());
    assert_eq!(desk.one(&id, Deed::Monitor).await, DeedStage::Done);
    desk.heard_by(&id, Some(me.clone())).await;
    let row = desk.handle.floor.borrow().session(&id).unwrap().clone();
    assert_eq!(row.state, SessionState::Connected);
    assert_ne!(row.agent, Some(me), "the agent goes on serving");
    assert_eq!(desk.one(&id, Deed::Leave).await, DeedStage::Done);
    desk.heard_by(&id, None).await;
    assert_eq!(
        (desk.done(&id, DeedKind::Monitor).await, desk.done(&id, DeedKind::Leave).await),
        (1, 1)
    );
    let records = desk.site.store.page(None, 10).await.unwrap();
    let events: Vec<_> = records.iter().rev().map(|it| it.event.to_string()).collect();
    let told =
        ["monitoring_initiated", "monitoring_begun", "monitoring_ending", "monitoring_ended"];
    assert_eq!(events, told);
    desk.site.close();
}

#[tokio::test]
async fn whoever_is_listened_to_can_be_handed_off_like_anybody() {
    let mut desk = desk(frozen()).await;
    let id = desk.held(1).await.remove(0);
    assert_eq!(desk.one(&id, Deed::Monitor).await, DeedStage::Done);
    desk.heard_by(&id, Some(desk.me.clone())).await;
    let floor = desk.handle.floor.borrow().clone();
    let other = |q: &&Queue| {
        q.state == QueueState::Open && floor.session(&id).unwrap().queue != Some(q.id.clone())
    };
    let queue = floor.queues.iter().find(other).unwrap().id.clone();
    let order = site::order(&floor, &id.to_string().into(), Target::Queue(queue));
    let order = HandoffOrder { waiver: Some("a test".into()), ..order };
    let stages = site::carry_out(&mut desk.handle, &[order]).await;
    assert_eq!(site::end(&stages[0]), "queued", "{stages:?}");
    desk.heard_by(&id, None).await;
    desk.site.close();
}

#[tokio::test]
async fn the_connected_agent_writes_and_the_customer_has_it_once() {
    let mut desk = desk(frozen()).await;
    let id = desk.served(1).await.remove(0);
    assert_eq!(desk.one(&id, say()).await, DeedStage::Done);
    let told = desk.site.floor.get(&format!("/_simulator/transcript/{id}")).await.json();
    let said = told["messages"].as_array().unwrap().iter();
    assert_eq!(said.filter(|it| it["text"] == "It left on Monday.").count(), 1);
    // The org tells whose words they are.
    let platform = desk.site.platform();
    let now = platform.look(&id, Lane::Operator).await.unwrap();
    let heard = platform.wrote(&id, &now.message_ids).await.unwrap();
    let ours = heard.iter().find(|it| it.text.expose().as_str() == "It left on Monday.").unwrap();
    assert_eq!(ours.author, Some(desk.me.clone()));
    desk.site.close();
}

/// With every such request struck by a fault, each ends as the ledger says, and was sent once. Some of the
/// struck requests must have acted and some not, or nothing is shown.
async fn in_doubt(fault: &str, deed: Deed) {
    let mut desk = desk(frozen()).await;
    let (kind, most) = (deed.kind(), 6);
    let all = match kind {
        DeedKind::Say => desk.served(most).await,
        _ => desk.held(most).await,
    };
    let orders: Vec<_> = all.iter().map(|id| desk.order(id, deed.clone())).collect();
    desk.site.faults(&[fault], &["/monitor", "/communications/"]).await;
    let ends = desk.carry_out(&orders).await;
    let mut acted = 0;
    for (id, end) in all.iter().zip(&ends) {
        let done = desk.done(id, kind).await;
        let expected = match (done, kind) {
            (1, _) => "done",
            (0, DeedKind::Say) => "unknown",
            (0, _) => "failed",
            _ => panic!("{fault}: done {done} times"),
        };
        assert_eq!(end.word(), expected, "{fault}: {end:?}");
        acted += done;
    }
    assert!(acted > 0 && acted < all.len(), "{fault}: {acted} of {} acted", all.len());
    let struck = desk.site.floor.ledger().await["faults"].clone();
    assert_eq!(struck[fault.split('=').next().unwrap()], all.len(), "each was sent once: {struck}");
    desk.site.close();
}

/// Together, for what does not come takes the twelve seconds after which it is given up.
#[tokio::test]
async fn a_reply_that_is_lost_is_settled_by_reading() {
    tokio::join!(
        in_doubt("500=1", Deed::Monitor),
        in_doubt("reset=1", Deed::Monitor),
        in_doubt("timeout=1", Deed::Monitor),
        in_doubt("500=1", say()),
        in_doubt("reset=1", say()),
        in_doubt("timeout=1", say()),
    );
}

/// The request is refused with its token, and nobody gives another: that is known, and told at once.
#[tokio::test]
async fn what_never_left_for_want_of_a_token_has_not_happened() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let login = format!("http://{}/oauth/token", silent.local_addr().unwrap());
    let mut desk = desk_with(frozen(), Some(login)).await;
    let id = desk.served(1).await.remove(0);
    desk.site.faults(&["401=1"], &["/communications/"]).await;
    let end = desk.one(&id, say()).await;
    assert_eq!(end.word(), "failed", "{end:?}");
    assert!(end.reason().unwrap().contains("nothing was sent"), "{end:?}");
    assert_eq!(desk.done(&id, DeedKind::Say).await, 0);
    let records = desk.site.store.page(None, 1).await.unwrap();
    let last = (records[0].event.to_string(), records[0].status.clone());
    assert_eq!(last, ("message_failed".into(), Some("failed".into())));
    desk.site.close();
}

#[tokio::test]
async fn a_spoilt_answer_of_what_was_done_does_not_undo_it() {
    let mut desk = desk(frozen()).await;
    let id = desk.served(1).await.remove(0);
    desk.site.faults(&["html=1"], &["/communications/"]).await;
    assert_eq!(desk.one(&id, say()).await, DeedStage::Done);
    assert_eq!(desk.done(&id, DeedKind::Say).await, 1);
    desk.site.close();
}

#[tokio::test]
async fn what_the_org_refuses_is_told_in_its_words() {
    let denied = Permissions::all_but(["conversation:message:monitor"]);
    let mut desk = desk(Options { permissions: denied, ..frozen() }).await;
    let ids = desk.held(2).await;
    let refused = desk.one(&ids[0], Deed::Monitor).await;
    assert_eq!(refused.word(), "failed");
    let why = refused.reason().unwrap();
    assert!(why.contains("conversation:message:monitor"), "{why}");
    desk.site.floor.elsewhere(json!({"listens": ids[1].to_string()})).await;
    desk.site.floor.step(1).await;
    let row = |f: &Floor| f.session(&ids[1]).is_some_and(|it| it.monitor.is_some());
    let refused = desk.one(&ids[1], Deed::Monitor).await;
    assert!(refused.reason().unwrap().contains("another supervisor monitors it"), "{refused:?}");
    // The refusal has read it: the row says so before the next query does.
    site::floor(&mut desk.handle, row).await;
    desk.site.close();
}

#[tokio::test]
async fn a_client_of_its_own_asks_for_none_of_it() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    let id: SessionId = site.floor.sessions("connected").await[0]["id"].as_str().unwrap().into();
    let seen = floor.session(&id).unwrap().standing();
    let known = timeout(PATIENCE, handle.pulse.wait_for(|pulse| pulse.rights.is_some())).await;
    let rights = known.expect("rights").unwrap().clone();
    assert!(rights.rights.as_ref().unwrap().each().all(|(need, _)| !need.person));
    let order = DeedOrder::new(id, seen, Deed::Monitor);
    handle.commands.send(Command::Deed(Box::new(order))).await.unwrap();
    let until = Instant::now() + PATIENCE;
    let end = loop {
        let event = timeout_at(until, handle.events.recv()).await.expect("an end of it");
        match event.expect("an engine that runs") {
            Event::Deed(news) if news.stage.is_final() => break news.stage,
            _ => {}
        }
    };
    assert_eq!(end.word(), "rejected");
    assert!(end.reason().unwrap().contains("floorwalker login"), "{end:?}");
    assert_eq!(site.answered(403).await, 0, "nothing was tried");
    site.close();
}
