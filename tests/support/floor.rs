//! A sample floor: the same every time, with names from around the world.
//!
//! Everything counts from [`now`].

use floorwalker::domain::{
    agent::{Agent, AgentLanguage, AgentSkill, Presence, RoutingStatus},
    floor::{Floor, Loading},
    id::{AgentId, LanguageId, QueueId, SessionId, SkillId},
    queue::{Queue, QueueState, ServiceLevel, Slots, Staff},
    session::{Language, Requirement, Session, SessionState},
};
use jiff::{SignedDuration, Timestamp};

/// The moment the sample floor shows: 2026-03-02, 14:03:27 UTC.
pub fn now() -> Timestamp {
    "2026-03-02T14:03:27Z".parse().unwrap()
}

/// `seconds` before [`now`].
pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// The nth session's id; a UUID, as handoffs ask for.
pub fn session_id(n: usize) -> SessionId {
    SessionId::from(format!("5e550000-0000-4000-8000-{n:012}").as_str())
}

/// The nth agent's id.
pub fn agent_id(n: usize) -> AgentId {
    AgentId::from(format!("a6e00000-0000-4000-8000-{n:012}").as_str())
}

/// The nth queue's id.
pub fn queue_id(n: usize) -> QueueId {
    QueueId::from(format!("90e00000-0000-4000-8000-{n:012}").as_str())
}

const QUEUES: &[(&str, QueueState)] = &[
    ("Billing", QueueState::Open),
    ("Technical Support", QueueState::Full),
    ("Kundenservice Österreich", QueueState::Open),
    ("新規契約", QueueState::Unstaffed),
    ("VIP", QueueState::Open),
    ("Retention", QueueState::Paused),
];

const AGENTS: &[&str] = &[
    "Ada Okonkwo",
    "Zoë Lindqvist",
    "Nguyễn Thị Mai",
    "محمد العلي",
    "佐藤 花子",
    "Łukasz Żak",
    "Siobhán Ní Dhomhnaill",
    "José-María Fernández de la Vega y Castro",
    "Priya Raman",
    "Wanjikũ Mwangi",
];

const GUESTS: &[&str] = &[
    "Iris Vandenberghe",
    "Олена Шевченко",
    "王小明",
    "Fatima Zahra",
    "Bjørn Ångström",
    "Chloé Dupont",
    "김민준",
    "Thandiwe Nkosi",
    "Óscar Núñez",
    "דנה לוי",
    "Anna",
    "Māui Tāne",
];

const SKILLS: &[&str] = &["Billing", "Refunds", "Hardware", "Contracts"];
const LANGUAGES: &[&str] = &["English", "French", "German", "Spanish"];
const INTENTS: &[&str] = &["refund request", "cancel contract", "unknown", "invoice question"];
const CHANNELS: &[&str] = &["webmessaging", "whatsapp", "open"];

/// A queue of the sample floor.
pub fn queue(n: usize) -> Queue {
    let (name, state) = QUEUES[n % QUEUES.len()];
    let name = if n < QUEUES.len() { name.to_owned() } else { format!("{name} {n}") };
    let busy = u32::try_from(n % 5).unwrap();
    let unread = n % 6 == 5;
    Queue {
        id: queue_id(n),
        name: name.into(),
        state,
        waiting: (!unread).then_some(busy * 3),
        longest_since: (busy > 0 && !unread).then(|| ago(i64::from(busy) * 70)),
        alerting: (!unread).then_some(busy / 2),
        interacting: (!unread).then_some(busy * 4),
        staff: (!unread).then_some(Staff {
            idle: busy,
            interacting: busy * 2,
            not_responding: busy / 3,
            communicating: 0,
            off_queue: 7,
        }),
        slots: (!unread).then_some(Slots { free: busy, capacity: 12 }),
        service_level: (!unread).then_some(ServiceLevel {
            in_time: 60 + busy * 10,
            answered: 100,
            target: Some(0.8),
        }),
        manual_assignment: n.is_multiple_of(2),
        alerting_timeout: None,
    }
}

/// An agent of the sample floor.
pub fn agent(n: usize) -> Agent {
    let name = AGENTS[n % AGENTS.len()];
    let name = if n < AGENTS.len() { name.to_owned() } else { format!("{name} {n}") };
    let (routing, presence) = match n % 6 {
        0 | 1 => (RoutingStatus::Idle, Presence::OnQueue),
        2 | 3 => (RoutingStatus::Interacting, Presence::OnQueue),
        4 => (RoutingStatus::OffQueue, Presence::Meal),
        _ => (RoutingStatus::NotResponding, Presence::OnQueue),
    };
    let unread = n % 10 == 9;
    let skill = |i: usize| AgentSkill {
        id: SkillId::from(format!("skill-{i}").as_str()),
        name: SKILLS[i % SKILLS.len()].into(),
        proficiency: Some(4.0),
    };
    let language = |i: usize| AgentLanguage {
        id: LanguageId::from(format!("language-{i}").as_str()),
        name: LANGUAGES[i % LANGUAGES.len()].into(),
        proficiency: Some(5.0),
    };
    Agent {
        id: agent_id(n),
        name: (!unread).then(|| name.into()),
        presence: Some(presence),
        routing: Some(routing),
        since: Some(ago(30 + 97 * i64::try_from(n % 40).unwrap())),
        skills: (!unread).then(|| vec![skill(0), skill(1 + n % 3)]),
        languages: (!unread).then(|| vec![language(0), language(1 + n % 3)]),
        sessions: (!unread).then_some(u32::try_from(n % 4).unwrap()),
        capacity: (!unread).then_some(3),
        capacity_inherited: false,
        profile_read: None,
        capacity_read: None,
        queues: vec![queue_id(n % 6), queue_id((n + 1) % 6)],
    }
}

/// A session of the sample floor.
pub fn session(n: usize) -> Session {
    let state = match n % 8 {
        0..3 => SessionState::Waiting,
        3..6 => SessionState::Bot,
        6 => SessionState::Connected,
        _ => SessionState::Alerting,
    };
    let held = matches!(state, SessionState::Connected | SessionState::Alerting);
    let guest = GUESTS[n % GUESTS.len()];
    let guest = if n < GUESTS.len() { guest.to_owned() } else { format!("{guest} {n}") };
    let share = |n: usize| f64::from(u32::try_from(n % 100).unwrap()) / 100.0;
    Session {
        guest: (n % 11 != 10).then(|| guest.into()),
        channel: Some(CHANNELS[n % 3].into()),
        since: Some(ago(12 + 41 * i64::try_from(n % 60).unwrap())),
        started: Some(ago(900)),
        queue: (state != SessionState::Bot).then(|| queue_id(n % 5)),
        agent: held.then(|| agent_id(n % 10)),
        intent: (n % 7 != 6).then(|| INTENTS[n % 4].into()),
        confidence: (n % 7 != 6).then(|| share(n * 37 + 20)),
        sentiment: (n % 5 != 4).then(|| share(n * 53 + 10)),
        language: Some(Language { id: None, name: ["en-US", "fr-FR", "de"][n % 3].into() }),
        skills: vec![Requirement { id: None, name: SKILLS[n % 2].into() }],
        depth: Some(u32::try_from(n % 3).unwrap()),
        ..Session::bare(session_id(n), state)
    }
}

/// A floor of so many of each.
pub fn floor(queues: usize, agents: usize, sessions: usize) -> Floor {
    build(
        (0..queues).map(queue).collect(),
        (0..agents).map(agent).collect(),
        (0..sessions).map(session).collect(),
    )
}

/// A floor of these rows, all read.
pub fn build(queues: Vec<Queue>, agents: Vec<Agent>, sessions: Vec<Session>) -> Floor {
    let loading = Loading {
        queues_known: true,
        agents_known: true,
        sessions_known: true,
        profiles: agents.len(),
        agents: agents.len(),
    };
    Floor::new(queues, agents, sessions, loading)
}

/// The floor most tests look at.
pub fn sample() -> Floor {
    floor(6, 24, 40)
}
