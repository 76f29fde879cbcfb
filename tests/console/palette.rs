//! Finding things by their names, and what becomes of what is chosen.

use floorwalker::{
    console::{
        Settings,
        app::{Effect, Message},
        keys::Keymap,
        panes::PaneId,
    },
    engine::Command,
};

use crate::{
    floor,
    harness::{Harness, settings},
};

/// Types into the palette and chooses.
fn choose(harness: &mut Harness, text: &str) {
    harness.press(":").type_text(text).press("enter");
}

#[test]
fn the_palette_at_80_and_200() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut harness = Harness::live(width, height);
        assert_screen!(format!("palette_{width}"), harness.press(":"));
        assert_screen!(format!("palette_found_{width}"), harness.type_text("an"));
    }
    let mut harness = Harness::live(80, 24);
    harness.press("4 :").type_text("hand");
    assert_screen!("palette_refused", harness);
}

#[test]
fn queues_agents_and_sessions_are_gone_to() {
    for (text, pane, row) in [
        ("oster", PaneId::Queues, "Kundenservice"),
        ("lukas", PaneId::Agents, "Łukasz Żak"),
        ("zl", PaneId::Agents, "Zoë Lindqvist"),
        ("花子", PaneId::Agents, "佐藤 花子"),
        ("thandiwe nk", PaneId::Sessions, "Thandiwe Nkosi"),
        ("5E550000-0000-4000-8000-000000000005", PaneId::Sessions, "Chloé Dupont"),
    ] {
        let mut harness = Harness::live(80, 24);
        harness.press("6");
        choose(&mut harness, text);
        assert_eq!(harness.app.focus(), pane, "{text}\n{}", harness.screen());
        assert!(harness.cursor_row().contains(row), "{text}\n{}", harness.screen());
    }
}

#[test]
fn a_filter_that_hides_what_is_gone_to_is_cleared_and_that_is_said() {
    for (pane, filter, name, row) in [
        ("1", "vip", "billing", "Billing"),
        ("2", "priya", "ada ok", "Ada Okonkwo"),
        ("3", "anna", "iris vand", "Iris Vandenberg"),
    ] {
        let mut harness = Harness::live(80, 24);
        harness.press(pane).press("/").type_text(filter).press("enter");
        choose(&mut harness, name);
        assert!(harness.cursor_row().contains(row), "{}", harness.screen());
        assert!(harness.status().contains("filter that hid it is cleared"), "{}", harness.status());
    }
}

#[test]
fn an_action_is_done_where_one_is() {
    let mut harness = Harness::live(80, 24);
    choose(&mut harness, "freeze");
    assert!(harness.screen().contains("FROZEN"), "{}", harness.screen());
    harness.take_effects();
    choose(&mut harness, "refresh");
    assert!(harness.take_effects().contains(&Effect::Send(Command::Refresh)));
    choose(&mut harness, "pane-agents");
    assert_eq!(harness.app.focus(), PaneId::Agents);
    choose(&mut harness, "sort");
    assert!(harness.screen().contains("agent▴"), "{}", harness.screen());
    // Over something that is open it is done there.
    harness.press("3 enter");
    choose(&mut harness, "transcript");
    assert!(harness.screen().contains("Transcript"), "{}", harness.screen());
    choose(&mut harness, "back");
    assert!(!harness.screen().contains("Transcript"), "{}", harness.screen());
}

#[test]
fn what_can_not_be_done_says_why_and_is_not_done() {
    let mut harness = Harness::live(80, 24);
    harness.press("4 :").type_text("mark all");
    assert!(harness.cursor_row().contains("⊘ There is nothing to mark here"));
    harness.press("enter");
    assert!(harness.status().contains("nothing to mark here"), "{}", harness.status());
    assert!(harness.screen().contains("❯ mark all"), "it stays open\n{}", harness.screen());
    // What can be done by now stands there as what can be done.
    let mut harness = Harness::live(80, 24);
    harness.floor(floor::build(vec![], vec![], vec![])).press(":").type_text("transcript");
    assert!(harness.cursor_row().contains("⊘ There is no session"), "{}", harness.screen());
    harness.floor(floor::sample());
    assert!(!harness.cursor_row().contains('⊘'), "{}", harness.screen());
    harness.press(": enter");
    assert!(harness.screen().contains("❯ transcript:"), "{}", harness.screen());
}

#[test]
fn nothing_is_ever_sent_from_the_palette() {
    let mut harness = Harness::live(80, 24);
    harness.press("h enter");
    choose(&mut harness, "confirm");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("Only its own key does: y"), "{}", harness.status());
    harness.press("esc y");
    assert_eq!(harness.orders().len(), 1);
}

#[test]
fn nobody_is_led_away_from_what_is_not_finished() {
    let mut harness = Harness::live(80, 24);
    harness.press("h enter");
    choose(&mut harness, "vip");
    assert!(harness.status().contains("not finished"), "{}", harness.status());
    harness.press("esc");
    assert!(harness.screen().contains("y confirm"), "{}", harness.screen());
    // From what is only looked at one may go.
    let mut harness = Harness::live(80, 24);
    harness.press("enter");
    choose(&mut harness, "vip");
    assert_eq!(harness.app.focus(), PaneId::Queues);
    assert!(harness.cursor_row().contains("VIP"), "{}", harness.screen());
}

#[test]
fn the_row_stays_when_the_floor_moves_under_it() {
    let mut harness = Harness::live(80, 24);
    harness.press(":").type_text("ann").press("down down");
    let row = harness.cursor_row();
    let name = row.split_whitespace().skip(3).take(2).collect::<Vec<_>>().join(" ");
    let mut queues: Vec<_> = (0..6).map(floor::queue).collect();
    queues[0].name = "Annual contracts".into();
    let agents = (0..24).map(floor::agent).collect();
    let sessions = (0..40).map(floor::session).collect();
    harness.floor(floor::build(queues, agents, sessions));
    assert!(harness.screen().contains("Annual contracts"), "{}", harness.screen());
    assert!(harness.cursor_row().contains(&name), "{name}\n{}", harness.screen());
}

#[test]
fn it_opens_and_closes_by_its_keys() {
    let mut harness = Harness::live(80, 24);
    let open = |harness: &Harness| harness.screen().contains("❯");
    for (opens, closes) in [(":", "esc"), ("ctrl-p", "ctrl-p"), (":", "ctrl-p")] {
        assert!(open(harness.press(opens)), "{opens}");
        assert!(!open(harness.press(closes)), "{closes}");
    }
    harness.press(": x y z q enter");
    assert!(open(&harness) && harness.status().contains("nothing of that name"));
    harness.press("ctrl-u esc");
    assert!(!open(&harness));
    harness.press("/ ctrl-p");
    assert!(!open(&harness) && harness.status().contains("First finish typing"));
    let mut bare = Harness::bare(80, 24);
    bare.press(":").type_text("bil").press("enter esc");
}

#[test]
fn a_large_floor_is_found_in_by_and_by() {
    let mut harness = Harness::bare(80, 24);
    harness.floor(floor::floor(500, 5_000, 10_000)).press(":").type_text("a");
    let title = harness.line("Find").unwrap();
    assert!(title.contains(" of 15,5"), "{title}");
    assert!(harness.screen().contains("more: type on"), "{}", harness.screen());
    harness.type_text("nna 130");
    assert!(harness.cursor_row().contains("Anna 130"), "{}", harness.screen());
    // A letter less finds what a letter more had left out.
    let counted = |harness: &Harness| harness.line("Find").unwrap();
    let before = counted(harness.press("backspace"));
    let again = counted(harness.press("0 backspace"));
    assert_eq!(before, again);
}

#[test]
fn a_persons_own_keys_are_in_the_footer_the_help_and_the_palette() {
    let own = "[keys]\nfreeze = ['f']\ntranscript = []\npalette = ['P']\nhelp = ['Z']";
    let keymap = Keymap::embedded().laid_over(own).unwrap();
    let mut harness = Harness::with(&Settings { keymap, ..settings() }, 200, 60);
    harness.floor(floor::sample());
    let footer = harness.screen().lines().last().unwrap().to_owned();
    assert!(footer.contains("P find") && footer.contains("f freeze"), "{footer}");
    assert!(footer.ends_with("Z help") && !footer.contains("transcript"), "{footer}");
    let help = harness.press("Z").screen();
    assert!(help.contains("P transcript     transcript"), "{help}");
    assert!(harness.line("Hold the picture still").unwrap().contains("f "), "{help}");
    harness.press("esc t");
    assert!(harness.status().contains("t means nothing; Z shows the keys"), "{}", harness.status());
    harness.press("P").type_text("transcript").press("enter");
    assert!(harness.screen().contains("Transcript"), "{}", harness.screen());
    harness.tell(Message::Press("p".parse().unwrap()));
    assert!(!harness.screen().contains("FROZEN"));
}
