//! Handing off what a bot has asked for: the card is filled in, and the order settles the request.

use floorwalker::{
    domain::{
        floor::Floor,
        handoff::Target,
        inbox::{Request, State},
    },
    engine::{Command, Link},
};

use super::{attributes, console, proposed, request, request_id, small, telling, told};
use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse},
};

#[test]
fn h_shift_h_and_a_fill_the_card_in_and_the_order_carries_it_all() {
    let asked = told(4, 245, proposed());
    for (keys, target) in [
        ("a y", Target::Agent(agent_id(0))),
        ("h enter y", Target::Agent(agent_id(0))),
        // The cursor is on the request's queue.
        ("H enter y", Target::Queue(queue_id(4))),
        ("enter a y", Target::Agent(agent_id(0))),
        ("enter H enter y", Target::Queue(queue_id(4))),
        ("t H enter y", Target::Queue(queue_id(4))),
    ] {
        let mut harness = console(vec![asked.clone()]);
        harness.press(keys);
        let orders = harness.orders();
        assert_eq!(orders.len(), 1, "{keys}\n{}", harness.screen());
        let order = &orders[0];
        assert_eq!((&order.session, &order.target), (&session_id(4), &target), "{keys}");
        assert_eq!(order.request, Some(request_id(4)), "{keys}");
        assert_eq!(order.reason.as_str(), "complex billing dispute");
        assert_eq!(order.payload.guest, asked.plea.guest);
        assert_eq!(order.payload.attributes, attributes(&asked));
        let skills: Vec<_> = order.demands.skills.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(skills, ["Billing"], "{keys}");
    }
}

#[test]
fn one_that_was_put_off_can_be_taken_before_its_time() {
    let mut harness = console(vec![told(4, 245, super::deferred())]);
    harness.press("a y");
    assert_eq!(harness.orders()[0].request, Some(request_id(4)));
}

#[test]
fn the_card_shows_what_the_bot_has_told() {
    let mut harness = console(vec![told(4, 245, proposed())]);
    harness.press("a");
    assert_screen!("inbox_card", harness);
    // What a person adds goes before what the bot has told under the same name.
    harness.press("d down down down down").type_text("order=none").press("enter y");
    let attributes = &harness.orders()[0].payload.attributes;
    assert_eq!(attributes["order"], "none");
    assert_eq!(attributes["attempted_resolution"], "refund_policy_explained");
}

#[test]
fn a_reason_that_was_filled_in_can_be_changed() {
    let mut harness = console(vec![told(4, 245, proposed())]);
    harness.press("a c ctrl-u").type_text("her third time").press("enter y");
    assert_eq!(harness.orders()[0].reason.as_str(), "her third time");
}

#[test]
fn the_skill_that_a_bot_demands_decides_who_fits() {
    let Floor { queues, mut agents, sessions, .. } = small();
    agents[0].skills = Some(vec![]);
    let mut harness = console(vec![told(4, 245, proposed())]);
    harness.floor(floor::build(queues, agents, sessions));
    harness.press("h");
    let screen = harness.screen();
    assert!(screen.contains("asks for skill-0"), "{screen}");
    assert!(screen.contains("Nobody fits"), "{screen}");
    harness.press("esc a");
    assert!(harness.status().contains("No agent fits"), "{}", harness.status());
}

#[test]
fn a_request_that_is_taken_under_the_card_is_not_handed_off_again() {
    let handing = State::Handing { handoff: "other".into() };
    let done = State::Done { handoff: "other".into() };
    let declined = State::Declined { reason: "a test".into() };
    for (state, said) in [
        (handing, "Not sent: somebody else has taken it"),
        (done, "Not sent: it is done"),
        (declined, "Not sent: it was declined: a test"),
        (State::Expired { because: None }, "Not sent: nobody took it in time"),
    ] {
        let mut harness = console(vec![told(4, 245, proposed())]);
        harness.press("a").pulse(telling(vec![told(4, 245, state)]));
        let screen = harness.screen();
        assert!(screen.contains(said) && !screen.contains("y confirm"), "{said}\n{screen}");
        harness.press("y");
        assert!(harness.orders().is_empty(), "{said}");
        assert!(harness.status().contains(said), "{}", harness.status());
    }
    let mut harness = console(vec![told(4, 245, proposed())]);
    harness.press("a").pulse(telling(vec![])).press("y");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("no longer in the inbox"), "{}", harness.status());
}

#[test]
fn what_is_being_handed_off_from_here_says_so_at_once() {
    let mut harness = console(vec![told(4, 245, proposed())]);
    harness.press("a y");
    assert!(harness.cursor_row().contains("⠿ handing"), "{}", harness.screen());
    for key in ["h", "d", "x"] {
        harness.press(key);
        assert!(harness.status().contains("already being handed off"), "{}", harness.status());
    }
    harness.take_effects();
    harness.press("u");
    assert!(matches!(harness.commands()[..], [Command::Cancel(_)]), "{}", harness.status());
}

#[test]
fn a_request_whose_session_is_not_on_the_floor_says_so() {
    let mut harness = console(vec![told(19, 245, proposed())]);
    for key in ["h", "H", "a"] {
        harness.press(key);
        let said = "The session of Avery Quinn is not on the floor yet";
        assert!(harness.status().contains(said), "{}", harness.status());
    }
    // It can be declined all the same.
    harness.press("x");
    assert!(harness.screen().contains("Decline the request?"), "{}", harness.screen());
}

#[test]
fn h_among_the_sessions_settles_the_request_as_well() {
    let asked = told(4, 245, proposed());
    for keys in ["a y", "enter a y", "h enter y"] {
        let mut harness = console(vec![asked.clone()]);
        harness.press("3 /").type_text("guest04").press("enter").press(keys);
        let orders = harness.orders();
        assert_eq!(orders.len(), 1, "{keys}\n{}", harness.screen());
        assert_eq!(orders[0].request, Some(request_id(4)), "{keys}");
        assert_eq!(orders[0].payload.guest, asked.plea.guest, "{keys}");
    }
    let mut harness = console(vec![asked]);
    harness.press("3 /").type_text("guest02").press("enter a y");
    assert_eq!(harness.orders()[0].request, None);
}

#[test]
fn a_request_that_comes_under_the_card_is_settled_by_it() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(small());
    harness.press("3 /").type_text("guest04").press("enter a");
    harness.pulse(telling(vec![told(4, 1, proposed())])).press("y");
    assert_eq!(harness.orders()[0].request, Some(request_id(4)));
}

#[test]
fn those_that_are_handed_off_together_settle_their_requests_too() {
    let asked = told(4, 245, proposed());
    let ended = request(2, 90, State::Expired { because: None });
    let mut harness = console(vec![asked.clone(), ended]);
    harness.press("3 * H G enter y");
    let batch = harness.commands().into_iter().find_map(|command| match command {
        Command::Batch(batch) => Some(batch),
        _ => None,
    });
    let orders = batch.unwrap().orders;
    let order = |n| orders.iter().find(|order| order.session == session_id(n)).unwrap();
    assert_eq!(order(4).request, Some(request_id(4)));
    assert_eq!(order(4).payload.attributes, attributes(&asked));
    assert_eq!(order(4).reason.as_str(), "complex billing dispute");
    assert_eq!((&order(2).request, order(2).payload.attributes.len()), (&None, 0));
}

#[test]
fn only_a_free_request_is_answered() {
    let queued = Request { state: State::Queued, ..told(4, 245, proposed()) };
    let mut harness = console(vec![queued]);
    harness.press("3 /").type_text("guest04").press("enter a y");
    assert_eq!(harness.orders()[0].request, None, "a rule hands it off; the claim decides");
}
