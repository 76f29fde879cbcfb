//! Every number of the rules in one place: what a contact centre may set for itself.

use super::{
    guard::Limits, heartbeat::Terms, mask::Masking, qualification::Rules, rank::Weights,
    trigger::Thresholds,
};

/// The numbers; the defaults are the specification's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handbook {
    /// Of the gate.
    pub rules: Rules,
    /// Of the rank.
    pub weights: Weights,
    /// Of the guards.
    pub limits: Limits,
    /// Of the triggers.
    pub thresholds: Thresholds,
    /// Of keeping sessions.
    pub heartbeat: Terms,
    /// Of what people write, where it is shown.
    pub masking: Masking,
}
