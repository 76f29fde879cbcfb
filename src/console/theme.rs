//! Roles and their looks.
//!
//! Widgets name what a text *is*; only this file and its palettes know colours. The default takes the
//! terminal's own sixteen, so it fits whatever background the person chose; `dark` and `light` are for
//! who knows theirs. No theme paints a background, but for the row under the cursor. Every role that
//! warns is drawn with a shape beside it: colour alone never carries the news.

mod palette;

use ratatui::style::{Color, Modifier, Style};

use crate::config::{
    Colour,
    console::{Console, Palette},
};

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
    /// For a dark background.
    Dark(Depth),
    /// For a light background.
    Light(Depth),
    /// No colour at all: bold, dim, underlined and reversed only.
    Mono,
}

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 16, whose exact looks are the terminal's to say.
    Sixteen,
    /// 256, of which all but those 16 are the same everywhere.
    Many,
}

impl Theme {
    /// What is wished for, as far as the terminal has it: what the command line asks for, else `Mono`
    /// where `NO_COLOR` is set to anything (no-color.org) or the terminal is a dumb one, else what the
    /// file says. `variable` reads the environment.
    pub fn chosen(wished: Console, variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let colourless = variable("NO_COLOR").is_some() || term == "dumb" || term == "vt100";
        let colours = variable("COLORTERM").unwrap_or_default();
        let many = ["256color", "direct", "kitty", "alacritty", "ghostty", "foot"];
        let many = many.iter().any(|name| term.contains(name))
            || ["truecolor", "24bit"].contains(&colours.as_str());
        let depth = if many { Depth::Many } else { Depth::Sixteen };
        let palette = wished.asked.unwrap_or(match colourless {
            true => Palette::Mono,
            false => wished.theme,
        });
        match palette {
            Palette::Terminal => Self::Terminal,
            Palette::Dark => Self::Dark(depth),
            Palette::Light => Self::Light(depth),
            Palette::Mono => Self::Mono,
        }
    }

    /// The look of a role.
    pub fn style(self, role: Role) -> Style {
        match self {
            Self::Terminal => terminal(role),
            Self::Dark(Depth::Many) => palette::DARK.style(role),
            Self::Dark(Depth::Sixteen) => palette::DARK_16.style(role),
            Self::Light(Depth::Many) => palette::LIGHT.style(role),
            Self::Light(Depth::Sixteen) => palette::LIGHT_16.style(role),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wished: Console, variables: &[(&str, &str)]) -> Theme {
        let variables = variables.to_vec();
        Theme::chosen(wished, move |name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_command_line_then_the_environment_then_the_file_choose() {
        let file = Console { theme: Palette::Light, ..Console::default() };
        let many = ("TERM", "xterm-256color");
        assert_eq!(chosen(Console::default(), &[many]), Theme::Terminal);
        assert_eq!(chosen(file, &[many]), Theme::Light(Depth::Many));
        assert_eq!(chosen(file, &[many, ("NO_COLOR", "1")]), Theme::Mono);
        assert_eq!(chosen(file, &[("TERM", "dumb")]), Theme::Mono);
        let asked = Console { asked: Some(Palette::Dark), ..file };
        assert_eq!(chosen(asked, &[many, ("NO_COLOR", "1")]), Theme::Dark(Depth::Many));
        assert_eq!(chosen(asked, &[("TERM", "xterm")]), Theme::Dark(Depth::Sixteen));
        let direct = [("TERM", "xterm"), ("COLORTERM", "truecolor")];
        assert_eq!(chosen(asked, &direct), Theme::Dark(Depth::Many));
    }
}
