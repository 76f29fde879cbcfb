//! How a world begins: queues, people and a floor already in motion. Not its life afterwards.
//!
//! The floor is not drawn as it should look but lived for a while before anybody can see it, so that every
//! session has a history that fits, and every queue its figures.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::agents::{Agent, Presence, RoutingStatus};
use super::beats::Watches;
use super::figures::Figures;
use super::lanes::{Happening, Lane, Stream};
use super::queues::{Named, Queue};
use super::sessions::{Flow, Key};
use super::transfers::Script;
use super::{Scope, Shape, World};
use crate::simulator::cast::Cast;
use crate::simulator::stamp::Millis;

const DAY: Millis = 86_400_000;

impl World {
    /// Builds the world of a seed as it stands at `now`.
    pub(crate) fn new(seed: u64, shape: Shape, cast: Cast, now: Millis) -> Self {
        let lived = lived_before(&shape);
        let mut world = Self::empty(seed, shape, cast, now - lived);
        world.found_queues();
        world.found_deployments(seed);
        for index in 0..shape.agents {
            world.hire(index);
        }
        world.queue_ids = world
            .queues
            .iter()
            .enumerate()
            .map(|(index, queue)| (queue.id.clone(), index))
            .collect();
        world.agent_ids = world
            .agents
            .iter()
            .enumerate()
            .map(|(index, agent)| (agent.id.clone(), index))
            .collect();
        world.welcome_veterans();
        world.life.after(0, Happening::Arrival);
        world.advance(lived, Scope::Everything);
        world.shown = true;
        world.appoint_supervisors();
        world
    }

    fn empty(seed: u64, shape: Shape, cast: Cast, now: Millis) -> Self {
        let mut life = Stream::new(seed);
        let named = |life: &mut Stream, name: &String| Named { id: life.id(), name: name.clone() };
        Self {
            now,
            organization: named(&mut life, &cast.floor.organization),
            division: named(&mut life, &"Home".to_owned()),
            skills: cast.floor.skills.iter().map(|name| named(&mut life, name)).collect(),
            languages: cast.floor.languages.iter().map(|name| named(&mut life, name)).collect(),
            presences: Presence::ALL.iter().map(|_| life.id()).collect(),
            flows: cast
                .floor
                .flow
                .iter()
                .map(|flow| Flow {
                    id: life.id(),
                    name: flow.name.clone(),
                    kind: flow.kind.clone(),
                })
                .collect(),
            queues: Vec::new(),
            agents: Vec::new(),
            sessions: BTreeMap::new(),
            handoffs: Vec::new(),
            reroutes: Vec::new(),
            deeds: Vec::new(),
            reported: Vec::new(),
            open: 0,
            script: Script::default(),
            watches: Watches::default(),
            deployments: Vec::new(),
            guests: BTreeMap::new(),
            notices: None,
            session_ids: HashMap::new(),
            queue_ids: HashMap::new(),
            agent_ids: HashMap::new(),
            guest_tokens: HashMap::new(),
            past: VecDeque::new(),
            next: 0,
            next_guest: 0,
            next_line: 0,
            shape,
            shown: false,
            life,
            moves: Stream::new(seed ^ 0x5EED_0F02),
            cast,
        }
    }

    fn found_queues(&mut self) {
        let topics = self.cast.floor.topic.len();
        for index in 0..self.shape.queues.max(1) {
            let (topic, round) = (index % topics, index / topics);
            let base = &self.cast.floor.topic[topic].name;
            let language = &self.cast.floor.languages[round % self.cast.floor.languages.len()];
            let name = if round == 0 { base.clone() } else { format!("{base} {language} {round}") };
            let rng = &mut self.life.rng;
            let (alerting_seconds, target_ms) =
                (rng.u32(2..7) * 5, i64::from(rng.u32(1..7)) * 20_000);
            let created = self.now - i64::from(rng.u32(30..900)) * DAY;
            self.queues.push(Queue {
                id: self.life.id(),
                name,
                topic,
                created,
                members: Vec::new(),
                alerting_seconds,
                target: [0.7, 0.8, 0.9][index % 3],
                target_ms,
                manual_assignment: index % 3 != 1,
                inactivity_seconds: (index % 4 == 2).then_some(900),
                figures: Figures::default(),
                paused: false,
            });
        }
    }

    fn hire(&mut self, index: usize) {
        let culture = index % self.cast.people.culture.len();
        let hostile = self.cast.people.hostile.get(index / 7).filter(|_| index % 7 == 3);
        let name = hostile
            .cloned()
            .unwrap_or_else(|| self.cast.name(culture, index / self.cast.people.culture.len()));
        let queues = self.memberships(index);
        let skills = self.skill_set(&queues);
        let languages = self.language_set(culture);
        let presence = Presence::draw(&mut self.life.rng);
        let rng = &mut self.life.rng;
        let since = self.now - i64::from(rng.u32(10_000..3_600_000));
        let inherits_capacity = rng.u32(0..5) > 0;
        let capacity = if inherits_capacity { 3 } else { rng.usize(1..6) };
        let floor = &self.cast.floor;
        let (department, title) = (
            floor.departments[rng.usize(0..floor.departments.len())].clone(),
            floor.titles[rng.usize(0..floor.titles.len())].clone(),
        );
        let status = if presence == Presence::OnQueue {
            RoutingStatus::Idle
        } else {
            RoutingStatus::OffQueue
        };
        self.agents.push(Agent {
            id: self.life.id(),
            name,
            email: format!("agent{index}@meridian.example"),
            department,
            title,
            skills,
            languages,
            capacity,
            inherits_capacity,
            queues,
            presence,
            presence_since: since,
            status,
            status_since: since,
            active: Vec::new(),
            wrapping: Vec::new(),
            missed: false,
        });
        let until = self.wait(Lane::Life, 30.0, 3600.0);
        self.life.after(until, Happening::Presence(index));
    }

    /// One to four queues; the first ones in turn, so that none is left without anybody.
    fn memberships(&mut self, agent: usize) -> Vec<(usize, bool)> {
        let count = self.queues.len();
        let mut queues = vec![(agent % count, true)];
        for _ in 0..self.life.rng.usize(0..4) {
            let queue = self.life.rng.usize(0..count);
            if queues.iter().all(|(member, _)| *member != queue) {
                queues.push((queue, self.life.rng.u32(0..8) != 0));
            }
        }
        for (queue, _) in &queues {
            self.queues[*queue].members.push(agent);
        }
        queues
    }

    /// Most of what the agent's queues are about, and perhaps something more: who works on a queue
    /// has been trained for it, but not everybody for everything.
    fn skill_set(&mut self, queues: &[(usize, bool)]) -> Vec<(usize, f64)> {
        let mut learnt: Vec<usize> = Vec::new();
        for (queue, _) in queues {
            let known = &self.cast.floor.topic[self.queues[*queue].topic].skills;
            learnt.extend(known.iter().filter_map(|name| self.skill(name)));
        }
        learnt.retain(|_| self.life.chance(0.8));
        for _ in 0..self.life.rng.usize(0..3) {
            learnt.push(self.life.rng.usize(0..self.skills.len()));
        }
        learnt.sort_unstable();
        learnt.dedup();
        learnt.into_iter().map(|skill| (skill, f64::from(self.life.rng.u32(1..6)))).collect()
    }

    fn skill(&self, name: &str) -> Option<usize> {
        self.cast.floor.skills.iter().position(|skill| skill == name)
    }

    fn language_set(&mut self, culture: usize) -> Vec<(usize, f64)> {
        let own = self.cast.language_of(culture);
        let mut languages = vec![(own, 5.0)];
        let second = self.life.rng.usize(0..self.languages.len());
        for other in [0, second] {
            if languages.iter().all(|(known, _)| *known != other) {
                languages.push((other, f64::from(self.life.rng.u32(1..5))));
            }
        }
        languages
    }

    /// Nobody comes back to this session for hours.
    fn leave_parked(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        session.course += 1;
        let course = session.course;
        let until = self.wait(Lane::Life, 14_400.0, 43_200.0);
        self.life.after(until, Happening::Resume(key, course));
    }

    /// A few customers have been here for days: their sessions are parked with an agent.
    fn welcome_veterans(&mut self) {
        let today = self.now;
        if self.agents.is_empty() {
            return;
        }
        for n in 0..(self.shape.sessions / 30).clamp(usize::from(self.shape.sessions > 0), 20) {
            self.now = today - DAY * i64::from(self.life.rng.u32(1..20)) - 3_600_000;
            let key = self.arrive();
            let queue = n % self.queues.len();
            self.enter_queue(key, queue, Lane::Life);
            let members = &self.queues[queue].members;
            let agent = members.get(n % members.len().max(1)).copied().unwrap_or(0);
            self.alert(key, agent, Lane::Life);
            self.now += 4_000;
            self.answer(key);
            self.now += 1_800_000;
            self.park(key);
            self.leave_parked(key);
        }
        self.now = today;
    }
}

/// How long the floor lives before it is shown: long enough to settle, and bounded by what that costs.
fn lived_before(shape: &Shape) -> Millis {
    let minutes = match shape.sessions {
        0..200 => 45.0,
        200..2_000 => 20.0,
        _ => 14.0,
    };
    #[expect(clippy::cast_possible_truncation, reason = "minutes in milliseconds")]
    let lived = (minutes * 60_000.0 / shape.speed) as Millis;
    lived
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64) -> World {
        let shape = Shape { queues: 12, agents: 120, sessions: 60, speed: 1.0 };
        World::new(seed, shape, Cast::load().unwrap(), 1_800_000_000_000)
    }

    #[test]
    fn the_same_seed_and_time_give_the_same_floor_however_the_time_is_cut() {
        let (mut one, mut other) = (world(7), world(7));
        one.advance(60_000, Scope::Everything);
        for _ in 0..240 {
            other.advance(250, Scope::Everything);
        }
        assert_eq!(one.dump(), other.dump());
        assert_ne!(one.dump(), world(8).dump());
    }

    #[test]
    fn a_floor_has_a_healthy_share_of_everything() {
        let mut world = world(1);
        world.advance(600_000, Scope::Everything);
        let count = |stage| world.open_sessions().filter(|session| session.stage == stage).count();
        use super::super::sessions::Stage::{Bot, Connected, Parked, Waiting};
        assert!((50..=75).contains(&world.open), "{}", world.open);
        for stage in [Bot, Waiting, Connected] {
            assert!(count(stage) >= 6, "{stage:?}: {}", count(stage));
        }
        assert!(count(Parked) >= 1);
        let on_queue =
            world.agents.iter().filter(|agent| agent.presence == Presence::OnQueue).count();
        assert!((50..=90).contains(&on_queue), "{on_queue}");
    }

    #[test]
    fn a_desk_never_holds_a_session_that_is_not_there() {
        let mut world = world(3);
        for _ in 0..100 {
            world.advance(20_000, Scope::Everything);
            for (index, agent) in world.agents.iter().enumerate() {
                for key in &agent.active {
                    assert_eq!(world.sessions[key].agent, Some(index));
                }
            }
        }
    }
}
