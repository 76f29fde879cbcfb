//! Whether a console can be shown here.

use std::io::IsTerminal;

use super::Finding;

/// The smallest terminal that shows a console with all of its panes.
const LEAST: (u16, u16) = (80, 24);

/// What the terminal on standard output can do.
pub fn look(variable: &dyn Fn(&str) -> Option<String>) -> Finding {
    const CHECK: &str = "terminal";
    if !std::io::stdout().is_terminal() {
        return Finding::skipped(CHECK, "standard output is no terminal: a console needs one");
    }
    let name = variable("TERM").filter(|name| !name.is_empty());
    let Some(name) = name.filter(|name| name != "dumb") else {
        let says = "TERM names no terminal that can be drawn on";
        return Finding::fail(CHECK, says, "set TERM to what this terminal is, as xterm-256color");
    };
    let Ok((columns, rows)) = crossterm::terminal::size() else {
        return Finding::warn(CHECK, "its size is not known", "resize it, or try another terminal");
    };
    let colours = match variable("COLORTERM").as_deref() {
        Some("truecolor" | "24bit") => "16 million colours",
        _ if name.contains("256color") => "256 colours",
        _ => "16 colours",
    };
    let says = format!("{name}, {columns}x{rows}, {colours}");
    if columns < LEAST.0 || rows < LEAST.1 {
        let (width, height) = LEAST;
        let remedy = format!("make it at least {width}x{height}: less is shown in a smaller one");
        return Finding::warn(CHECK, says, remedy);
    }
    if !knows_unicode(variable) {
        let remedy = "set LANG to one of UTF-8, as C.UTF-8; without it, ASCII stands for all signs";
        return Finding::warn(CHECK, format!("{says}, ASCII alone"), remedy);
    }
    Finding::ok(CHECK, format!("{says}, UTF-8"))
}

/// Whether the locale is one of UTF-8.
pub fn knows_unicode(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// The same with stand-ins for what ASCII does not have.
pub fn in_ascii(text: &str) -> String {
    let stand_in = |letter: char| match letter {
        '✓' => "+".to_owned(),
        '✗' => "x".to_owned(),
        '→' => "->".to_owned(),
        '—' | '–' => "-".to_owned(),
        '…' => "...".to_owned(),
        '«' | '»' => "\"".to_owned(),
        letter if letter.is_ascii() => letter.to_string(),
        _ => "?".to_owned(),
    };
    text.chars().map(stand_in).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_anything_decides() {
        let said = |name: &str| match name {
            "LC_ALL" => Some(String::new()),
            "LC_CTYPE" => Some("C".to_owned()),
            _ => Some("de_DE.UTF-8".to_owned()),
        };
        assert!(!knows_unicode(&said));
        assert!(knows_unicode(&|name| (name == "LANG").then(|| "C.utf8".to_owned())));
        assert_eq!(in_ascii("✗ «é» → …"), "x \"?\" -> ...");
    }
}
