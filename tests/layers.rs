//! Who may use whom: the source is read as text and held against the map of the house. A path counts
//! wherever it stands, in a `use` or in the middle of a line.

#[cfg(test)]
#[path = "layers/rules.rs"]
mod rules;
#[cfg(test)]
#[path = "layers/source.rs"]
mod source;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::{rules::violations, source::Source};

    /// What is found in one file of this text, beside the engine's modules.
    fn found_in(path: &str, text: &str) -> String {
        let of = |path: &str, text: &str| Source::new(path, &format!("//! doc\n{text}"));
        let mut files: Vec<Source> =
            ["src/engine/poll.rs", "src/console/app.rs"].map(|path| of(path, "")).into();
        files.push(of(path, text));
        violations(&files).join("\n")
    }

    #[test]
    fn every_module_uses_only_what_stands_to_its_right() {
        let files = Source::all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        assert!(files.len() > 80, "the source is where it is looked for");
        let found = violations(&files);
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }

    #[test]
    fn the_rules_see_a_step_to_the_left_in_any_spelling() {
        for (path, text) in [
            ("src/domain/agent.rs", "use crate::policy::rank;"),
            ("src/policy/rank.rs", "fn f() { crate::genesys::x() }"),
            ("src/genesys/auth.rs", "use crate::{domain::id::A,\n    store::{Store, sql}};"),
            ("src/store/sql.rs", "use super::super::genesys::Lane;"),
            ("src/engine/run.rs", "use crate::console;"),
            ("src/engine/run.rs", "fn f() { super::super::simulator::start() }"),
            ("src/simulator/call.rs", "use crate::domain::id::QueueId;"),
            ("src/simulator/call.rs", "use super::super::engine as e;"),
            ("src/console/app.rs", "use crate::engine::{Event, poll::Feeder};"),
            ("src/console/app.rs", "use crate::engine;\nfn f() { engine::poll::keep() }"),
            ("src/console/app.rs", "use crate::genesys::Lane;"),
            ("src/console/widgets/grid.rs", "use crate::console::panes::queues;"),
            ("src/console/panes/queues.rs", "use crate::console::{app::App, theme::Role};"),
            ("src/console/popups/card.rs", "use crate::console::panes::PaneId;"),
            ("src/console/keys/chord.rs", "use super::super::theme::Role;"),
            ("src/console/brand_new.rs", "use super::popups::card;"),
            ("src/commands/serve.rs", "use floorwalker::main;"),
        ] {
            let found = found_in(path, text);
            assert!(found.starts_with(path) && found.contains("may use"), "{text}: {found:?}");
        }
        let line = found_in("src/domain/agent.rs", "\nuse crate::{\n    engine::Event,\n};");
        assert!(line.starts_with("src/domain/agent.rs:4 "), "{line}");
    }

    #[test]
    fn the_rules_let_through_what_is_allowed() {
        for (path, text) in [
            ("src/console/app.rs", "use crate::{domain::id::A, engine::{Event, GRACE}, policy};"),
            ("src/console/shell.rs", "use super::app::App;"),
            ("src/console/brand_new.rs", "use super::widgets::grid;"),
            ("src/console/panes/queues.rs", "use crate::console::{brand_new::x, theme::Role};"),
            ("src/engine/run.rs", "// crate::console is not used\nuse crate::store::Store;"),
            ("src/engine/run.rs", "const X: &str = \"crate::console\";"),
            (
                "src/domain/agent.rs",
                "mod tests {\n    use super::*;\n    use super::super::text;\n}",
            ),
            ("src/commands/demo.rs", "use crate::{args::Demo, console, simulator::Simulator};"),
        ] {
            assert_eq!(found_in(path, text), "", "{text}");
        }
    }

    #[test]
    fn every_file_says_what_it_is_for_and_none_is_unsafe() {
        let one = |path: &str, text: &str| violations(&[Source::new(path, text)]).join("\n");
        assert!(one("src/engine/mod.rs", "//! doc").contains("engine.rs"));
        assert!(one("src/engine/poll.rs", "use std::io;").contains("//!"));
        let unsound = one("src/engine/poll.rs", "//! doc\nfn f() { unsafe { g() } }");
        assert!(unsound.starts_with("src/engine/poll.rs:2 ") && unsound.contains("unsafe"));
        assert_eq!(one("src/engine/poll.rs", "//! doc, unsafe\n// unsafe\n"), "");
    }
}
