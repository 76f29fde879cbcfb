//! Variables of the environment that stand for a line of the file: those that the scripts before us used.

use super::origin::{Environment, Given, Origin, variable};

/// Which variables stand for which key. The first that is set counts.
const VARIABLES: [(&str, &[&str]); 4] = [
    ("intake.queue", &["TARGET_QUEUE_ID", "HANDOFF_QUEUE_ID"]),
    ("intake.skill", &["HANDOFF_SKILL_ID"]),
    ("outbox.crm_handoff", &["CRM_WEBHOOK_URL"]),
    ("outbox.wfm", &["WFM_WEBHOOK_URL"]),
];

/// What the environment says in place of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides(Vec<(&'static str, Given<String>)>);

impl Overrides {
    /// What these variables say.
    pub fn of(env: Environment<'_>) -> Self {
        let said = VARIABLES.iter().filter_map(|(key, names)| Some((*key, variable(env, names)?)));
        Self(said.collect())
    }

    /// The environment without what counts before the file: who started the process has said that of the org that
    /// it was started on.
    pub fn left_out<'a>(env: Environment<'a>) -> impl Fn(&str) -> Option<String> + 'a {
        let overrules = |name: &str| VARIABLES.iter().any(|(_, names)| names.contains(&name));
        move |name| env(name).filter(|_| !overrules(name))
    }

    /// What they say for this key.
    pub fn value(&self, key: &str) -> Option<&Given<String>> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, given)| given)
    }

    /// All of it, by key.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Given<String>)> {
        self.0.iter().map(|(key, given)| (*key, given))
    }

    /// The variable that has said what is wrong, where `what` begins with its key.
    pub(super) fn blamed(&self, what: &str) -> Option<&'static str> {
        let word = what.split([' ', ':']).next().unwrap_or_default();
        match self.value(word)?.origin {
            Origin::Env(name) => Some(name),
            _ => None,
        }
    }
}

/// Puts what the environment says in place of what the file says.
pub(super) fn put(at: &mut String, said: Option<&Given<String>>) {
    if let Some(said) = said {
        at.clone_from(&said.value);
    }
}
