//! What the floor shows of a gateway, and what it costs to keep it.

use std::{collections::HashMap, time::Duration};

use floorwalker::{
    domain::{
        agent::RoutingStatus,
        detail::Speaker,
        floor::Floor,
        id::{AgentId, SessionId},
        session::SessionState,
        text::Plain,
    },
    engine::{
        Attention, Command, Event,
        assembly::Assembly,
        snapshot::{Want, snapshot, snapshot_with},
    },
    genesys::{
        AgentState, Ask, Directory, Feed, Genesys, Lane, Patch, Profile, QueueFacts,
        client::Settings, gateway::Gateway,
    },
    policy::qualification::{Need, Rules, qualify},
    simulator::Options,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    simulated::until,
    site::{Site, floor, link, live},
    spy::{Scene, Spy, named, small},
};

fn ask(queues: &[&str], watched: Vec<SessionId>) -> Ask {
    Ask {
        now: Timestamp::now(),
        queues: queues.iter().map(|id| (*id).into()).collect(),
        flows: Vec::new(),
        agents: Vec::new(),
        newcomers: Vec::new(),
        watched,
        page: 1,
        seen: floorwalker::genesys::Seen::default(),
    }
}

async fn told(site: &Site, path: String) -> Value {
    let reply = site.floor.get(&path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

#[tokio::test]
async fn queues_are_shown_with_the_state_that_the_gateway_tells() {
    let scene = Scene::open(small()).await;
    assert_eq!(scene.floor.queues.len(), 4);
    for queue in &scene.floor.queues {
        let told = told(&scene.site, format!("/api/v2/routing/queues/{}", queue.id)).await;
        assert_eq!(told["name"].as_str().map(Plain::new).as_ref(), Some(&queue.name));
        let open = told["state"] == "available";
        assert_eq!(queue.state.word() == "open", open, "{told} is shown as {}", queue.state.word());
        let slots = queue.slots.expect("the gateway counts them");
        assert_eq!(told["capacity"], slots.capacity);
        let taken = told["current_load"].as_u64().unwrap();
        assert_eq!(u64::from(slots.free), u64::from(slots.capacity).saturating_sub(taken));
        assert_eq!((queue.waiting, queue.service_level), (None, None), "nobody tells");
    }
    scene.site.close();
}

#[tokio::test]
async fn agents_are_shown_with_their_status_skills_and_languages() {
    let scene = Scene::open(small()).await;
    let mut kinds = HashMap::new();
    for agent in &scene.floor.agents {
        let path = format!("/api/v2/routing/users/{}/availability", agent.id);
        let availability = told(&scene.site, path).await;
        let user = told(&scene.site, format!("/api/v2/users/{}", agent.id)).await;
        assert_eq!(agent.name, user["name"].as_str().map(Plain::new));
        let available = availability["state"] == "Available";
        assert_eq!(agent.routing == Some(RoutingStatus::Idle), available, "{availability}");
        let anything = Need { skills: &[], language: None };
        let verdict = qualify(agent, anything, Rules::default()).verdict;
        assert_eq!(verdict.passes(), available, "the gate says {}", verdict.reason());
        *kinds.entry(available).or_insert(0) += 1;
        let languages: Vec<String> =
            agent.languages.iter().flatten().map(|l| l.name.to_string()).collect();
        assert_eq!(json!(languages), user["languages"]);
        let rows = availability["skillAvailability"].as_array().unwrap().iter();
        let names: Vec<&str> = rows
            .filter(|row| row["state"] == "Available")
            .map(|row| row["skill"]["name"].as_str().unwrap())
            .collect();
        let skills: Option<Vec<&str>> =
            agent.skills.as_ref().map(|all| all.iter().map(|s| s.name.as_str()).collect());
        match (available, skills) {
            (true, skills) => assert_eq!(skills.as_ref(), Some(&names)),
            (false, skills) => assert_eq!(skills.unwrap_or_default(), names),
        }
        assert_eq!((agent.capacity, agent.sessions), (None, None), "nobody tells");
    }
    assert_eq!(kinds.len(), 2, "some are available and some are not");
    scene.site.close();
}

#[tokio::test]
async fn sessions_are_those_that_somebody_has_named() {
    let scene = Scene::open(small()).await;
    let words = HashMap::from([("queued", "waiting")]);
    for session in &scene.floor.sessions {
        let told = scene.told(&session.id).await;
        let state = told["state"].as_str().unwrap();
        assert_eq!(session.state.word(), *words.get(state).unwrap_or(&state));
        assert_eq!(session.guest, told["guestInfo"]["name"].as_str().map(Plain::new));
        let sentiment: f64 = told["sentiment"].as_str().expect("as a text").parse().unwrap();
        assert_eq!(session.sentiment, Some(sentiment));
        assert_eq!(session.confidence, told["intent"]["confidence"].as_f64());
        assert_eq!(session.intent.as_deref(), told["intent"]["intent"].as_str());
        assert_eq!(
            session.language.as_ref().map(|l| l.name.as_str()),
            told["context"]["locale"].as_str()
        );
        let queue = session.queue.as_ref().map(ToString::to_string);
        let routed = told["routingMetadata"]["queue"]["id"].as_str();
        assert!(routed.is_none() || queue.as_deref() == routed);
        assert_eq!(session.depth, None, "only its events tell");
    }
    scene.site.close();
}

#[tokio::test]
async fn a_session_that_is_over_or_is_none_goes_and_the_rest_stays() {
    let site = Site::open(small()).await;
    let spy = Spy::new();
    let mut handle = site.engine_on(Gateway::new(spy.clone(), site.settings()));
    let real = named(&site).await;
    let wrong: SessionId = "00000000-0000-4000-8000-000000000000".into();
    for id in real.iter().chain([&wrong, &"../x?y".into()]) {
        handle.commands.send(Command::Watch(id.clone())).await.unwrap();
    }
    live(&mut handle).await;
    floor(&mut handle, |f| f.sessions.len() == real.len()).await;
    let over = until("a session has ended", async || {
        site.floor.step(60).await;
        let open = named(&site).await;
        real.iter().find(|id| !open.contains(id)).cloned()
    })
    .await;
    handle.commands.send(Command::Watch(over.clone())).await.unwrap();
    floor(&mut handle, |f| f.session(&over).is_none()).await;
    assert!(handle.floor.borrow().session(&wrong).is_none());
    site.close();
}

#[tokio::test]
async fn one_that_is_not_there_does_not_hide_the_others_and_is_asked_for_once() {
    let site = Site::open(small()).await;
    let spy = Spy::new();
    let gateway = Gateway::new(spy.clone(), site.settings());
    let real = named(&site).await[..3].to_vec();
    let wrong: SessionId = "00000000-0000-4000-8000-000000000000".into();
    let ask = ask(&[], [vec![wrong.clone()], real].concat());
    for _ in 0..4 {
        let read = gateway.read(Feed::Sessions, &ask, Lane::Screen).await.unwrap();
        let Patch::Sessions(sessions) = read else { panic!("{read:?}") };
        assert_eq!(sessions.len(), 3);
    }
    let asked = spy.all().iter().filter(|s| s.path.contains(&wrong.to_string())).count();
    assert_eq!((asked, spy.all().len()), (1, 4 + 3 * 2), "and two of the others each time");
    site.close();
}

#[tokio::test]
async fn the_detail_tells_messages_and_how_often_it_was_passed_on() {
    let mut scene = Scene::open(small()).await;
    let session = scene
        .floor
        .sessions
        .iter()
        .find(|s| s.state == SessionState::Connected)
        .expect("somebody is served")
        .id
        .clone();
    // More than two pages of events.
    let body = json!({"conversation": session, "exchanges": 300});
    assert_eq!(scene.site.floor.post("/_simulator/talk", body).await.status, 200);
    let attention = Attention { detail: Some(session.clone()), agents: Vec::new() };
    scene.handle.commands.send(Command::Attend(attention)).await.unwrap();
    let detail = loop {
        let event = tokio::time::timeout(Duration::from_secs(30), scene.handle.events.recv()).await;
        match event.expect("an answer").unwrap() {
            Event::Detail(detail) => break detail,
            Event::NoDetail { reason, .. } => panic!("{reason}"),
            _ => {}
        }
    };
    assert_eq!((detail.messages.len(), detail.gaps.len()), (30, 0));
    assert!(detail.messages.is_sorted_by_key(|m| m.at));
    let of = |who| detail.messages.iter().any(|m| m.by == who);
    assert!(of(Speaker::Guest) && of(Speaker::Agent), "{:?}", detail.messages);
    let mut transfers = 0;
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v2/conversations/{session}/events?pageSize=250{cursor}");
        let page = told(&scene.site, path).await;
        let events = page["events"].as_array().unwrap().iter();
        transfers += events.filter(|event| event["type"] == "transfer").count();
        let Some(next) = page["nextPageCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(detail.session.depth, u32::try_from(transfers).ok());
    let shown =
        floor(&mut scene.handle, |f| f.session(&session).is_some_and(|s| s.depth.is_some()));
    assert_eq!(shown.await.session(&session).unwrap().depth, detail.session.depth);
    let read = scene.spy.all().into_iter().filter(|s| s.path.contains("&cursor=")).count();
    assert!(read >= 2, "page after page");
    scene.site.close();
}

#[tokio::test]
async fn every_member_of_a_large_queue_is_read() {
    let site = Site::open(Options { queues: 1, agents: 320, sessions: 0, ..small() }).await;
    let gateway = Gateway::new(Spy::new(), site.settings());
    let all = snapshot(&gateway, Want::default()).await.unwrap();
    assert_eq!(all.floor.agents.len(), 320);
    assert!(
        all.floor.agents.iter().all(|agent| agent.name.is_some()),
        "members come with their names"
    );
    site.close();
}

#[tokio::test]
async fn a_script_reads_the_whole_at_once() {
    let site = Site::open(Options { queues: 30, agents: 60, sessions: 40, ..small() }).await;
    let gateway = Gateway::new(Spy::new(), site.settings());
    let watched = named(&site).await;
    let want = Want { profiles: true, ..Want::default() };
    let all: Floor = snapshot_with(&gateway, want, &watched).await.unwrap().floor;
    assert_eq!(all.sessions.len(), watched.len());
    assert!(all.queues.iter().all(|queue| queue.state.word() != "-"));
    assert_eq!(all.loading.profiles, all.agents.len());
    assert!(all.loading.sessions_known);
    site.close();
}

/// Requests that the live feeds and the profiles make in a minute once everything was read.
async fn at_rest(options: Options) -> usize {
    let site = Site::open(options).await;
    let spy = Spy::new();
    let settings = Settings { allowed: 100_000, ..site.settings() };
    let gateway = Gateway::new(spy.clone(), settings);
    let directory = gateway.read(Feed::Directory, &ask(&[], Vec::new()), Lane::Screen).await;
    let Ok(Patch::Directory(directory)) = directory else { panic!("{directory:?}") };
    let queues: Vec<String> = directory.queues.iter().map(|q| q.id.to_string()).collect();
    let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
    let ask = ask(&queues, named(&site).await);
    let mut minute = 0;
    for (feed, pace) in gateway.feeds().iter().filter(|(_, pace)| pace.live) {
        let mut most = 0;
        // The first of these are the start, when everything is read once.
        for read in 0..40 {
            let before = spy.all().len();
            gateway.read(*feed, &ask, Lane::Screen).await.unwrap();
            let cost = spy.all().len() - before;
            assert!(cost <= 22, "{feed:?} took {cost} requests in one read");
            most = if read < 30 { 0 } else { most.max(cost) };
        }
        minute += most * usize::try_from(60 / pace.every.as_secs()).unwrap();
    }
    site.close();
    minute
}

#[tokio::test]
async fn at_rest_a_floor_costs_the_same_whatever_its_size() {
    let usual = at_rest(Options { queues: 12, agents: 120, sessions: 60, ..small() }).await;
    assert!(usual <= 49, "{usual} requests a minute, and eleven more for the rest");
    let large = at_rest(Options { queues: 60, agents: 900, sessions: 300, ..small() }).await;
    assert_eq!(large, usual, "a larger one takes longer");
}

#[tokio::test]
async fn whom_nobody_looks_at_is_read_a_few_at_a_time() {
    let site = Site::open(small()).await;
    let spy = Spy::new();
    let gateway = Gateway::new(spy.clone(), site.settings());
    let agents = site.floor.world().await["agents"].clone();
    let agents: Vec<AgentId> =
        agents.as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().into()).collect();
    let ask = Ask { agents: agents.clone(), ..ask(&[], Vec::new()) };
    assert_eq!(gateway.cost(Feed::Profiles, &ask), 0, "the first look takes no allowance");
    let read = gateway.read(Feed::Profiles, &ask, Lane::Background).await.unwrap();
    let Patch::Profiles(profiles) = read else { panic!("{read:?}") };
    let ids: Vec<AgentId> = profiles.into_iter().map(|p| p.id).collect();
    assert_eq!(ids, agents[..5], "the first five, as they were asked for");
    assert_eq!(spy.all().len(), 10);
    assert_eq!(gateway.cost(Feed::Profiles, &ask), 10, "and every later one does");
    site.close();
}

#[tokio::test]
async fn a_gateway_that_fails_makes_the_link_stale_and_the_floor_stays() {
    let mut scene = Scene::open(small()).await;
    scene.site.faults(&["500=1"], &["GET /api/v2/routing"]).await;
    scene.handle.commands.send(Command::Refresh).await.unwrap();
    let stale = tokio::time::timeout(Duration::from_secs(60), async {
        link(&mut scene.handle, |l| matches!(l, floorwalker::engine::Link::Stale { .. })).await
    });
    assert!(format!("{:?}", stale.await.unwrap()).contains("queue"));
    assert_eq!(scene.handle.floor.borrow().agents.len(), 20);
    scene.site.close();
}

#[test]
fn who_comes_back_is_read_again_because_skills_were_not_told() {
    let state = |routing| AgentState {
        id: "a".into(),
        presence: None,
        routing: Some(routing),
        since: None,
        queues: vec!["q".into()],
    };
    let members = |routing| Patch::Members {
        agents: vec![state(routing)],
        names: HashMap::from([("a".into(), "Ada".into())]),
    };
    let profile = |skills| {
        let profile =
            Profile { id: "a".into(), name: "".into(), skills, languages: Some(Vec::new()) };
        Patch::Profiles(vec![profile])
    };
    let directory = Directory {
        queues: vec![QueueFacts {
            id: "q".into(),
            name: "Q".into(),
            manual_assignment: false,
            alerting_timeout: None,
            service_target: None,
        }],
        ..Directory::default()
    };
    let mut assembly = Assembly::of(&[]);
    assembly.apply(Patch::Directory(directory));
    assembly.apply(members(RoutingStatus::OffQueue));
    assert_eq!(assembly.known().unprofiled.len(), 1);
    assert_eq!(assembly.floor().agents[0].name.as_deref(), Some("Ada"), "members have names");
    assembly.apply(profile(None));
    assembly.apply(members(RoutingStatus::OffQueue));
    assert!(assembly.known().unprofiled.is_empty(), "away, and nothing to be told");
    assembly.apply(members(RoutingStatus::Idle));
    assert_eq!(assembly.known().unprofiled.len(), 1, "back");
    assembly.apply(profile(Some(Vec::new())));
    assembly.apply(members(RoutingStatus::OffQueue));
    assembly.apply(members(RoutingStatus::Idle));
    assert!(assembly.known().unprofiled.is_empty(), "what was told holds");
}
