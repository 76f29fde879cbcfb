//! `handoff`: what is sent, to whom, and what is written down; each exit code is in [`crate::codes`].

use std::collections::BTreeMap;

use floorwalker::{
    domain::audit::AuditRecord,
    store::{Database, Store},
};
use serde_json::Value;

use crate::{
    processes::{Centre, Ended},
    pty::Terminal,
    recorder::Recorder,
};

/// Ids of sessions in this state whose mood no guard minds, in the witness's order.
pub fn sessions(centre: &Centre, state: &str) -> Vec<String> {
    let world = centre.world();
    let rows = world["sessions"].as_array().unwrap().iter();
    let content = |s: &&Value| s["sentiment"].as_f64().is_none_or(|mood| mood >= -0.35);
    let ids: Vec<_> =
        rows.filter(|s| s["state"] == state).filter(content).map(|s| text(&s["id"])).collect();
    assert!(!ids.is_empty(), "no session is {state}");
    ids
}

/// An open queue that nobody named here waits in.
pub fn open_queue(centre: &Centre) -> (String, String) {
    let rows = parse(&run(centre, &["queues", "-o", "json"]).out);
    let open = rows.as_array().unwrap().iter().find(|q| q["state"] == "open").unwrap();
    (text(&open["id"]), text(&open["name"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub fn parse(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|e| panic!("{e}: {out}"))
}

/// Runs it with as many requests as it likes.
pub fn run(centre: &Centre, arguments: &[&str]) -> Ended {
    Ended::of(&mut centre.eager(arguments))
}

/// Runs `handoff` for these sessions; its rows too.
pub fn hand_off(centre: &Centre, ids: &[String], rest: &[&str]) -> (Ended, Vec<Value>) {
    let ids = ids.iter().map(String::as_str);
    let arguments: Vec<&str> =
        ["handoff"].into_iter().chain(ids).chain(rest.iter().copied()).collect();
    let ended = run(centre, &[arguments.as_slice(), &["-o", "json"]].concat());
    let rows = if ended.out.is_empty() { Vec::new() } else { rows(&ended.out) };
    (ended, rows)
}

pub fn rows(out: &str) -> Vec<Value> {
    parse(out).as_array().unwrap().clone()
}

/// What really was moved.
pub fn moved(centre: &Centre) -> Vec<Value> {
    centre.ledger()["handoffs"].as_array().unwrap().clone()
}

/// The audit log, oldest first.
pub fn audit(centre: &Centre) -> Vec<AuditRecord> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = centre.data.path().join("floorwalker/floorwalker.db");
    let mut records = runtime
        .block_on(async { Database::open(&path).await.unwrap().page(None, 10_000).await.unwrap() });
    records.reverse();
    records
}

#[test]
fn the_best_agent_has_it_and_every_number_is_told() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("accepted");
    let id = sessions(&centre, "waiting").remove(0);
    let (ended, rows) = hand_off(&centre, std::slice::from_ref(&id), &["--best", "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let row = &rows[0];
    assert_eq!(
        (row["id"].as_str(), row["outcome"].as_str()),
        (Some(id.as_str()), Some("accepted"))
    );
    assert!(row["latency_ms"].is_f64() && row["latencyMs"].is_u64(), "{row}");
    assert!(row["seconds_to_human"].as_f64().unwrap() > 0.0);
    let moved = moved(&centre);
    assert_eq!(moved.len(), 1);
    assert_eq!(
        (&moved[0]["outcome"], &moved[0]["to"]["id"]),
        (&row["outcome"], &row["target"]["id"])
    );
    let records = audit(&centre);
    assert!(
        records.iter().all(|r| r.handoff.as_ref().unwrap().to_string() == text(&row["handoff"]))
    );
    let events: Vec<_> = records.iter().map(|r| r.event.to_string()).collect();
    assert_eq!(events, ["handoff_initiated", "handoff_completed"]);
    centre.proxy.verdict();
}

#[test]
fn a_dry_run_sends_nothing_and_prints_what_the_run_after_it_sends() {
    let centre = Centre::brisk(&[]);
    let recorder = Recorder::start(centre.proxy.base_url());
    let base = recorder.base_url();
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, name) = open_queue(&centre);
    let skill = skill(&centre);
    let wish = [
        "--base-url",
        &base,
        "handoff",
        &bot,
        "--queue",
        &name.to_uppercase(),
        "--skill",
        &skill,
        "--priority",
        "3",
        "--reason",
        "needs a person",
        "--attribute",
        "tier=gold",
        "-o",
        "json",
    ];
    let dry = run(&centre, &[wish.as_slice(), &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.error.as_str()), (Some(0), ""));
    assert!(recorder.writes().is_empty() && moved(&centre).is_empty(), "nothing was sent");
    assert!(audit(&centre).is_empty(), "and nothing announced");
    let sheet = &rows(&dry.out)[0];
    assert_eq!((&sheet["session"], &sheet["refused"]), (&Value::from(bot.as_str()), &Value::Null));
    assert_eq!(sheet["target"], serde_json::json!({"type": "queue", "id": queue}));
    let real = run(&centre, &[wish.as_slice(), &["--yes"]].concat());
    assert_eq!(real.code, Some(0), "{}", real.error);
    let mut promised = sheet["requests"].as_array().unwrap().clone();
    let steps: Vec<_> = promised.iter().map(|r| text(&r["step"])).collect();
    assert_eq!(steps, ["context", "transfer", "routing"]);
    promised.iter_mut().for_each(|r| drop(r.as_object_mut().unwrap().remove("step")));
    assert_eq!(recorder.writes(), promised);
    centre.proxy.verdict();
}

#[test]
fn a_dry_run_has_no_summary_made_and_shows_the_request_that_would() {
    let gateway = ["--dialect", "gateway"];
    let small = ["--queues", "4", "--agents", "20", "--sessions", "24"];
    let centre = Centre::brisk(&[gateway.as_slice(), &small].concat());
    centre.agents_answer("accepted");
    let recorder = Recorder::start(centre.proxy.base_url());
    let base = recorder.base_url();
    let there = ["--dialect", "gateway", "--base-url", &base];
    let bot = sessions(&centre, "bot").remove(0);
    let agents = rows(
        &run(&centre, &[there.as_slice(), &["agents", "--for", &bot, "-o", "json"]].concat()).out,
    );
    let agent = text(&agents[0]["id"]);
    // Some of the guests are in no good mood, which is another test's affair.
    let wish = ["handoff", &bot, "--agent", &agent, "--override", "their mood", "-o", "json"];
    let wish = [there.as_slice(), &wish].concat();
    let dry = run(&centre, &[wish.as_slice(), &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.error.as_str()), (Some(0), ""));
    assert!(recorder.writes().is_empty(), "{:?}", recorder.writes());
    let ledger = centre.ledger();
    let posted = |row: &&Value| text(&row["route"]).starts_with("POST /api/");
    let posts: Vec<_> = ledger["requests"].as_array().unwrap().iter().filter(posted).collect();
    assert_eq!(posts, [] as [&Value; 0]);
    let mut promised = rows(&dry.out)[0]["requests"].as_array().unwrap().clone();
    let steps: Vec<_> = promised.iter().map(|r| text(&r["step"])).collect();
    assert_eq!(steps, ["summary", "transfer"]);
    assert_eq!(promised[0]["note"], "its answer fills `summary` in the transfer's body");
    assert_eq!(promised[1]["note"], Value::Null);
    let stand_in = text(&promised[1]["body"]["summary"]);
    assert!(stand_in.starts_with("<the summary"), "{stand_in}");
    let real = run(&centre, &[wish.as_slice(), &["--yes"]].concat());
    assert_eq!(real.code, Some(0), "{}", real.error);
    let sent = recorder.writes();
    promised[1]["body"]["summary"] = sent[1]["body"]["summary"].clone();
    for request in &mut promised {
        request.as_object_mut().unwrap().retain(|field, _| field != "step" && field != "note");
    }
    assert_eq!(sent, promised);
}

/// A skill that somebody has, by name.
fn skill(centre: &Centre) -> String {
    let agents = rows(&run(centre, &["agents", "-o", "json"]).out);
    let skilled = agents.iter().find_map(|a| a["skills"].as_array()?.first().cloned());
    text(&skilled.unwrap()["name"])
}

#[test]
fn a_dry_run_for_people_masks_the_token_and_says_what_would_refuse() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let shown = run(&centre, &["handoff", &bot, "--queue", &queue, "--dry-run"]);
    assert_eq!(shown.code, Some(0), "{}", shown.error);
    for part in ["POST http://", "/replace/queue", "Authorization: Bearer ****", &queue] {
        assert!(shown.out.contains(part), "«{part}» is not in {}", shown.out);
    }
    let away = agent(&centre, "off queue");
    let shown = run(&centre, &["handoff", &bot, "--agent", &away, "--dry-run"]);
    assert_eq!(shown.code, Some(3));
    assert!(shown.out.contains("not sent: Nothing was sent: Agent is not in Available state."));
    assert!(shown.out.contains("/replace/agent"), "the requests are shown all the same");
}

/// An agent with this routing status.
pub fn agent(centre: &Centre, routing: &str) -> String {
    let agents = rows(&run(centre, &["agents", "-o", "json"]).out);
    text(&agents.iter().find(|a| a["routing"] == routing).unwrap()["id"])
}

#[test]
fn the_best_agents_share_many_sessions_within_what_they_can_hold() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("accepted");
    let ids: Vec<_> = sessions(&centre, "waiting").into_iter().take(8).collect();
    let before: BTreeMap<String, Value> = rows(&run(&centre, &["agents", "-o", "json"]).out)
        .into_iter()
        .map(|a| (text(&a["id"]), a))
        .collect();
    let (ended, rows) = hand_off(&centre, &ids, &["--best", "--yes", "--at-once", "4"]);
    let placed: Vec<_> = rows.iter().filter(|r| !r["target"].is_null()).collect();
    assert!(placed.len() > 1, "{}", ended.out);
    let order: Vec<_> = rows.iter().map(|r| text(&r["id"])).collect();
    assert_eq!(order, ids, "the order in which they were given");
    let mut given: BTreeMap<String, u64> = BTreeMap::new();
    for row in &placed {
        assert_eq!(row["outcome"], "accepted", "{row}");
        *given.entry(text(&row["target"]["id"])).or_default() += 1;
    }
    for (agent, count) in given {
        let agent = &before[&agent];
        let held = agent["sessions"].as_u64().unwrap() + count;
        assert!(held <= agent["capacity"].as_u64().unwrap(), "{agent}");
    }
    for row in rows.iter().filter(|r| r["target"].is_null()) {
        assert_eq!(row["outcome"], "rejected", "{row}");
        assert!(text(&row["reason"]).contains("nobody passes the gate"), "{row}");
    }
    let all = placed.len() == rows.len();
    assert_eq!(ended.code, Some(if all { 0 } else { 7 }));
    centre.proxy.verdict();
}

#[test]
fn one_agent_is_given_no_more_than_there_are_places() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("accepted");
    let waiting = sessions(&centre, "waiting");
    let fitting = rows(&run(&centre, &["agents", "--for", &waiting[0], "-o", "json"]).out);
    let best = fitting.iter().find(|a| a["passes"] == true && a["capacity"] == 3).unwrap();
    let free = 3 - usize::try_from(best["sessions"].as_u64().unwrap()).unwrap();
    let wish = ["--agent", best["id"].as_str().unwrap(), "--yes", "--at-once", "8"];
    let (_, rows) = hand_off(&centre, &waiting[..6], &wish);
    assert_eq!(rows[0]["outcome"], "accepted");
    assert!(moved(&centre).len() <= free, "{rows:?}");
    for row in &rows[free..] {
        assert_eq!(row["reason"], "the agent's places go to those before it", "{row}");
    }
}

#[test]
fn ids_come_from_standard_input_as_our_own_list_prints_them_each_once() {
    let centre = Centre::brisk(&[]);
    let bots = sessions(&centre, "bot");
    let (queue, _) = open_queue(&centre);
    let list = run(&centre, &["sessions", "-o", "jsonl"]).out;
    let own = list.lines().find(|l| l.contains(&format!("\"id\":\"{}\"", bots[1]))).unwrap();
    let shouted = bots[0].to_uppercase();
    let input = format!("# two bots\n\n  {shouted}\n{own}\n{}\n", bots[1]);
    let wish = ["handoff", &bots[0], "--stdin", "--queue", &queue, "-o", "jsonl"];
    let refused = centre.feed(&wish, &input);
    assert_eq!(refused.code, Some(2), "standard input can't answer: {}", refused.error);
    assert!(refused.error.contains("--yes"));
    let ended = centre.feed(&[wish.as_slice(), &["--yes"]].concat(), &input);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let ids: Vec<_> = ended.out.lines().map(|line| text(&parse(line)["id"])).collect();
    assert_eq!(ids, bots[..2]);
    assert_eq!(moved(&centre).len(), 2);
}

#[test]
fn a_reason_and_the_reason_for_an_override_are_in_the_audit_log() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let why = ["--reason", "angry", "--override", "the customer is a judge"];
    let (ended, _) =
        hand_off(&centre, &[bot], &[["--queue", &queue, "--yes"].as_slice(), &why].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    for record in audit(&centre) {
        assert_eq!(record.waiver.as_deref(), Some("the customer is a judge"));
        assert_eq!(record.reason.as_deref(), Some("angry"));
    }
}

#[test]
fn a_missing_right_does_not_fail_what_it_does_not_concern() {
    let centre = Centre::brisk(&[
        "--deny",
        "routing:utilization:view",
        "--deny",
        "routing:utilization:manage",
        "--deny",
        "analytics:conversationAggregate:view",
    ]);
    let queues = run(&centre, &["queues", "-o", "json"]);
    assert_eq!(queues.code, Some(0), "{}", queues.error);
    for right in ["analytics:conversationAggregate:view", "routing:utilization:view"] {
        assert!(queues.error.contains(right), "{}", queues.error);
    }
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let (ended, _) = hand_off(&centre, &[bot], &["--queue", &queue, "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("routing:utilization:view"), "{}", ended.error);
}

#[test]
fn somebody_at_a_terminal_is_shown_the_plan_and_asked() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, name) = open_queue(&centre);
    let (base, data) = (centre.proxy.base_url(), centre.data.path().to_str().unwrap());
    let variables = [
        ("GENESYS_BASE_URL", base.as_str()),
        ("GENESYS_CLIENT_ID", &centre.id),
        ("GENESYS_CLIENT_SECRET", &centre.secret),
        ("XDG_DATA_HOME", data),
    ];
    let arguments = ["--requests-per-minute", "100000", "handoff", &bot, "--queue", &queue];
    for (answer, code, count) in [("n\r", 1, 0), ("\r", 1, 0), ("y\r", 0, 1)] {
        let mut terminal = Terminal::start(&arguments, &variables, 200, 30);
        let screen = terminal.shows("Hand off 1 session? [y/N]");
        assert!(screen.contains(&bot) && screen.contains(&name), "{screen}");
        terminal.press("billing\r");
        terminal.shows("It is y or n.");
        assert!(moved(&centre).is_empty(), "nothing before the answer");
        terminal.press(answer);
        assert_eq!((terminal.ended(), moved(&centre).len()), (code, count), "{answer:?}");
    }
}

#[test]
fn what_follows_a_handoff_and_fails_is_told_and_holds_nobody_up() {
    let centre = Centre::brisk(&[]);
    let id = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    centre.spoil("503=1", "PATCH /api/v2/routing/conversations/{conversationId}");
    let (ended, rows) =
        hand_off(&centre, &[id], &["--queue", &queue, "--skill", "billing", "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert_eq!(rows[0]["outcome"], "queued", "{rows:?}");
    assert!(ended.error.contains("Handed off, but:"), "{}", ended.error);
    assert_eq!(moved(&centre).len(), 1);
    assert_eq!(rows[0]["owed"], serde_json::json!(["routing"]));
    let says = text(&rows[0]["reason"]);
    assert!(says.starts_with("it arrived without its routing: change the routing:"), "{says}");
    let failed = audit(&centre).into_iter().filter(|r| r.event.as_str() == "routing_failed");
    assert_eq!(failed.count(), 1);
}

#[test]
fn a_gateway_lists_no_skills_and_takes_those_that_agents_have() {
    let centre = Centre::brisk(&["--dialect", "both"]);
    let bot = sessions(&centre, "bot").remove(0);
    let gateway = ["--dialect", "gateway", "agents", "-o", "json"];
    let agents = rows(&run(&centre, &gateway).out);
    let skills = agents.iter().flat_map(|a| a["skills"].as_array().into_iter().flatten());
    let skill = skills.map(|s| text(&s["name"])).next().unwrap();
    let (queue, _) = open_queue(&centre);
    let to = ["--queue", &queue, "--skill", &skill.to_uppercase(), "--dialect", "gateway", "--yes"];
    let (ended, rows) = hand_off(&centre, &[bot], &to);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert_eq!(rows[0]["outcome"], "queued", "{rows:?}");
    let none = [&to[..2], &["--skill", "juggling", "--dialect", "gateway", "--yes"]].concat();
    let (refused, _) = hand_off(&centre, &[sessions(&centre, "bot").remove(0)], &none);
    assert_eq!(refused.code, Some(2), "{}", refused.error);
    assert_eq!(moved(&centre).len(), 1);
}
