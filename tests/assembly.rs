//! One consistent floor from answers that come at different times.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::{collections::HashMap, time::Duration};

use floorwalker::{
    domain::{
        agent::{AgentSkill, RoutingStatus},
        id::{QueueId, SessionId, SkillId},
        queue::QueueState,
        session::{Requirement, Session, SessionState},
    },
    engine::{assembly::Assembly, clock::Clock},
    genesys::{AgentState, Directory, Intent, Patch, Profile, QueueCounts, QueueFacts, Scope},
};
use jiff::{Timestamp, ToSpan};

fn at(second: i64) -> Timestamp {
    "2026-11-21T10:00:00Z".parse::<Timestamp>().unwrap() + second.seconds()
}

fn session(id: &str, state: SessionState, since: i64) -> Session {
    Session { since: Some(at(since)), ..Session::bare(id.into(), state) }
}

fn facts(id: &str) -> QueueFacts {
    QueueFacts {
        id: id.into(),
        name: id.into(),
        manual_assignment: false,
        alerting_timeout: None,
        service_target: None,
    }
}

fn directory(queues: &[&str]) -> Patch {
    Patch::Directory(Directory {
        queues: queues.iter().map(|q| facts(q)).collect(),
        skills: HashMap::from([(SkillId::from("s1"), "Billing".into())]),
        ..Directory::default()
    })
}

fn agent(id: &str, routing: RoutingStatus) -> AgentState {
    let queues = vec![QueueId::from("q")];
    AgentState { id: id.into(), presence: None, routing: Some(routing), since: None, queues }
}

fn state_of(assembly: &mut Assembly, id: &str) -> Option<SessionState> {
    assembly.floor().session(&SessionId::from(id)).map(|s| s.state)
}

#[test]
fn nothing_read_is_nothing_known() {
    let floor = Assembly::default().floor();
    assert!(!floor.loading.queues_known && !floor.loading.sessions_known);
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q"]));
    let floor = assembly.floor();
    let queue = &floor.queues[0];
    assert_eq!((queue.state, queue.waiting, queue.staff), (QueueState::Unknown, None, None));
}

#[test]
fn a_session_between_bot_and_queue_is_where_it_was_last() {
    let mut assembly = Assembly::default();
    assembly.apply(Patch::Bots(vec![session("c", SessionState::Bot, 10)]));
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 20)]));
    assert_eq!(state_of(&mut assembly, "c"), Some(SessionState::Waiting));
    assert_eq!(assembly.floor().sessions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sighting_holds_until_a_feed_knows_something_newer() {
    let mut assembly = Assembly::default();
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 20)]));
    assembly.sight(session("c", SessionState::Connected, 30));
    assert_eq!(state_of(&mut assembly, "c"), Some(SessionState::Connected));
    // An answer that is older than what is shown changes nothing.
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 20)]));
    assert_eq!(state_of(&mut assembly, "c"), Some(SessionState::Connected));
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Alerting, 40)]));
    assert_eq!(state_of(&mut assembly, "c"), Some(SessionState::Alerting));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_seen_to_end_is_gone_at_once() {
    let mut assembly = Assembly::default();
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 20)]));
    assembly.sight(session("c", SessionState::Disconnected, 20));
    assert_eq!(state_of(&mut assembly, "c"), None);
}

#[tokio::test(start_paused = true)]
async fn a_sighting_does_not_keep_a_session_that_every_feed_has_forgotten() {
    let mut assembly = Assembly::default();
    let served = session("c", SessionState::Connected, 30);
    assembly.sight(Session { queue: Some("q".into()), ..served });
    assembly.apply(Patch::Sessions(Vec::new()));
    assert_eq!(state_of(&mut assembly, "c"), Some(SessionState::Connected));
    tokio::time::advance(Duration::from_secs(25)).await;
    assert_eq!(state_of(&mut assembly, "c"), None);
}

#[test]
fn a_parked_session_is_known_from_the_slow_source_alone() {
    let mut assembly = Assembly::default();
    assembly.apply(Patch::Sessions(Vec::new()));
    let round = |of: Vec<Session>| Patch::Histories { of, scope: Scope::LastPage };
    assembly.apply(round(vec![session("p", SessionState::Parked, 5)]));
    assert_eq!(state_of(&mut assembly, "p"), Some(SessionState::Parked));
    assembly.apply(Patch::Sessions(vec![session("p", SessionState::Connected, 9)]));
    assert_eq!(state_of(&mut assembly, "p"), Some(SessionState::Connected));
    assembly.apply(Patch::Sessions(Vec::new()));
    assembly.apply(round(Vec::new()));
    assert_eq!(state_of(&mut assembly, "p"), None, "the next round does not list it");
}

#[test]
fn the_slow_sources_add_and_never_overrule() {
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q"]));
    let asked = vec![Requirement { id: Some("s1".into()), name: "s1".into() }];
    let live = Session { skills: asked, ..session("c", SessionState::Waiting, 20) };
    assembly.apply(Patch::Sessions(vec![live]));
    let history = Session {
        guest: Some("Zoë".into()),
        depth: Some(2),
        ..session("c", SessionState::Transferring, 1)
    };
    assembly.apply(Patch::Histories { of: vec![history], scope: Scope::Some });
    let said = Intent { name: Some("refund".into()), confidence: Some(0.6), at: at(3) };
    assembly.apply(Patch::Intents(HashMap::from([("c".into(), said)])));
    let floor = assembly.floor();
    let row = floor.session(&"c".into()).unwrap();
    assert_eq!((row.state, row.since), (SessionState::Waiting, Some(at(20))));
    assert_eq!((row.guest.as_deref(), row.depth), (Some("Zoë"), Some(2)));
    assert_eq!((row.intent.as_deref(), row.confidence), (Some("refund"), Some(0.6)));
    assert_eq!(&*row.skills[0].name, "Billing");
}

#[tokio::test(start_paused = true)]
async fn a_session_tells_when_it_ends_and_not_an_end_that_it_has_outlived() {
    let mut assembly = Assembly::default().by(Clock::From(at(0), tokio::time::Instant::now()));
    let ends = |assembly: &mut Assembly| assembly.floor().session(&"c".into()).unwrap().expires;
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Connected, 0)]));
    let end =
        |second| Session { expires: Some(at(second)), ..session("c", SessionState::Connected, 0) };
    assembly.apply(Patch::Histories { of: vec![end(60)], scope: Scope::Some });
    assert_eq!(ends(&mut assembly), Some(at(60)), "by the slow source");
    assembly.sight(end(90));
    assert_eq!(ends(&mut assembly), Some(at(90)), "a single read is fresher");
    tokio::time::advance(Duration::from_secs(70)).await;
    assert_eq!(ends(&mut assembly), None, "the slow source's has passed, and it lives");
}

#[test]
fn a_queue_follows_from_who_is_there() {
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q"]));
    let state = |assembly: &mut Assembly| assembly.floor().queues[0].state;
    assembly.apply(Patch::Agents(vec![agent("a", RoutingStatus::OffQueue)]));
    assert_eq!(state(&mut assembly), QueueState::Unstaffed);
    assembly.apply(Patch::Agents(vec![agent("a", RoutingStatus::Interacting)]));
    assert_eq!(state(&mut assembly), QueueState::Open, "capacity unknown: not full");
    let held = Session { agent: Some("a".into()), ..session("c", SessionState::Connected, 1) };
    assembly.apply(Patch::Sessions(vec![held]));
    let one = Patch::Capacity { agent: "a".into(), capacity: Some(1), inherited: false };
    assembly.apply(one);
    assert_eq!(state(&mut assembly), QueueState::Full);
}

#[test]
fn a_queue_that_is_no_longer_listed_is_missing() {
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q", "r"]));
    assembly.apply(directory(&["q"]));
    let floor = assembly.floor();
    assert_eq!(floor.queue(&"r".into()).map(|q| q.state), Some(QueueState::Missing));
    assembly.apply(directory(&["q", "r"]));
    assert_eq!(assembly.floor().queue(&"r".into()).map(|q| q.state), Some(QueueState::Unknown));
}

#[test]
fn the_orgs_default_stands_in_for_a_capacity_that_was_not_read() {
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q"]));
    let two = [agent("a", RoutingStatus::Idle), agent("b", RoutingStatus::Idle)];
    assembly.apply(Patch::Agents(two.to_vec()));
    assert_eq!(assembly.floor().agents[1].capacity, None);
    let inherited = Patch::Capacity { agent: "a".into(), capacity: Some(4), inherited: true };
    assembly.apply(inherited);
    assert_eq!(assembly.floor().agents[1].capacity, Some(4));
    let own = Patch::Capacity { agent: "b".into(), capacity: Some(1), inherited: false };
    assembly.apply(own);
    assert_eq!(assembly.floor().agents[1].capacity, Some(1));
}

#[test]
fn a_capacity_that_is_as_it_was_shown_is_no_news() {
    let mut assembly = Assembly::default();
    let mut read = |agent: &str, capacity, inherited| {
        let (agent, capacity) = (agent.into(), Some(capacity));
        assembly.apply(Patch::Capacity { agent, capacity, inherited })
    };
    assert!(read("a", 4, true), "nothing was shown");
    assert!(!read("b", 4, true), "the org's default stood in for it");
    assert!(!read("c", 4, false));
    assert!(read("c", 1, false));
    assert!(read("c", 4, true) && read("b", 5, true));
}

#[test]
fn an_agent_without_a_profile_has_no_name_yet() {
    let mut assembly = Assembly::default();
    assembly.apply(directory(&["q"]));
    assembly.apply(Patch::Agents(vec![agent("a", RoutingStatus::Idle)]));
    assembly.apply(Patch::Queues(HashMap::from([("q".into(), QueueCounts::NONE)])));
    let floor = assembly.floor();
    assert_eq!((floor.agents[0].name.clone(), floor.loading.profiles), (None, 0));
    assert_eq!(assembly.known().unprofiled.len(), 1);
    let profile = Profile { id: "a".into(), name: "Ada".into(), skills: None, languages: None };
    assembly.apply(Patch::Profiles(vec![profile]));
    assert_eq!(&*assembly.floor().agents[0].label(), "Ada");
    assert!(assembly.known().unprofiled.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_an_agent_says_when_it_was_read() {
    let clock = Clock::From(at(0), tokio::time::Instant::now());
    let mut assembly = Assembly::default().by(clock);
    assembly.apply(directory(&["q"]));
    let two = [agent("a", RoutingStatus::Idle), agent("b", RoutingStatus::Idle)];
    assembly.apply(Patch::Agents(two.to_vec()));
    let read = |assembly: &mut Assembly, n: usize| {
        let agent = assembly.floor().agents[n].clone();
        (agent.profile_read, agent.capacity_read)
    };
    assert_eq!(read(&mut assembly, 0), (None, None));
    tokio::time::advance(Duration::from_secs(5)).await;
    let profile = Profile { id: "a".into(), name: "Ada".into(), skills: None, languages: None };
    assembly.apply(Patch::Profiles(vec![profile]));
    tokio::time::advance(Duration::from_secs(5)).await;
    let inherited = Patch::Capacity { agent: "a".into(), capacity: Some(4), inherited: true };
    assembly.apply(inherited);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(read(&mut assembly, 0), (Some(at(5)), Some(at(10))));
    assert_eq!(read(&mut assembly, 1), (None, Some(at(10))), "the default's age is its own");
}

/// Who had a session last, and when that was read.
fn before(assembly: &mut Assembly, id: &str) -> (Option<String>, Option<Timestamp>) {
    let floor = assembly.floor();
    let row = floor.session(&SessionId::from(id)).unwrap();
    (row.last_agent.as_ref().map(ToString::to_string), row.last_agent_read)
}

fn with_agent(id: &str, agent: &str, since: i64) -> Session {
    Session { agent: Some(agent.into()), ..session(id, SessionState::Connected, since) }
}

#[tokio::test(start_paused = true)]
async fn whoever_had_a_session_and_has_it_no_longer_had_it_before() {
    let clock = Clock::From(at(0), tokio::time::Instant::now());
    let mut assembly = Assembly::default().by(clock);
    let live = |assembly: &mut Assembly, session: Session| {
        assembly.apply(Patch::Sessions(vec![session]));
        before(assembly, "c").0
    };
    assert_eq!(live(&mut assembly, session("c", SessionState::Waiting, 1)), None);
    let offered = Session { agent: Some("zoe".into()), ..session("c", SessionState::Alerting, 2) };
    assert_eq!(live(&mut assembly, offered), None);
    let declined = session("c", SessionState::Waiting, 3);
    assert_eq!(live(&mut assembly, declined), None, "who was only asked has not had it");
    assert_eq!(live(&mut assembly, with_agent("c", "ada", 4)), None, "she has it still");
    // Between two states a session can be in no answer at all.
    assembly.apply(Patch::Sessions(Vec::new()));
    let again = session("c", SessionState::Waiting, 5);
    assert_eq!(live(&mut assembly, again).as_deref(), Some("ada"));
    assert_eq!(live(&mut assembly, with_agent("c", "bo", 6)).as_deref(), Some("ada"));
    assert_eq!(live(&mut assembly, session("c", SessionState::Waiting, 7)).as_deref(), Some("bo"));
}

#[tokio::test(start_paused = true)]
async fn who_had_it_before_is_told_by_the_slow_source_until_a_fresher_one_knows_better() {
    let clock = Clock::From(at(0), tokio::time::Instant::now());
    let mut assembly = Assembly::default().by(clock);
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 1)]));
    assert_eq!(before(&mut assembly, "c"), (None, None), "nobody has asked");
    tokio::time::advance(Duration::from_secs(10)).await;
    let history = |last: Option<&str>| Patch::Histories {
        of: vec![Session {
            last_agent: last.map(Into::into),
            ..session("c", SessionState::Transferring, 1)
        }],
        scope: Scope::Some,
    };
    assembly.apply(history(None));
    assert_eq!(before(&mut assembly, "c"), (None, Some(at(10))), "it is known that nobody had it");
    tokio::time::advance(Duration::from_secs(10)).await;
    assembly.apply(history(Some("ada")));
    assert_eq!(before(&mut assembly, "c"), (Some("ada".into()), Some(at(20))));
    let seen = Session { last_agent: Some("bo".into()), ..session("c", SessionState::Waiting, 2) };
    assembly.sight(seen);
    assembly.apply(history(Some("ada")));
    assert_eq!(before(&mut assembly, "c").0.as_deref(), Some("bo"), "the slow source lags behind");
    let floor = assembly.floor();
    assembly.apply(Patch::Sessions(vec![session("c", SessionState::Waiting, 1)]));
    assert_eq!(assembly.floor(), floor, "an equal answer makes no other floor");
}

#[test]
fn skills_are_called_as_the_agents_call_them_where_the_org_lists_none() {
    let mut assembly = Assembly::default();
    assembly
        .apply(Patch::Directory(Directory { queues: vec![facts("q")], ..Directory::default() }));
    assembly.apply(Patch::Agents(vec![agent("ada", RoutingStatus::Idle)]));
    let held = AgentSkill { id: "s1".into(), name: "billing".into(), proficiency: None };
    let (skills, languages) = (Some(vec![held]), None);
    let profile = Profile { id: "ada".into(), name: "Ada".into(), skills, languages };
    assembly.apply(Patch::Profiles(vec![profile]));
    let asked = Requirement { id: Some("s1".into()), name: "s1".into() };
    let waits = Session { skills: vec![asked], ..session("c", SessionState::Waiting, 0) };
    assembly.apply(Patch::Sessions(vec![waits]));
    assembly.apply(Patch::Bots(vec![]));
    let floor = assembly.floor();
    assert_eq!(floor.session(&"c".into()).unwrap().skills[0].name.as_str(), "billing");
}
