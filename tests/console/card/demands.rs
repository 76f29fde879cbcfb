//! What is asked for on the card.

use super::*;

#[test]
fn d_asks_for_skill_language_priority_history_and_attributes() {
    let mut harness = console(|_| {});
    harness.press("H /").type_text("vip").press("enter enter d");
    assert!(harness.line("enter accept all").is_some(), "{}", harness.screen());
    harness.type_text("refu");
    assert!(harness.line("tab Refunds").is_some(), "{}", harness.screen());
    harness.press("tab").type_text(", bill").press("tab down").type_text("fr").press("down");
    harness.type_text("5").press("down").type_text("20").press("down").type_text("tier=gold; a=b");
    harness.press("enter");
    let line = harness.line("asks for").unwrap();
    let asked = "asks for    Refunds, Billing, French, priority 5, history 20, a=b, tier=gold";
    assert!(line.contains(asked), "{}", harness.screen());
    harness.press("y");
    let order = order(&harness);
    let skills: Vec<_> = order.demands.skills.iter().map(|s| s.id.clone().unwrap()).collect();
    assert_eq!(skills, ["skill-1".into(), "skill-0".into()]);
    assert_eq!(order.demands.language.unwrap().name.as_str(), "French");
    assert_eq!((order.demands.priority, order.payload.history), (Some(5), 20));
    assert_eq!(order.payload.attributes["tier"], "gold");
}

#[test]
fn what_is_wrong_on_the_form_is_said_beside_it_and_not_accepted() {
    let mut harness = console(|_| {});
    harness.press("a d").type_text("chess").press("enter");
    let said = "✗ there is no skill \"chess\" among the agents";
    assert!(harness.line(said).is_some(), "{}", harness.screen());
    harness.press("ctrl-u down").type_text("x").press("enter");
    assert!(harness.line("✗ no agent speaks \"x\"").is_some(), "{}", harness.screen());
    harness.press("ctrl-u down").type_text("high").press("enter");
    assert!(harness.line("✗ \"high\" is no whole number").is_some(), "{}", harness.screen());
    harness.press("ctrl-u down").type_text("501").press("enter");
    assert!(harness.line("✗ History size 501 exceeds").is_some(), "{}", harness.screen());
    harness.press("ctrl-u down").type_text("gold").press("enter");
    assert!(harness.line("✗ \"gold\" has no =").is_some(), "{}", harness.screen());
    // Dropped, nothing is asked for; nor does a form send anything.
    harness.press("esc");
    assert!(harness.line("asks for    no skill").is_some() && harness.orders().is_empty());
    harness.press("y");
    assert_eq!(order(&harness).demands, floorwalker::domain::handoff::Demands::default());
}

#[test]
fn an_agent_must_have_what_is_asked_for_on_the_card() {
    let mut harness = console(|_| {});
    let mut floor = with(|_| {});
    let routing = Some(RoutingStatus::OffQueue);
    let other = Agent { name: Some("Bo".into()), routing, ..floor::agent(1) };
    floor.agents.push(other);
    harness.floor(floor::build(floor.queues, floor.agents, floor.sessions));
    harness.press("a d").type_text("hardware").press("enter y");
    let said = "✗ Ada: Insufficient qualification. Missing skills: Hardware";
    assert!(harness.line(said).is_some(), "{}", harness.screen());
    assert!(harness.orders().is_empty());
}
