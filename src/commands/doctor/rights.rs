//! What the OAuth client may do, one line for each thing that it is needed for.

use super::Finding;
use crate::{
    console::keys::{Action, Keymap},
    domain::rights::{Need, Rights},
    genesys::{Dialect, Error, error::Kind, rights::needs},
};

/// Of whom it is asked, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Which routes are spoken.
    pub dialect: Dialect,
    /// True if nothing is to be done.
    pub read_only: bool,
    /// True if a person has signed in.
    pub person: bool,
}

/// One line for each thing that a right is needed for.
pub fn look(read: Result<Option<Rights>, Error>, asked: Asked, keymap: &Keymap) -> Vec<Finding> {
    let unknown = match read {
        Ok(Some(rights)) => {
            let line = |(need, held)| one(need, held, asked, keymap);
            return rights.each().map(line).collect();
        }
        Ok(None) => Finding::warn(
            "rights",
            "the org does not tell what its OAuth client may do",
            "what is missing shows when it is tried: the refusal names the permission",
        ),
        Err(error) if error.kind == Kind::Permission => {
            Finding::warn("rights", &error, format!("{}: see the refusal", error.hint()))
        }
        Err(error) => Finding::warn("rights", &error, error.hint()),
    };
    let why = "the rights can't be read";
    let theirs = needs(asked.dialect).iter().filter(|need| asked.person || !need.person);
    let rest = theirs.map(|need| Finding::because(&named(need), why));
    std::iter::once(unknown).chain(rest).collect()
}

fn named(need: &Need) -> String {
    format!("right to {}", need.what)
}

fn one(need: &Need, held: bool, asked: Asked, keymap: &Keymap) -> Finding {
    let Asked { dialect, read_only, person } = asked;
    let (check, right) = (named(need), need.right());
    if held {
        return Finding::ok(&check, "held");
    }
    let acts = !need.acts.is_empty() && need.of != "one session";
    if read_only && acts {
        return Finding::skipped(&check, format!("lacks {right}, which nobody needs read-only"));
    }
    let keys: Vec<String> = need.actions.iter().filter_map(|name| key(name, keymap)).collect();
    let keys = match keys.as_slice() {
        [] => String::new(),
        keys => format!(" (keys: {})", keys.join(", ")),
    };
    let says = format!("lacks {right}: {}{keys}", need.without);
    let remedy = match dialect {
        Dialect::Platform if person => {
            format!("add {right} to one of your own roles, and start again")
        }
        Dialect::Platform => format!("add {right} to a role of the OAuth client, and start again"),
        Dialect::Gateway => format!("add the scope {right} to the OAuth client, and start again"),
    };
    match need.vital {
        true => Finding::fail(&check, says, remedy).with_code(4),
        false => Finding::warn(&check, says, remedy),
    }
}

/// A key and what it does.
fn key(name: &str, keymap: &Keymap) -> Option<String> {
    let action: Action = name.parse().ok()?;
    Some(format!("{} {}", keymap.hint(action), action.verb()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::rights::{GATEWAY, PLATFORM};

    #[test]
    fn each_need_names_actions_that_there_are() {
        for name in PLATFORM.iter().chain(GATEWAY).flat_map(|need| need.actions) {
            assert!(name.parse::<Action>().is_ok(), "{name}");
        }
    }
}
