//! The colours of `dark` and `light`, chosen so that all text stands out from the background by at least
//! 4.5 to 1 (WCAG 2.2, level AA): on black and on a dark grey, on white and on a warm paper.
//!
//! Of the 256 colours only those are taken that every terminal shows alike. The sixteen are the
//! terminal's own: what is computed of them holds for the looks that most give them.

use ratatui::style::{Color, Modifier, Style};

use super::Role;

/// A colour for every role, and for the ground under the selected row.
pub struct Colours {
    text: Color,
    quiet: Color,
    strong: Color,
    good: Color,
    warn: Color,
    alarm: Color,
    accent: Color,
    heading: Color,
    /// Text and ground.
    selected: (Color, Color),
}

pub const DARK: Colours = Colours {
    text: Color::Indexed(252),
    quiet: Color::Indexed(247),
    strong: Color::Indexed(255),
    good: Color::Indexed(114),
    warn: Color::Indexed(221),
    alarm: Color::Indexed(210),
    accent: Color::Indexed(117),
    heading: Color::Indexed(249),
    selected: (Color::Indexed(255), Color::Indexed(24)),
};

pub const LIGHT: Colours = Colours {
    text: Color::Indexed(236),
    quiet: Color::Indexed(240),
    strong: Color::Indexed(232),
    good: Color::Indexed(22),
    warn: Color::Indexed(94),
    alarm: Color::Indexed(124),
    accent: Color::Indexed(25),
    heading: Color::Indexed(239),
    selected: (Color::Indexed(232), Color::Indexed(153)),
};

pub const DARK_16: Colours = Colours {
    text: Color::White,
    quiet: Color::Gray,
    strong: Color::White,
    good: Color::LightGreen,
    warn: Color::LightYellow,
    alarm: Color::LightRed,
    accent: Color::LightCyan,
    heading: Color::Gray,
    selected: (Color::Black, Color::LightCyan),
};

/// None of the sixteen is a grey or a yellow that can be read on white.
pub const LIGHT_16: Colours = Colours {
    text: Color::Black,
    quiet: Color::Black,
    strong: Color::Black,
    good: Color::Green,
    warn: Color::Magenta,
    alarm: Color::Red,
    accent: Color::Blue,
    heading: Color::Black,
    selected: (Color::White, Color::Blue),
};

impl Colours {
    /// The look of a role. Nothing is dim: how dim is the terminal's to say, and could not be read.
    pub fn style(&self, role: Role) -> Style {
        let plain = Style::new();
        let bold = |colour| plain.fg(colour).add_modifier(Modifier::BOLD);
        match role {
            Role::Text => plain.fg(self.text),
            Role::Quiet => plain.fg(self.quiet),
            Role::Strong => bold(self.strong),
            Role::Good => plain.fg(self.good),
            Role::Warn => plain.fg(self.warn),
            Role::Alarm => bold(self.alarm),
            Role::Accent => bold(self.accent),
            Role::Heading => plain.fg(self.heading).add_modifier(Modifier::UNDERLINED),
            Role::Selected | Role::Caret => plain.fg(self.selected.0).bg(self.selected.1),
            // A block of the org's own colour: the terminal's, which looks as its owner wants it.
            Role::Org(_) => super::terminal(role),
            Role::SelectedElsewhere => plain.add_modifier(Modifier::BOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [Role; 8] = [
        Role::Text,
        Role::Quiet,
        Role::Strong,
        Role::Good,
        Role::Warn,
        Role::Alarm,
        Role::Accent,
        Role::Heading,
    ];

    /// The sixteen as VGA and xterm's colour table have them.
    fn sixteen(n: u8) -> [u8; 3] {
        let level = if n > 8 { 255 } else { 128 };
        match n {
            7 => [192; 3],
            8 => [128; 3],
            n => [n & 1, n >> 1 & 1, n >> 2 & 1].map(|on| on * level),
        }
    }

    fn rgb(colour: Color) -> [u8; 3] {
        use Color as C;
        let named = [
            C::Black,
            C::Red,
            C::Green,
            C::Yellow,
            C::Blue,
            C::Magenta,
            C::Cyan,
            C::Gray,
            C::DarkGray,
            C::LightRed,
            C::LightGreen,
            C::LightYellow,
            C::LightBlue,
            C::LightMagenta,
            C::LightCyan,
            C::White,
        ];
        match colour {
            C::Indexed(n @ 232..) => [8 + 10 * (n - 232); 3],
            C::Indexed(n @ 16..) => [(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6]
                .map(|v| if v == 0 { 0 } else { 55 + 40 * v }),
            named_one => {
                let n = named.iter().position(|c| *c == named_one).unwrap();
                sixteen(u8::try_from(n).unwrap())
            }
        }
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2).
    fn luminance(rgb: [u8; 3]) -> f64 {
        let [r, g, b] = rgb.map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_contrast_is_computed_as_it_is_defined() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
        // The grey that is named as just enough on white.
        assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
        assert_eq!(rgb(Color::Indexed(24)), [0, 95, 135]);
        assert_eq!(rgb(Color::LightCyan), [0, 255, 255]);
    }

    #[test]
    fn all_text_can_be_read_on_its_background() {
        let (black, white) = ([0; 3], [255; 3]);
        for (name, colours, grounds) in [
            ("dark", DARK, vec![black, [0x28, 0x2c, 0x34]]),
            ("light", LIGHT, vec![white, [0xfd, 0xf6, 0xe3]]),
            ("dark 16", DARK_16, vec![black]),
            ("light 16", LIGHT_16, vec![white]),
        ] {
            for (role, ground) in TEXTS.iter().flat_map(|r| grounds.iter().map(move |g| (*r, *g))) {
                let colour = colours.style(role).fg.unwrap();
                let ratio = contrast(rgb(colour), ground);
                assert!(ratio >= 4.5, "{name} {role:?} on {ground:?}: {ratio:.2}");
            }
            let style = colours.style(Role::Selected);
            let ratio = contrast(rgb(style.fg.unwrap()), rgb(style.bg.unwrap()));
            assert!(ratio >= 4.5, "{name} selected: {ratio:.2}");
        }
    }
}
