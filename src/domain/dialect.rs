//! Which routes an org speaks.

use serde::Deserialize;

/// Which set of routes an org speaks (SPEC section 2). Chosen once, never mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The published API.
    #[default]
    Platform,
    /// The routes of a messaging gateway.
    Gateway,
}

impl Dialect {
    /// Its name, in the audit log, in the configuration and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Gateway => "gateway",
        }
    }
}
