//! Who counts before whom, without any process's environment.

use super::*;
use crate::config::Config;

const FILE: &str = r#"
default_context = "prod"

[contexts.prod]
region = "Frankfurt"
login_url = "https://login.example"
client_id = "file"
client_secret_command = "pass show prod"
watch = ["a"]
read_only = true
colour = "red"

[contexts.test]
base_url = "https://gateway.example/"
dialect = "gateway"
colour = "none"
"#;

fn resolved(asked: &Asked, variables: &[(&str, &str)]) -> Result<Context, String> {
    let env = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::read(FILE, "config.toml", &env).unwrap().contexts.resolve(asked, &env)
}

fn base(context: &Context) -> (&str, Origin) {
    let host = context.host.as_ref().unwrap();
    (host.value.base_url.as_str(), host.origin)
}

#[test]
fn the_file_says_what_nobody_else_does() {
    let context = resolved(&Asked::default(), &[("GENESYS_CLIENT_ID", " ")]).unwrap();
    assert_eq!(base(&context), ("https://api.mypurecloud.de", Origin::File(5)));
    assert_eq!(context.client_id, Some(Given::from(Origin::File(7), "file".into())));
    assert_eq!(context.label(), Some("prod"));
    assert_eq!(
        (context.watch.value.as_slice(), context.read_only()),
        (["a".to_owned()].as_slice(), true)
    );
    assert_eq!(context.requests_per_minute, Given::default(REQUESTS_PER_MINUTE));
    let test = Asked { context: Some("test".into()), ..Asked::default() };
    let context = resolved(&test, &[]).unwrap();
    assert_eq!(base(&context).0, "https://gateway.example");
    assert_eq!(context.dialect.value, Dialect::Gateway);
}

#[test]
fn an_org_that_is_elsewhere_has_not_the_name_and_not_the_login_host() {
    let elsewhere = [("GENESYS_BASE_URL", "https://other.example")];
    let context = resolved(&Asked::default(), &elsewhere).unwrap();
    assert_eq!(base(&context), ("https://other.example", Origin::Env("GENESYS_BASE_URL")));
    assert_eq!((context.label(), &context.login_url), (None, &None));
    let both = [elsewhere.as_slice(), &[("GENESYS_LOGIN_URL", "https://login.other.example")]];
    let context = resolved(&Asked::default(), &both.concat()).unwrap();
    assert_eq!(context.login_url.unwrap().value, "https://login.other.example");
    // What the file says of that org holds nevertheless where it keeps a hand from slipping.
    assert!(context.read_only.value);
}

#[test]
fn a_region_and_an_address_of_one_speaker_have_to_agree_and_others_are_not_heard() {
    let asked = Asked { region: Some("Dublin".into()), ..Asked::default() };
    let wrong = [("GENESYS_REGION", "nowhere"), ("GENESYS_BASE_URL", "https://x.example")];
    assert_eq!(base(&resolved(&asked, &wrong).unwrap()).0, "https://api.mypurecloud.ie");
    let both = Asked { base_url: Some("https://api.mypurecloud.ie".into()), ..asked.clone() };
    assert_eq!(base(&resolved(&both, &[]).unwrap()).1, Origin::Flag("--base-url"));
    let torn = Asked { base_url: Some("https://api.mypurecloud.de".into()), ..asked };
    let why = resolved(&torn, &[]).unwrap_err();
    assert!(why.starts_with("--base-url: it contradicts the region eu-west-1"), "{why}");
}

#[test]
fn a_colour_is_worn_by_its_own_org_alone() {
    let red = "[safety]\ncolour = 'blue'\n".to_owned()
        + FILE.trim_start_matches("\ndefault_context = \"prod\"");
    let config = Config::read(&red, "config.toml", &|_| None).unwrap();
    let worn = |context: &str, base_url: Option<&str>| {
        let base_url = base_url.map(str::to_owned);
        let asked = Asked { context: Some(context.into()), base_url, ..Asked::default() };
        let context = config.contexts.resolve(&asked, &|_| None).unwrap();
        config.clone().in_context(&context).safety.colour
    };
    assert_eq!(worn("prod", None), Some(Colour::Red));
    assert_eq!(worn("test", None), None);
    assert_eq!(worn("prod", Some("https://other.example")), Some(Colour::Blue));
}

#[test]
fn a_person_signs_in_to_the_published_api_without_a_secret() {
    let read =
        |text: &str| Config::read(&format!("[contexts.a]\n{text}"), "config.toml", &|_| None);
    let config = read("region = 'Dublin'\nsign_in = 'person'\nclient_id = 'x'").unwrap();
    let asked = Asked { context: Some("a".into()), ..Asked::default() };
    let context = config.contexts.resolve(&asked, &|_| None).unwrap();
    assert_eq!(context.sign_in, Given::from(Origin::File(3), SignIn::Person));
    let why = |text: &str| read(text).unwrap_err().to_string();
    let secret = why("region = 'Dublin'\nsign_in = 'person'\nclient_secret_env = 'X'");
    assert!(
        secret.contains("contexts.a.sign_in is \"person\", whose client has no secret"),
        "{secret}"
    );
    let gateway = why("base_url = 'https://g.example'\ndialect = 'gateway'\nsign_in = 'person'");
    assert!(gateway.contains("contexts.a.sign_in is \"client\" for a gateway"), "{gateway}");
    assert!(why("region = 'Dublin'\nsign_in = 'robot'").contains(":3: "));
}

#[test]
fn what_is_said_of_one_org_is_said_of_no_other_but_that_nothing_is_changed() {
    let asked = Asked {
        context: Some("test".into()),
        watch: vec!["b".into()],
        dialect: Some(Dialect::Gateway),
        requests_per_minute: Some(7),
        read_only: true,
        ..Asked::default()
    };
    let prod = resolved(&asked.elsewhere("prod"), &[]).unwrap();
    assert_eq!((prod.label(), prod.dialect.value), (Some("prod"), Dialect::Platform));
    assert_eq!(
        (prod.watch.value.as_slice(), prod.read_only()),
        (["a".to_owned()].as_slice(), true)
    );
    assert_eq!(prod.requests_per_minute.value, REQUESTS_PER_MINUTE);
    let test = resolved(&Asked { read_only: false, ..asked.elsewhere("test") }, &[]).unwrap();
    assert!(!test.read_only());
}

#[test]
fn who_says_that_nothing_is_changed_is_known() {
    let by = |asked: Asked| {
        let context = resolved(&asked, &[]).unwrap();
        (context.read_only_in().map(str::to_owned), context.read_only_by())
    };
    let prod = "read_only of the context prod in the configuration".to_owned();
    assert_eq!(by(Asked::default()), (Some("prod".to_owned()), prod));
    // Who says so now is named before who has written it down.
    let option = (None, "--read-only".to_owned());
    assert_eq!(by(Asked { read_only: true, ..Asked::default() }), option);
    let test = Asked { context: Some("test".into()), ..Asked::default() };
    assert_eq!(by(test).0, None);
}

#[test]
fn who_says_of_every_context_which_org_it_is_is_named() {
    let overruled = |asked: &Asked, variables: &[(&str, &str)]| {
        resolved(asked, variables).unwrap().overruled_by()
    };
    let of_file = Asked::default();
    assert_eq!(overruled(&of_file, &[("FLOORWALKER_CONTEXT", "prod")]), None);
    for name in ["GENESYS_REGION", "GENESYSCLOUD_REGION"] {
        assert_eq!(overruled(&of_file, &[(name, "Dublin")]), Some(name));
    }
    for name in ["GENESYS_BASE_URL", "GENESYS_LOGIN_URL"] {
        assert_eq!(overruled(&of_file, &[(name, "https://x.example")]), Some(name));
    }
    for name in ["GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"] {
        assert_eq!(overruled(&of_file, &[(name, "x")]), Some(name));
    }
    let asked = Asked { region: Some("Dublin".into()), ..of_file };
    assert_eq!(overruled(&asked, &[]), Some("--region"));
}
