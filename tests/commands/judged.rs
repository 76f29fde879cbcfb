//! `evaluate` and `agents --for`: sessions and agents, measured by the rules.

use crate::{
    handoffs::{moved, parse, rows, run, sessions, text},
    processes::{Centre, Ended},
};

const NOBODY: &str = "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c";

#[test]
fn an_evaluation_has_the_keys_that_scripts_know_in_their_order() {
    let centre = Centre::brisk(&[]);
    let mut codes = std::collections::BTreeSet::new();
    let all = ["bot", "waiting"].map(|state| sessions(&centre, state));
    for id in all.concat().iter().take(12) {
        let ended = run(&centre, &["evaluate", id, "-o", "json"]);
        let keys = [
            "handoff_depth",
            "max_depth_exceeded",
            "intent_confidence",
            "meets_confidence_threshold",
            "sentiment_score",
            "sentiment_decay_exceeded",
            "evaluation_passed",
        ];
        let places = keys.map(|key| ended.out.find(&format!("\"{key}\"")).unwrap());
        assert!(places.is_sorted(), "{}", ended.out);
        let told = parse(&ended.out);
        assert_eq!(told.as_object().unwrap().len(), keys.len());
        let depth = told["handoff_depth"].as_u64().map(|d| d < 3);
        let sure = told["intent_confidence"].as_f64().map(|c| c >= 0.75);
        let content = told["sentiment_score"].as_f64().map(|s| s >= 0.3);
        let passed = [depth, sure, content].iter().all(|rule| *rule != Some(false));
        assert_eq!(told["evaluation_passed"], passed, "{told}");
        assert_eq!(ended.code, Some(if passed { 0 } else { 3 }), "{}", ended.error);
        codes.insert(ended.code);
        let table = run(&centre, &["evaluate", id]);
        assert_eq!(table.code, ended.code);
        assert!(table.out.starts_with("GUARD") && table.out.lines().count() == 4, "{}", table.out);
    }
    assert_eq!(codes.len(), 2, "some pass and some do not");
    assert_eq!(run(&centre, &["evaluate", NOBODY]).code, Some(1));
    assert_eq!(run(&centre, &["evaluate", "chat-12"]).code, Some(2));
    centre.proxy.verdict();
}

#[test]
fn agents_for_a_session_come_best_first_with_every_number_explained() {
    let centre = Centre::brisk(&[]);
    let id = sessions(&centre, "waiting").remove(0);
    let agents = rows(&run(&centre, &["agents", "--for", &id, "-o", "json"]).out);
    assert_eq!(agents.len(), centre.world()["agents"].as_array().unwrap().len());
    let passes: Vec<_> = agents.iter().map(|a| a["passes"].as_bool().unwrap()).collect();
    assert!(passes[0] && passes.is_sorted_by(|a, b| a >= b), "those who pass come first");
    let ranks: Vec<_> = agents
        .iter()
        .filter(|a| a["passes"] == true)
        .map(|a| a["rank"].as_f64().unwrap())
        .collect();
    assert!(ranks.is_sorted_by(|a, b| a >= b), "{ranks:?}");
    for agent in &agents {
        let kinds: Vec<_> =
            agent["terms"].as_array().unwrap().iter().map(|t| text(&t["kind"])).collect();
        assert_eq!(kinds, ["proficiency", "capacity", "idle", "affinity", "fairness"]);
        let term = &agent["terms"][0];
        assert!(term["weight"].is_f64() && term["says"].is_string() && term["source"].is_string());
        let read = |n: usize| agent["terms"][n]["read"].is_string();
        assert!(read(0) && read(1) && read(3), "who tells where it is from tells its age: {agent}");
        let fails = agent["passes"] == false;
        assert_eq!((agent["missing"].is_string(), agent["remedy"].is_string()), (fails, fails));
        assert!((0..=100).contains(&agent["score"].as_i64().unwrap()));
    }
    let best = text(&agents[0]["id"]);
    assert_eq!(agents[0]["verdict"], "Agent qualified and available");
    let table = run(&centre, &["agents", "--for", &id]).out;
    assert!(table.lines().next().unwrap().contains("SCORE  RANK"), "{table}");
    assert!(table.lines().nth(1).unwrap().starts_with(&best));
    let unknown = run(&centre, &["agents", "--for", NOBODY]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.error);
    assert!(unknown.error.contains("it may have ended"), "{}", unknown.error);
    centre.proxy.verdict();
}

#[test]
fn the_configuration_says_what_passes() {
    let centre = Centre::brisk(&[]);
    let id = sessions(&centre, "bot").remove(0);
    let strict = centre.data.path().join("strict.toml");
    let strict_path = strict.to_str().unwrap();
    std::fs::write(&strict, "[guards]\nmin_confidence = 1.0\n[gate]\nminimum = 101\n").unwrap();
    let evaluate = ["evaluate", &id, "-o", "json", "--config", strict_path];
    let ended = run(&centre, &evaluate);
    assert_eq!(parse(&ended.out)["meets_confidence_threshold"], false, "{}", ended.error);
    assert_eq!(ended.code, Some(3));
    let passing = |ended: &str| rows(ended).iter().filter(|a| a["passes"] == true).count();
    let agents = ["agents", "--for", &id, "-o", "json"];
    assert!(passing(&run(&centre, &agents).out) > 0);
    let with = [agents.as_slice(), &["--config", strict_path]].concat();
    assert_eq!(passing(&run(&centre, &with).out), 0, "nobody scores 101");
    let to_best = ["handoff", &id, "--best", "--yes", "--config", strict_path];
    let refused = run(&centre, &to_best);
    assert_eq!(refused.code, Some(3), "{}", refused.error);
    assert!(moved(&centre).is_empty());
}

#[test]
fn the_configuration_is_found_at_its_place_and_its_mistakes_are_named() {
    let centre = Centre::brisk(&[]);
    let folder = centre.data.path().join("floorwalker");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("config.toml");
    std::fs::write(&path, "[gate]\nminimun = 40\n").unwrap();
    let queues = |variables: &[(&str, &std::path::Path)]| -> Ended {
        let mut command = centre.eager(&["queues"]);
        for (name, value) in variables {
            command.env(name, value);
        }
        Ended::of(&mut command)
    };
    let home = ("XDG_CONFIG_HOME", centre.data.path());
    assert_eq!(queues(&[]).code, Some(0));
    for variables in [[home], [("FLOORWALKER_CONFIG", path.as_path())]] {
        let ended = queues(&variables);
        assert_eq!(ended.code, Some(2), "{}", ended.error);
        assert!(ended.error.contains("minimun") && ended.error.contains(":2: "));
        assert!(ended.error.contains(path.to_str().unwrap()), "{}", ended.error);
    }
    let nowhere = queues(&[("FLOORWALKER_CONFIG", "/nowhere.toml".as_ref())]);
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.error.contains("/nowhere.toml can't be read"), "{}", nowhere.error);
}
