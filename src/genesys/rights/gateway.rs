//! A messaging gateway: scopes of its OAuth client. Rights to read are not among them, since the documents
//! spell them in two ways, and a read that is refused shows by itself.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::rights::{Act, Need};

/// Where the client tells of itself.
pub const PATH: &str = "/api/v2/oauth/client";

const QUEUES: &[&str] = &["handoff-queue"];

/// What a gateway's client needs for the four ways to hand over, and the report of their reason. A session
/// goes to a queue by one of three: no one of their scopes decides whether it can.
pub const NEEDS: &[Need] = &[
    Need {
        acts: &[Act::ToAgent, Act::Assign],
        ..handoff(
            "hand over to an agent",
            &["messaging:conversation:transfer"],
            "no session can be given to an agent",
            &["handoff-agent", "best"],
        )
    },
    handoff("hand over with context", &["webchat:transfer"], WITH_CONTEXT, QUEUES),
    handoff("send the context", &["conversation:webchat:write"], WITH_CONTEXT, QUEUES),
    handoff("hand over with a skill", &["conversation:messaging:write"], WITH_SKILL, QUEUES),
    handoff("ask for a skill", &["routing:conversation:write"], WITH_SKILL, QUEUES),
    handoff(
        "hand over to a queue",
        &["conversation:transfer"],
        "no session can be moved to a queue by its participant",
        QUEUES,
    ),
    Need {
        vital: false,
        ..handoff(
            "report the reason",
            &["analytics:events:write"],
            "nobody is told why a session was handed over",
            &[],
        )
    },
];

const WITH_CONTEXT: &str = "no session can be moved to a queue with its context";
const WITH_SKILL: &str = "no session can be moved to a queue with a skill";

const fn handoff(
    what: &'static str,
    any: &'static [&'static str],
    without: &'static str,
    actions: &'static [&'static str],
) -> Need {
    Need { what, of: "handoffs", any, without, acts: &[], actions, vital: true, person: false }
}

/// The client, as it tells of itself.
#[derive(Deserialize)]
pub struct OAuthClient {
    #[serde(alias = "scope")]
    scopes: Option<Value>,
}

impl OAuthClient {
    /// The rights that it lacks; none where it does not tell.
    pub fn lacks(&self) -> Vec<&'static str> {
        let Some(held) = self.scopes() else { return Vec::new() };
        let needed = NEEDS.iter().map(Need::right);
        needed.filter(|right| !held.iter().any(|it| it == right)).collect()
    }

    /// Its scopes; `None` where it does not tell.
    pub fn scopes(&self) -> Option<Vec<String>> {
        match &self.scopes {
            Some(Value::Array(all)) => {
                Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(Value::String(all)) => Some(all.split_whitespace().map(str::to_owned).collect()),
            _ => None,
        }
    }
}
