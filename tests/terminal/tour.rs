//! The tour in the demo that has it, by somebody who reads its strip and does no more than it says.

use serde_json::json;

use super::{
    Demo, call, calm,
    guide::{Told, is_whole, strip, told},
};

/// A key as the terminal sends it.
fn bytes(key: &str) -> &str {
    match key {
        "enter" => "\r",
        "esc" => "\u{1b}",
        "home" => "\u{1b}[H",
        key => key,
    }
}

/// A demo with a tour, in which a bot asks for a person and every agent takes what is handed to them.
fn demo() -> Demo {
    let demo = Demo::start(80, 24, &["--tour", "--frozen", "--intake", "127.0.0.1:0"]);
    demo.post("/_simulator/answers", &json!({"always": "accepted"}));
    demo.terminal.shows("● live");
    demo.terminal.shows("○ waiting");
    let plea = json!({
        "conversationId": calm(&demo)[0], "guestInfo": {"id": "guest-1"},
        "handoffReason": "wants_a_person", "customContext": {},
    });
    let (status, _) = call(demo.intake.as_ref().unwrap(), "demo", &plea);
    assert_eq!(status, "HTTP/1.1 202 Accepted");
    demo.terminal.shows("1 asked");
    demo
}

#[test]
fn who_does_what_the_strip_says_gets_to_the_end_of_the_tour() {
    let mut demo = demo();
    let mut before = strip(&demo.terminal.screen()).unwrap();
    let (mut titles, mut steps) = (vec![before.0.clone()], 0);
    loop {
        steps += 1;
        assert!(steps < 60, "it goes round in circles: {before:?}\n{}", demo.terminal.screen());
        match told(&before.0, &before.1) {
            Told::Press(key) => demo.terminal.press(bytes(&key)),
            Told::Type(text) => demo.terminal.press(&format!("{text}\r")),
            Told::Watch => {}
            Told::Done => break,
        }
        let screen = demo.terminal.wait(&format!("what follows {before:?}"), |screen| {
            strip(screen).is_some_and(|now| now != before && is_whole(&now.0, &now.1))
        });
        before = strip(&screen).unwrap();
        if titles.last() != Some(&before.0) {
            titles.push(before.0.clone());
        }
    }
    assert_eq!((titles.len(), titles[10].as_str()), (11, "Tour"), "{titles:?}");
    let handoffs = demo.handoffs();
    assert_eq!(handoffs.len(), 1, "the other was called back: {handoffs:?}");
    assert_eq!(handoffs[0]["outcome"], "accepted");
    assert!(before.1.contains("q leaves"), "{before:?}");
    demo.terminal.press("q");
    assert_eq!(demo.terminal.ended(), 0);
}
