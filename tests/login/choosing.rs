//! Which org is signed in to, and what is said where nobody has said which.

use crate::{desk::Desk, processes::Home, pty::Terminal};

#[test]
fn where_it_leads_is_said_before_the_address_and_that_nobody_chose_it() {
    let desk = Desk::new();
    let login = desk.begin();
    let told = format!("Signing in to prod at {}\n", desk.address());
    let unasked =
        "That is the default_context of 2: prod, robot; --context NAME signs in to another.\n";
    assert!(login.before.starts_with(&format!("{told}{unasked}")), "{}", login.before);
    drop(login.paste("nonsense"));
    let login = desk.begin_with(&["--context", "prod"]);
    assert!(login.before.starts_with(&told), "{}", login.before);
    assert!(!login.before.contains("default_context"), "{}", login.before);
    drop(login.paste("nonsense"));
}

#[test]
fn where_no_context_is_chosen_all_of_them_are_named() {
    let home = Home::new();
    let context = |name: &str| {
        format!("[contexts.{name}]\nregion = 'Dublin'\nclient_id = 'x'\nsign_in = 'person'\n")
    };
    home.configure(&["alpha", "beta", "gamma"].map(context).concat());
    let choice = "None of the configuration's contexts is chosen: --context NAME; there is alpha, beta, gamma";
    for command in [["login", "--no-browser"].as_slice(), &["logout"], &["whoami"], &["queues"]] {
        let ended = home.run(command, &[]);
        assert_eq!(ended.code, Some(2), "{command:?}: {}", ended.error);
        assert!(ended.error.contains(choice), "{command:?}: {}", ended.error);
        assert!(!ended.error.contains("config init"), "{command:?}: {}", ended.error);
    }
    let elsewhere = ["login", "--no-browser", "--base-url", "https://api.mypurecloud.ie"];
    let ended = home.run(&elsewhere, &[]);
    assert!(ended.error.contains("signed in to by an OAuth client"), "{}", ended.error);
    assert!(ended.error.contains(choice), "{}", ended.error);
    let folder = home.path().to_str().unwrap();
    let config = format!("{folder}/.config");
    let folders = [("HOME", folder), ("XDG_CONFIG_HOME", config.as_str())];
    let mut console = Terminal::start(&[], &folders, 160, 40);
    console.shows(choice);
    assert_eq!(console.ended(), 2);
}

#[test]
fn where_there_is_no_configuration_it_is_said_what_makes_one() {
    let home = Home::new();
    for command in [["login", "--no-browser"].as_slice(), &["whoami"], &["queues"]] {
        let ended = home.run(command, &[]);
        assert_eq!(ended.code, Some(2), "{command:?}: {}", ended.error);
        let said = "There is no configuration that names one: `floorwalker config init` makes it";
        assert!(ended.error.contains(said), "{command:?}: {}", ended.error);
    }
}
