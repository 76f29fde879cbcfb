//! What an OAuth client may do, and what it can't do for want of a right.
//!
//! Which rights there are, and how an org tells them, is not known here: each dialect has a table of its own.

/// Something done to a session that a right may be missing for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To put an agent in the place of whoever holds it.
    ToAgent,
    /// To give one that waits to an agent past the routing.
    Assign,
    /// To move it to a queue.
    ToQueue,
    /// To change how one that waits is routed.
    Reroute,
    /// To end it.
    End,
    /// To listen in on its agent.
    Monitor,
    /// To listen in no longer.
    Leave,
    /// To write to its customer as its agent.
    Say,
}

/// Something that a client does, and what it needs for that.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// What is done: a verb and its object.
    pub what: &'static str,
    /// The line of the documentation's table of rights that it belongs to.
    pub of: &'static str,
    /// Any one of these rights is enough; the first is the one to add.
    pub any: &'static [&'static str],
    /// What is not to be had without it.
    pub without: &'static str,
    /// What certainly fails without it.
    pub acts: &'static [Act],
    /// The actions of the keymap that are refused or of less use without it.
    pub actions: &'static [&'static str],
    /// False if the console does its work without it.
    pub vital: bool,
    /// True if it takes a user of the org: a client of its own can't do it, whatever it may.
    pub person: bool,
}

impl Need {
    /// The right to add where none of them is held.
    pub fn right(&self) -> &'static str {
        self.any.first().copied().unwrap_or_default()
    }
}

/// What a client needs, each with whether it has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    needs: Vec<(&'static Need, bool)>,
}

impl Rights {
    /// Of these needs, with what `holds` says of each right.
    pub fn of(needs: &'static [Need], holds: impl Fn(&str) -> bool) -> Self {
        let held = |need: &'static Need| (need, need.any.iter().any(|right| holds(right)));
        Self { needs: needs.iter().map(held).collect() }
    }

    /// The same without what takes a user, for a client that has none.
    #[must_use]
    pub fn of_client(mut self) -> Self {
        self.needs.retain(|(need, _)| !need.person);
        self
    }

    /// Each need, and whether it is met.
    pub fn each(&self) -> impl Iterator<Item = (&'static Need, bool)> {
        self.needs.iter().copied()
    }

    /// The right for want of which `act` certainly fails.
    pub fn lacks(&self, act: Act) -> Option<&'static str> {
        let missing = self.each().find(|(need, held)| !held && need.acts.contains(&act));
        missing.map(|(need, _)| need.right())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDS: &[Need] = &[Need {
        what: "hand over to an agent",
        of: "handoffs",
        any: &["all", "agents"],
        without: "nobody is handed a session",
        acts: &[Act::ToAgent],
        actions: &["handoff-agent"],
        vital: true,
        person: false,
    }];

    #[test]
    fn one_of_several_rights_is_enough_and_the_first_is_the_one_to_add() {
        let none = Rights::of(NEEDS, |_| false);
        assert_eq!((none.lacks(Act::ToAgent), none.lacks(Act::End)), (Some("all"), None));
        assert_eq!(Rights::of(NEEDS, |right| right == "agents").lacks(Act::ToAgent), None);
        assert_eq!(Rights::default().lacks(Act::ToAgent), None, "what is not known is not missing");
    }
}
