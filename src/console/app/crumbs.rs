//! Where one is while something is open: the pane, what it was opened for, and what that led to.
//!
//! It stands on the line of the tabs and costs no row: no tab can be gone to meanwhile.

use super::App;
use crate::console::{theme::Role, widgets::prose::Line};

/// Between two steps.
const STEP: &str = " › ";

impl App {
    /// The way to where one is, in at most `width` columns; nothing while nothing is open. What is too much
    /// goes from the middle: where it begins and what is on top say most.
    pub(super) fn crumbs(&self, width: u16) -> Line {
        if self.popups.is_empty() {
            return Line::new();
        }
        let mut steps = self.steps();
        let mut line = drawn(&steps);
        while line.columns() > width && steps.len() > 3 {
            steps.remove(if steps[1] == "…" { 2 } else { 1 });
            if steps[1] != "…" {
                steps.insert(1, "…".to_owned());
            }
            line = drawn(&steps);
        }
        line
    }

    fn steps(&self) -> Vec<String> {
        let mut steps = vec![self.focus.title().to_owned()];
        let mut last = None;
        for popup in &self.popups {
            let (about, what) = popup.crumb(&self.cx);
            // What one is about already needs no second word.
            if about.is_some() && about != last {
                steps.extend(about.clone());
                last = about;
            }
            steps.extend(what.map(str::to_owned));
        }
        steps
    }
}

fn drawn(steps: &[String]) -> Line {
    let count = steps.len();
    steps.iter().enumerate().fold(Line::new(), |line, (nth, step)| {
        let role = if nth + 1 == count { Role::Accent } else { Role::Text };
        let line = if nth > 0 { line.and(Role::Quiet, STEP) } else { line };
        line.and(role, step.as_str())
    })
}
