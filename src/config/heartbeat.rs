//! `[heartbeat]`: how sessions are kept.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    domain::supervision::OnLoss,
    policy::heartbeat::{LONGEST_INTERVAL, Terms},
};

/// The lane of heartbeats leaves a tenth of the budget to the operator.
const MOST_PERCENT: u32 = 90;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Heartbeat {
    floor_seconds: u64,
    policy: OnLoss,
    policy_elsewhere: OnLoss,
    stretch_limit: f64,
    allowance_percent: u32,
}

impl Default for Heartbeat {
    fn default() -> Self {
        let Terms { floor, opened_here, elsewhere, stretch_limit, share, .. } = Terms::default();
        Self {
            floor_seconds: floor.as_secs(),
            policy: opened_here,
            policy_elsewhere: elsewhere,
            stretch_limit,
            allowance_percent: share,
        }
    }
}

impl Heartbeat {
    pub fn validate(self) -> Result<Terms, String> {
        let longest = LONGEST_INTERVAL.as_secs();
        if !(1..=longest).contains(&self.floor_seconds) {
            let floor = self.floor_seconds;
            return Err(format!("heartbeat.floor_seconds is {floor}: it must be 1 to {longest}"));
        }
        if !(1.0..=100.0).contains(&self.stretch_limit) {
            let limit = self.stretch_limit;
            return Err(format!("heartbeat.stretch_limit is {limit}: it must be 1 to 100"));
        }
        if !(1..=MOST_PERCENT).contains(&self.allowance_percent) {
            let share = self.allowance_percent;
            let key = "heartbeat.allowance_percent";
            return Err(format!("{key} is {share}: it must be 1 to {MOST_PERCENT}"));
        }
        Ok(Terms {
            floor: Duration::from_secs(self.floor_seconds),
            opened_here: self.policy,
            elsewhere: self.policy_elsewhere,
            stretch_limit: self.stretch_limit,
            share: self.allowance_percent,
            ..Terms::default()
        })
    }
}
