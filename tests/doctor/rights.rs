//! What the OAuth client lacks, and which keys that disables.

use floorwalker::genesys::rights::PLATFORM;

use crate::site::Site;

#[test]
fn a_missing_right_names_itself_and_the_keys_that_it_disables() {
    let site = Site::open(&[
        "--deny",
        "conversation:communication:blindTransfer",
        "--deny",
        "conversation:communication:blindTransferQueue",
    ]);
    let report = site.look(&mut site.doctor(&[]));
    report.fails_alone(
        "right to hand over to a queue",
        "lacks conversation:communication:blindTransfer: no session can be moved to a queue (keys: H to queue)",
        "add conversation:communication:blindTransfer to a role of the OAuth client",
        4,
    );
    assert_eq!(
        report.line("right to hand over to an agent").0,
        "ok",
        "blindTransferAgent is enough"
    );
    let read_only = site.look(&mut site.doctor(&["--read-only"]));
    let (state, says, _) = read_only.line("right to hand over to a queue");
    assert_eq!((state, read_only.code), ("skipped", Some(0)), "{says}");
}

#[test]
fn what_the_console_can_do_without_is_a_warning() {
    let site = Site::open(&["--deny", "conversation:summary:view"]);
    let report = site.look(&mut site.doctor(&[]));
    let (state, says, remedy) = report.line("right to read summaries");
    assert_eq!((state, report.code), ("warn", Some(0)));
    assert_eq!(says, "lacks conversation:summary:view: there are no summaries");
    assert!(remedy.starts_with("add conversation:summary:view to a role"), "{remedy}");
}

#[test]
fn a_gateway_tells_scopes() {
    let site = Site::open(&["--dialect", "gateway", "--deny", "messaging:conversation:transfer"]);
    let report = site.look(&mut site.doctor(&["--dialect", "gateway"]));
    report.fails_alone(
        "right to hand over to an agent",
        "lacks messaging:conversation:transfer: no session can be given to an agent (keys: h hand off",
        "add the scope messaging:conversation:transfer to the OAuth client",
        4,
    );
}

#[test]
fn the_documentation_names_the_rights_that_are_checked() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut groups: Vec<&str> = PLATFORM.iter().map(|need| need.of).collect();
    groups.dedup();
    for group in groups {
        let line = readme.lines().find(|line| line.starts_with(&format!("| {group} | `")));
        let line = line.unwrap_or_else(|| panic!("the table has no line for {group}"));
        let told: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        let mut needed: Vec<&str> = Vec::new();
        for need in PLATFORM.iter().filter(|need| need.of == group) {
            if !needed.contains(&need.right()) {
                needed.push(need.right());
            }
        }
        assert_eq!(told, needed, "{group}");
    }
}
