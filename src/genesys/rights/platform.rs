//! The published API: permissions, granted by roles.
//!
//! `GET /api/v2/tokens/me` names the roles alone. What they allow is told to anybody about themselves, with
//! no right for it, by `GET /api/v2/authorization/subjects/me`.

use serde::Deserialize;

use crate::domain::rights::{Act, Need};

/// Where a client's own grants are told.
pub const PATH: &str = "/api/v2/authorization/subjects/me";

const FLOOR: &str = "the floor";
const BESIDES: &str = "capacity, intents";
const SESSION: &str = "one session";
const GUESTS: &str = "guests' sessions on the published API";
const HANDOFFS: &str = "handoffs";
const PERSON: &str = "signed in as a person";

/// What a client of the published API needs (the permissions of each operation in its documentation).
pub const NEEDS: &[Need] = &[
    Need {
        vital: true,
        ..seen(FLOOR, "list queues", &["routing:queue:view"], "there is no floor at all")
    },
    seen(FLOOR, "name skills", &["routing:skill:view"], "skills are shown by their ids"),
    Need {
        vital: true,
        ..seen(
            FLOOR,
            "watch queues and agents",
            &["analytics:queueObservation:view"],
            "sessions, queues and agents stand still",
        )
    },
    seen(
        FLOOR,
        "watch bots",
        &["analytics:flowObservation:view"],
        "sessions that are with a bot are not listed",
    ),
    seen(
        FLOOR,
        "read service levels",
        &["analytics:conversationAggregate:view"],
        "there are no service levels",
    ),
    seen(
        FLOOR,
        "read guests and histories",
        &["analytics:conversationDetail:view", "analytics:agentConversationDetail:view"],
        "guests have no names, and transfers are not counted",
    ),
    seen(
        BESIDES,
        "read capacity",
        &["routing:utilization:view", "routing:utilization:manage"],
        "an agent's free slots are not known",
    ),
    seen(
        BESIDES,
        "read what bots understood",
        &["analytics:botFlowDivisionAwareReportingTurn:view"],
        "there are no intents and no confidence",
    ),
    Need {
        acts: &[Act::ToAgent, Act::Assign, Act::ToQueue, Act::Reroute],
        actions: &["open", "handoff-agent", "handoff-queue", "best"],
        vital: true,
        ..seen(
            SESSION,
            "read one session",
            &["conversation:communication:view"],
            "no session can be opened or handed over",
        )
    },
    Need {
        actions: &["transcript"],
        ..seen(
            SESSION,
            "read messages",
            &["conversation:message:view", "conversation:webmessaging:view"],
            "a transcript is empty",
        )
    },
    seen(SESSION, "read summaries", &["conversation:summary:view"], "there are no summaries"),
    seen(
        SESSION,
        "read how guests feel",
        &["speechAndTextAnalytics:data:view"],
        "there is no sentiment",
    ),
    seen(
        SESSION,
        "read what sentiment is of",
        &["recording:recording:view"],
        "there is no sentiment",
    ),
    Need {
        acts: &[Act::End],
        actions: &["end-session"],
        vital: true,
        ..seen(
            GUESTS,
            "end sessions",
            &["conversation:communication:disconnect", "conversation:message:park"],
            "no session can be ended",
        )
    },
    Need {
        acts: &[Act::ToAgent],
        actions: &["handoff-agent", "best"],
        vital: true,
        ..seen(
            HANDOFFS,
            "hand over to an agent",
            &[
                "conversation:communication:blindTransfer",
                "conversation:communication:blindTransferAgent",
            ],
            "no session can be taken from a bot or an agent and given to an agent",
        )
    },
    Need {
        acts: &[Act::ToQueue],
        actions: &["handoff-queue"],
        vital: true,
        ..seen(
            HANDOFFS,
            "hand over to a queue",
            &[
                "conversation:communication:blindTransfer",
                "conversation:communication:blindTransferQueue",
            ],
            "no session can be moved to a queue",
        )
    },
    Need {
        acts: &[Act::Assign],
        actions: &["handoff-agent", "best"],
        vital: true,
        ..seen(
            HANDOFFS,
            "assign who waits",
            ASSIGN,
            "who waits in a queue with manual assignment can't be given to an agent",
        )
    },
    Need {
        acts: &[Act::Reroute],
        actions: &["edit-demands"],
        vital: true,
        ..seen(
            HANDOFFS,
            "change the routing",
            &["routing:conversation:edit"],
            "skills and priority of who waits can't be changed",
        )
    },
    Need {
        acts: &[Act::Monitor],
        ..theirs("monitor sessions", &["conversation:message:monitor"], UNHEARD, &["monitor"])
    },
    // The vendor's own page asks for it beside the right that the route names.
    Need {
        acts: &[Act::Monitor],
        ..theirs("be taken into a session", &["conversation:message:accept"], UNHEARD, &["monitor"])
    },
    Need {
        acts: &[Act::Leave],
        ..theirs(
            "leave a session",
            &["conversation:communication:disconnect", "conversation:participant:wrapup"],
            "monitoring is ended in Genesys Cloud alone",
            &["monitor"],
        )
    },
    Need {
        acts: &[Act::Say],
        ..theirs(
            "write to customers",
            &["conversation:message:create", "conversation:webmessaging:create"],
            "nothing is written to a customer from here",
            &["write"],
        )
    },
];

const UNHEARD: &str = "no session can be listened in on";

const ASSIGN: &[&str] = &[
    "conversation:message:assign",
    "conversation:message:pull",
    "conversation:call:assign",
    "conversation:call:pull",
    "conversation:callback:assign",
    "conversation:callback:pull",
    "conversation:webchat:assign",
    "conversation:webchat:pull",
    "conversation:email:assign",
    "conversation:email:pull",
];

/// What takes a person, who has signed in.
const fn theirs(
    what: &'static str,
    any: &'static [&'static str],
    without: &'static str,
    actions: &'static [&'static str],
) -> Need {
    Need { what, of: PERSON, any, without, acts: &[], actions, vital: false, person: true }
}

/// Something that is read, and whose want is seen and disables nothing.
const fn seen(
    of: &'static str,
    what: &'static str,
    any: &'static [&'static str],
    without: &'static str,
) -> Need {
    Need { what, of, any, without, acts: &[], actions: &[], vital: false, person: false }
}

/// Who a client is, with what it was granted.
#[derive(Deserialize)]
pub struct Subject {
    #[serde(default)]
    grants: Vec<Grant>,
}

#[derive(Deserialize)]
struct Grant {
    role: Option<Role>,
}

#[derive(Deserialize)]
struct Role {
    #[serde(default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    entity_name: String,
    #[serde(default)]
    actions: Vec<String>,
}

/// Every policy of every role, in whichever division.
pub struct Granted(Vec<Policy>);

impl Subject {
    /// What it was granted; `None` where no role says what it allows.
    pub fn granted(self) -> Option<Granted> {
        let roles = self.grants.into_iter().filter_map(|grant| grant.role);
        let policies: Vec<Policy> = roles.flat_map(|role| role.policies).collect();
        (!policies.is_empty()).then_some(Granted(policies))
    }
}

impl Granted {
    /// Whether a permission such as `routing:queue:view` is among them; `*` stands for all.
    pub fn include(&self, permission: &str) -> bool {
        let mut parts = permission.splitn(3, ':');
        let (Some(domain), Some(entity), Some(action)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let is = |granted: &str, asked: &str| granted == "*" || granted.eq_ignore_ascii_case(asked);
        self.0.iter().any(|policy| {
            is(&policy.domain, domain)
                && is(&policy.entity_name, entity)
                && policy.actions.iter().any(|it| is(it, action))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(policies: serde_json::Value) -> Option<Granted> {
        let subject = serde_json::json!({"grants": [{"role": {"policies": policies}}]});
        serde_json::from_value::<Subject>(subject).unwrap().granted()
    }

    #[test]
    fn a_star_stands_for_all_of_its_kind() {
        let one = |actions: serde_json::Value| {
            let policy = serde_json::json!([{"domain": "routing", "entityName": "queue", "actions": actions}]);
            granted(policy).unwrap()
        };
        assert!(one(serde_json::json!(["*"])).include("routing:queue:view"));
        assert!(one(serde_json::json!(["edit", "view"])).include("routing:queue:view"));
        assert!(!one(serde_json::json!(["edit"])).include("routing:queue:view"));
        assert!(!one(serde_json::json!(["*"])).include("routing:skill:view"));
    }

    #[test]
    fn roles_that_tell_nothing_leave_it_unknown() {
        assert!(granted(serde_json::json!([])).is_none());
        assert!(serde_json::from_str::<Subject>("{}").unwrap().granted().is_none());
    }
}
