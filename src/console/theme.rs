//! Roles and their looks.
//!
//! Widgets name what a text *is*; only this file knows colours. The default takes the terminal's own
//! sixteen, so it fits whatever background the person chose. Every role that warns is drawn with a
//! shape beside it: colour alone never carries the news.

use std::env;

use ratatui::style::{Color, Modifier, Style};

use crate::config::Colour;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// What one reads.
    #[default]
    Text,
    /// What one may overlook: unknowns, hints, old rows.
    Quiet,
    /// What one should not overlook.
    Strong,
    /// As it should be.
    Good,
    /// Look at it when you can.
    Warn,
    /// Look at it now.
    Alarm,
    /// What has the focus; keys.
    Accent,
    /// Column titles.
    Heading,
    /// The row under the cursor, in the pane that has the focus.
    Selected,
    /// The row under the cursor, in another pane.
    SelectedElsewhere,
    /// The place where typed text goes.
    Caret,
    /// The name of an org that has a colour of its own.
    Org(Colour),
}

/// A look for every role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own sixteen colours.
    Terminal,
    /// No colour at all: bold, dim and reverse only.
    Mono,
}

impl Theme {
    /// `Mono` where `NO_COLOR` is set to anything (no-color.org) or the terminal is a dumb one.
    pub fn from_env() -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb" || term == "vt100");
        if no_color || dumb { Self::Mono } else { Self::Terminal }
    }

    /// The look of a role.
    pub fn style(self, role: Role) -> Style {
        match self {
            Self::Terminal => terminal(role),
            Self::Mono => mono(role),
        }
    }
}

fn terminal(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Text => plain,
        Role::Quiet => plain.add_modifier(Modifier::DIM),
        Role::Strong => plain.add_modifier(Modifier::BOLD),
        Role::Good => plain.fg(Color::Green),
        Role::Warn => plain.fg(Color::Yellow),
        Role::Alarm => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Accent => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Heading => plain.add_modifier(Modifier::DIM | Modifier::UNDERLINED),
        // One bar of one colour: reversed, each colour of the row would become a block of its own.
        Role::Selected | Role::Caret => {
            plain.fg(Color::Reset).remove_modifier(Modifier::DIM).add_modifier(Modifier::REVERSED)
        }
        Role::SelectedElsewhere => plain.add_modifier(Modifier::BOLD),
        Role::Org(colour) => {
            plain.fg(of_terminal(colour)).add_modifier(Modifier::BOLD | Modifier::REVERSED)
        }
    }
}

fn mono(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Text | Role::Good => plain,
        Role::Quiet => plain.add_modifier(Modifier::DIM),
        Role::Strong | Role::Warn | Role::Alarm | Role::Accent | Role::SelectedElsewhere => {
            plain.add_modifier(Modifier::BOLD)
        }
        Role::Heading => plain.add_modifier(Modifier::UNDERLINED),
        Role::Selected | Role::Caret => {
            plain.remove_modifier(Modifier::DIM).add_modifier(Modifier::REVERSED)
        }
        Role::Org(_) => plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
    }
}

fn of_terminal(colour: Colour) -> Color {
    match colour {
        Colour::Red => Color::Red,
        Colour::Yellow => Color::Yellow,
        Colour::Green => Color::Green,
        Colour::Blue => Color::Blue,
        Colour::Magenta => Color::Magenta,
        Colour::Cyan => Color::Cyan,
    }
}
