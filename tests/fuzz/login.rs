//! What comes back to a sign-in: the address that a browser was sent to, and what the login host answers.
//!
//! A document is such an address, with `STATE` where the sign-in's own state is to stand, or such an answer.

use floorwalker::genesys::{
    auth::{self, Means, TIMEOUT},
    error::Error,
    person::{
        grants::{self, Proof},
        pkce::{Attempt, Turned},
    },
    transport::{Answer, Failure, Request, Transport},
};
use proptest::{prelude::*, sample::Index};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    bend::Grammar,
    odd,
    org::{absent, done},
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "login",
    grammar: Grammar::Json,
    besides: &[],
    words: &[
        "STATE",
        "state=",
        "code=",
        "error=",
        "error_description=",
        "?",
        "&",
        "#",
        "%",
        "%2",
        "%+f",
        "%zz",
        "+",
        "access_token",
        "expires_in",
        "refresh_token",
        "http://localhost:8741/",
    ],
    check,
    more: &[a_code_comes_back_as_it_was_sent, nobody_elses_state_is_taken, no_secret_is_said_back],
    few: 800,
};

const SECRETS: [&str; 3] =
    ["verifier-Zk3vT9qLw2XnR7sYb5Hc", "renewal-Qp8mV4dGh6JtF1kWz0Ux", "code-Tm5rB8yNc1EaS7oPi3Gv"];

/// A login host that answers so.
struct Host(u16, Vec<u8>);

impl Transport for Host {
    async fn exchange(&self, _: Request) -> Result<Answer, Failure> {
        Ok(Answer { status: self.0, body: self.1.clone().into(), ..Answer::default() })
    }
}

fn check(document: &[u8]) {
    let text = String::from_utf8_lossy(document);
    returned(&text);
    for status in [200, 400, 401, 500] {
        let host = Host(status, document.to_vec());
        match redeemed(&host) {
            Ok(grant) => {
                assert_eq!(status, 200);
                assert!(grant.renew_at <= grant.until, "{grant:?}");
                assert!(
                    !format!("{grant:?}").contains(grant.access.expose_secret())
                        || grant.access.expose_secret().len() < 8
                );
                assert!(grant.renewal.is_none_or(|it| !it.expose_secret().is_empty()));
            }
            Err(error) => sound(&error),
        }
        let renewed = done(grants::renew(&host, (&client(), TIMEOUT), &SECRETS[1].into()));
        // Where no new one comes, the old one stays good.
        assert!(renewed.is_err() || renewed.is_ok_and(|grant| grant.renewal.is_some()));
        match done(grants::who(&host, ("https://api.test", TIMEOUT), &SECRETS[0].into())) {
            Ok(account) => {
                assert!(
                    odd::is_tame(&account.id) && account.name.is_none_or(|it| odd::is_tame(&it))
                );
            }
            Err(error) => sound(&error),
        }
    }
}

fn sound(error: &Error) {
    let told = format!("{error} {}", error.explained());
    assert!(odd::is_tame(&told) && error.message.chars().count() <= 501, "{told:?}");
}

fn client() -> auth::Client {
    auth::Client {
        token_url: "https://login.test/oauth/token".into(),
        id: "client".into(),
        secret: Means::Secret("unused".into()),
    }
}

fn redeemed(host: &Host) -> Result<floorwalker::genesys::person::Grant, Error> {
    let (code, verifier) = (SecretString::from(SECRETS[2]), SecretString::from(SECRETS[0]));
    let proof = Proof { code: &code, verifier: &verifier, redirect: "http://localhost:8741/" };
    done(grants::redeem(host, ("https://login.test/oauth/token", "client"), &proof, TIMEOUT))
}

/// An attempt and its state, which stands in the address that a person is sent to.
fn attempt() -> (Attempt, String) {
    let attempt = Attempt::new().unwrap();
    let address = attempt.address("https://login.test", "client", "http://localhost:8741/");
    let state = address.rsplit_once("&state=").unwrap().1.to_owned();
    (attempt, state)
}

fn returned(address: &str) {
    let (attempt, state) = attempt();
    let told = address.replace("STATE", &state);
    match attempt.code(&told) {
        Ok(code) => {
            assert!(told.contains(&state) && !code.expose_secret().is_empty(), "{told}");
        }
        Err(Turned::Denied(why)) => {
            assert!(told.contains(&state) && odd::is_tame(&why) && why.chars().count() <= 201);
        }
        Err(Turned::Empty | Turned::Stranger) => {}
    }
}

/// As a browser spells it: every byte that is not plain.
fn encoded(text: &str, spaces: bool) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        b' ' if spaces => "+".to_owned(),
        other => format!("%{other:02x}"),
    };
    text.bytes().map(byte).collect()
}

fn a_code_comes_back_as_it_was_sent(hand: &mut Hand) {
    hand.all(&(odd::text(), odd::text(), any::<bool>()), |(code, other, spaces)| {
        let (attempt, state) = attempt();
        let around = encoded(other, *spaces);
        let query = format!("x={around}&state={state}&code={}&y={around}", encoded(code, *spaces));
        let back = attempt.code(&format!("http://localhost:8741/?{query}#{around}"));
        match code.is_empty() {
            true => assert_eq!(back.unwrap_err(), Turned::Empty),
            false => assert_eq!(back.unwrap().expose_secret(), code),
        }
        // What begins no byte stands for itself.
        let bare = attempt.code(&format!("/?state={state}&code=100%&more=%+f"));
        assert_eq!(bare.unwrap().expose_secret(), "100%");
        let odd = attempt.code(&format!("/?state={state}&code=%+f%-1%zz%2"));
        assert_eq!(odd.unwrap().expose_secret(), "% f%-1%zz%2");
    });
}

fn nobody_elses_state_is_taken(hand: &mut Hand) {
    let strategy = (any::<Index>(), 1..128_u8, odd::text(), any::<bool>());
    hand.all(&strategy, |(at, bits, other, cut)| {
        let (attempt, state) = attempt();
        let mut bent = state.clone().into_bytes();
        let at = at.index(bent.len());
        bent[at] ^= bits;
        if *cut {
            bent.truncate(at);
        }
        let bent = encoded(&String::from_utf8_lossy(&bent), false);
        for state in [bent, encoded(other, false), String::new()] {
            for query in [format!("code=x&state={state}"), format!("state={state}&error=no")] {
                assert_eq!(attempt.code(&format!("/?{query}")).unwrap_err(), Turned::Stranger);
            }
        }
        assert_eq!(attempt.code("/?code=x").unwrap_err(), Turned::Stranger);
    });
}

/// What the login host says back of what it was sent is not said again.
fn no_secret_is_said_back(hand: &mut Hand) {
    let before = prop_oneof![0..20_usize, 470..510_usize];
    let status = proptest::sample::select(vec![400_u16, 401, 403, 429, 500, 503]);
    let field = proptest::sample::select(vec!["error", "description", "error_description"]);
    hand.all(&(status, before, field, 0..3_usize), |(status, before, field, which)| {
        let secret = SECRETS[*which];
        let text = format!("{} {secret}, and {secret}", "x".repeat(*before));
        let host = Host(*status, format!(r#"{{"{field}":"{text}"}}"#).into_bytes());
        let error = match which {
            1 => done(grants::renew(&host, (&client(), TIMEOUT), &secret.into())).unwrap_err(),
            _ => redeemed(&host).unwrap_err(),
        };
        absent(secret, &format!("{error} {error:?} {}", error.explained()));
    });
}
