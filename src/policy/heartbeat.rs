//! When a heartbeat is due, what its failures mean, and how many of them the budget carries (SPEC
//! section 9). Figures only: who sends them and waits is the engine's.

use std::time::Duration;

use thiserror::Error;

use crate::domain::{id::SessionId, supervision::OnLoss};

/// The longest time between two beats (S4).
pub const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// The shortest, unless the config says otherwise.
pub const DEFAULT_FLOOR: Duration = Duration::from_secs(5);

/// Beats in one duration of a session (S4).
const BEATS: u32 = 10;

/// So many failures in a row lose a session (S4).
pub const FAILURES: u32 = 3;

/// How many times longer intervals may become before one more session is refused. S4's 500 sessions at
/// 30 s are 1,000 beats a minute; the 270 that the default budget leaves to heartbeats carry them at
/// 3.7 times.
pub const DEFAULT_STRETCH_LIMIT: f64 = 4.0;

/// A beat comes up to this share of its interval before its slot, and never after it: half a second of
/// thirty. So no beat moves by more than half a second, and where slots are even no second can get more
/// beats than a second and a half has slots.
const JITTER: f64 = 1.0 / 60.0;

/// Warnings come with so much time left.
const WARNINGS: [Duration; 2] = [Duration::from_secs(300), Duration::from_secs(60)];

/// The share of the request budget, in per cent, that heartbeats may plan with: a tenth is the operator's.
pub const DEFAULT_SHARE: u32 = 90;

/// The longest time between two looks for sessions whose keeper has gone, and between two renewals.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// The numbers of keeping sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The shortest time between two beats of a session.
    pub floor: Duration,
    /// What the third failure in a row does to a session that a floorwalker has opened.
    pub opened_here: OnLoss,
    /// … and to any other.
    pub elsewhere: OnLoss,
    /// How many times longer intervals may become before a session is refused.
    pub stretch_limit: f64,
    /// Per cent of the request budget that may be planned with.
    pub share: u32,
    /// Whether sessions are taken over whose keeper has gone.
    pub adopts: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            floor: DEFAULT_FLOOR,
            opened_here: OnLoss::of(true),
            elsewhere: OnLoss::of(false),
            stretch_limit: DEFAULT_STRETCH_LIMIT,
            share: DEFAULT_SHARE,
            adopts: true,
        }
    }
}

impl Terms {
    /// What the third failure in a row does.
    pub fn on_loss(&self, opened_here: bool) -> OnLoss {
        if opened_here { self.opened_here } else { self.elsewhere }
    }

    /// Beats a minute that a budget of so many requests leaves to heartbeats.
    pub fn allowance(&self, requests: u32) -> u32 {
        u32::try_from(u64::from(requests) * u64::from(self.share) / 100).unwrap_or(u32::MAX)
    }

    /// How often sessions are looked for whose keeper has gone: a third of the shortest interval that
    /// anybody can have.
    pub fn look(&self) -> Duration {
        turn(self.floor)
    }
}

/// How often leases are renewed, or looked at, where this is the shortest interval: a third of it.
pub fn turn(shortest: Duration) -> Duration {
    (shortest / 3).min(LONGEST_LOOK)
}

/// The time between two beats of a session that may last for `limit`: min(30 s, duration/10), at least
/// `floor`, which itself can't make it longer than 30 s.
pub fn interval(limit: Option<Duration>, floor: Duration) -> Duration {
    let tenth = limit.map_or(LONGEST_INTERVAL, |limit| limit / BEATS);
    tenth.max(floor).min(LONGEST_INTERVAL)
}

/// How long before its slot a beat may come.
pub fn jitter(interval: Duration) -> Duration {
    interval.mul_f64(JITTER)
}

/// Beats a minute of so many sessions at each interval.
pub fn demand(sessions: impl IntoIterator<Item = (Duration, usize)>) -> f64 {
    let beats = |(interval, count): (Duration, usize)| count as f64 * 60.0 / interval.as_secs_f64();
    sessions.into_iter().map(beats).sum()
}

/// How many times longer every interval has to be so that `allowance` beats a minute carry `demand`;
/// 1 while they do.
pub fn stretch(demand: f64, allowance: u32) -> f64 {
    share(demand, allowance).max(1.0)
}

/// The time between two slots, in intervals. While there is room in the budget it is shorter by the
/// jitter, so that two beats are never further apart than the interval; where there is none the budget
/// is kept to the beat, and two may be the jitter further apart.
pub fn pace(demand: f64, allowance: u32) -> f64 {
    share(demand, allowance).max(1.0 - JITTER)
}

fn share(demand: f64, allowance: u32) -> f64 {
    demand / f64::from(allowance.max(1))
}

/// One more session than the budget carries.
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "Supervision refused: it would take {demand:.0} heartbeats a minute where {allowance} are free; \
     intervals would be {stretch:.2} times as long, and {limit:.2} is the limit"
)]
pub struct TooMany {
    /// Beats a minute with it.
    pub demand: f64,
    /// Beats a minute that there are.
    pub allowance: u32,
    /// How many times longer every interval would have to be.
    pub stretch: f64,
    /// How many times longer it may be.
    pub limit: f64,
}

/// Whether `demand`, with the new session in it, can be carried.
///
/// # Errors
/// Says by how much it can't.
pub fn admit(demand: f64, allowance: u32, limit: f64) -> Result<(), TooMany> {
    let stretch = stretch(demand, allowance);
    if stretch > limit { Err(TooMany { demand, allowance, stretch, limit }) } else { Ok(()) }
}

/// What is told of the n-th failure in a row (S4's text).
pub fn failure_text(failures: u32, session: &SessionId, why: &str) -> String {
    format!("Heartbeat failure {failures}/{FAILURES} for {session}: {why}")
}

/// What is told of a failure that is not the session's.
pub fn uncounted_text(session: &SessionId, why: &str) -> String {
    format!("Heartbeat failed for {session}, not counted because the trouble is ours: {why}")
}

/// What a row of failures leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Wait,
    /// The session is lost; the policy acts.
    Act(OnLoss),
}

/// Judges a row of failures. `vouched` says that the trouble is not ours: another session was answered
/// since the row began, or there is no other that could tell.
pub fn judge(failures: u32, vouched: bool, on_loss: OnLoss) -> Verdict {
    if failures >= FAILURES && vouched { Verdict::Act(on_loss) } else { Verdict::Wait }
}

/// Whether the trouble is ours: over half of the sessions failed at their last beat. One alone fails
/// together with nobody.
pub fn is_ours(failing: usize, sessions: usize) -> bool {
    failing > 1 && failing * 2 > sessions
}

/// What comes next for a session with so much time left: the time left at the next warning, or zero for
/// its end. A warning whose moment has come is not given again.
pub fn next_mark(left: Duration) -> Duration {
    WARNINGS.into_iter().find(|&mark| mark < left).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_interval_is_the_lesser_of_30_s_and_a_tenth_and_at_least_the_floor() {
        let at = |duration| interval(Some(secs(duration)), DEFAULT_FLOOR);
        let intervals = [1, 10, 50, 60, 299, 300, 1800, 2700].map(at);
        let expected = [5_000, 5_000, 5_000, 6_000, 29_900, 30_000, 30_000, 30_000];
        assert_eq!(intervals, expected.map(Duration::from_millis));
        assert_eq!(interval(None, DEFAULT_FLOOR), secs(30), "nobody has set a limit");
    }

    #[test]
    fn the_floor_can_be_set_but_not_above_30_s() {
        let at = |duration, floor| interval(Some(secs(duration)), floor);
        assert_eq!(at(10, secs(1)), secs(1));
        assert_eq!(at(1, Duration::ZERO), Duration::from_millis(100));
        assert_eq!(at(60, secs(20)), secs(20));
        assert_eq!(at(60, secs(40)), secs(30));
    }

    #[test]
    fn a_lease_ends_early_enough_for_whoever_looks_then_to_beat_within_the_interval() {
        let terms = Terms::default();
        assert_eq!(
            (terms.look() * 3, turn(secs(60))),
            (secs(5) - Duration::from_nanos(2), secs(5))
        );
        assert_eq!((terms.allowance(300), terms.allowance(u32::MAX)), (270, 3_865_470_565));
        assert_eq!((terms.on_loss(true), terms.on_loss(false)), (OnLoss::Disconnect, OnLoss::Keep));
    }

    #[test]
    fn no_beat_moves_by_more_than_half_a_second() {
        assert_eq!(jitter(LONGEST_INTERVAL), Duration::from_millis(500));
        assert_eq!(jitter(secs(6)), Duration::from_millis(100));
    }

    #[test]
    fn the_budget_stretches_every_interval_by_the_same_figure() {
        assert_eq!(demand([(secs(30), 500)]), 1000.0);
        assert_eq!(demand([(secs(30), 10), (secs(6), 2), (secs(5), 1)]), 52.0);
        assert_eq!(demand([]), 0.0);
        assert_eq!(stretch(1000.0, 300), 1000.0 / 300.0);
        assert_eq!(stretch(300.0, 300), 1.0);
        assert_eq!(stretch(302.0, 300), 302.0 / 300.0);
        assert_eq!(stretch(0.0, 300), 1.0);
        assert_eq!(stretch(52.0, 0), 52.0, "no room at all counts as room for one");
    }

    #[test]
    fn two_slots_and_the_jitter_fit_into_the_interval_while_the_budget_has_room() {
        let slots = LONGEST_INTERVAL.mul_f64(pace(100.0, 300));
        let apart = (slots + jitter(LONGEST_INTERVAL)).as_secs_f64();
        assert!((29.999..=30.0).contains(&apart), "{apart}");
        assert_eq!(pace(600.0, 300), 2.0);
        assert_eq!(pace(299.0, 300), 299.0 / 300.0, "the budget is kept before the jitter");
    }

    #[test]
    fn one_session_more_than_the_stretched_budget_carries_is_refused_with_the_figure() {
        assert_eq!(admit(demand([(secs(30), 120)]), 60, 4.0), Ok(()));
        let refused = admit(demand([(secs(30), 121)]), 60, 4.0).unwrap_err().to_string();
        let expected = "Supervision refused: it would take 242 heartbeats a minute where 60 are free; \
                        intervals would be 4.03 times as long, and 4.00 is the limit";
        assert_eq!(refused, expected);
    }

    #[test]
    fn the_third_failure_in_a_row_acts_if_somebody_vouches_for_the_link() {
        for policy in [OnLoss::Disconnect, OnLoss::Ask, OnLoss::Keep] {
            let verdicts = [1, 2, 3, 4].map(|n| judge(n, true, policy));
            let act = Verdict::Act(policy);
            assert_eq!(verdicts, [Verdict::Wait, Verdict::Wait, act, act]);
            assert_eq!(judge(3, false, policy), Verdict::Wait);
        }
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_its_source() {
        let text = failure_text(2, &"chat-7".into(), "Heartbeat failed: 503");
        assert_eq!(text, "Heartbeat failure 2/3 for chat-7: Heartbeat failed: 503");
    }

    #[test]
    fn over_half_failing_together_is_ours_and_one_alone_never_is() {
        assert!(!is_ours(1, 1) && !is_ours(1, 2) && !is_ours(2, 4) && !is_ours(0, 0));
        assert!(is_ours(2, 2) && is_ours(2, 3) && is_ours(251, 500));
        assert!(!is_ours(250, 500));
    }

    #[test]
    fn warnings_come_at_5_and_1_minutes_and_then_the_end() {
        let marks = [1800, 301, 300, 61, 60, 1, 0].map(|left| next_mark(secs(left)).as_secs());
        assert_eq!(marks, [300, 300, 60, 60, 0, 0, 0]);
    }
}
