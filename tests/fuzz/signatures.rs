//! Signatures of webhooks: made by us, claimed by anybody.
//!
//! A document is a call as lines: secret, `webhook-id`, `webhook-timestamp`, `webhook-signature`,
//! `authorization`, and the body.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use floorwalker::{
    intake::Keys,
    policy::signature::{Key, WINDOW},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "signatures",
    grammar: Grammar::Text,
    besides: &[],
    words: &[
        "whsec_",
        "v1,",
        "v1",
        "v2,",
        " ",
        "=",
        "\n",
        "Bearer ",
        "sesame",
        "1795255262",
        "msg_1",
    ],
    check,
    more: &[whatever_is_changed_is_refused, a_token_is_known_whole],
    few: 1_500,
};

/// The clock of the tests.
const NOW: i64 = 1_795_255_262;
const NAMES: [&str; 4] = ["webhook-id", "webhook-timestamp", "webhook-signature", "authorization"];

fn check(document: &[u8]) {
    let mut lines = document.splitn(6, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let secret = String::from_utf8_lossy(line()).into_owned();
    let key = Key::new(&secret.clone().into());
    if let Err(why) = &key {
        let told = secret.trim_start_matches("whsec_");
        // Shorter ones may be words of the message.
        assert!(told.len() < 16 || !why.contains(told), "{why}");
    }
    let headers: HeaderMap = NAMES
        .iter()
        .filter_map(|name| {
            let value = HeaderValue::from_bytes(line()).ok().filter(|value| !value.is_empty())?;
            Some((HeaderName::from_static(name), value))
        })
        .collect();
    let body = line();
    let right = key.ok();
    let signed = right.as_ref().is_some_and(|key| is_signed(key, &headers, body));
    let keys = Keys { secret: right, token: Some("sesame".into()), window: WINDOW };
    let proved = keys.claim(&headers, NOW).is_ok_and(|claim| keys.proves(&claim, body));
    assert_eq!(proved, signed || keys.knows_token(&headers), "{headers:?}");
}

/// What a signature has to be, said once more: this key's own one is in the list, and the time is now.
fn is_signed(key: &Key, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let Some(((id, at), list)) =
        text("webhook-id").zip(text("webhook-timestamp")).zip(text("webhook-signature"))
    else {
        return false;
    };
    let Ok(at) = at.parse::<i64>() else { return false };
    let own = key.sign(id, at, body);
    at.abs_diff(NOW) <= WINDOW && list.split(' ').any(|one| one == own)
}

/// A signature is of one id, one time and one body, as its bytes run together.
fn whatever_is_changed_is_refused(hand: &mut Hand) {
    let call = || (odd::text(), any::<i64>(), vec(any::<u8>(), 0..200));
    let strategy = (odd::text(), odd::text(), call(), call(), any::<Index>(), 1..=255_u8);
    hand.all(&strategy, |(secret, other, one, two, at, bits)| {
        let Ok(key) = Key::new(&secret.clone().into()) else { return };
        let message = |(id, at, body): &(String, i64, Vec<u8>)| {
            [format!("{id}.{at}.").as_bytes(), body].concat()
        };
        let signature = key.sign(&one.0, one.1, &one.2);
        assert!(key.verify(&one.0, one.1, &one.2, &signature));
        let same = message(one) == message(two);
        assert_eq!(key.verify(&two.0, two.1, &two.2, &signature), same, "{one:?} {two:?}");
        let mut bent = one.2.clone();
        if !bent.is_empty() {
            bent[at.index(one.2.len())] ^= bits;
            assert!(!key.verify(&one.0, one.1, &bent, &signature), "{bent:?}");
        }
        let mut forged = signature.clone().into_bytes();
        forged[at.index(signature.len())] ^= bits;
        let forged = String::from_utf8_lossy(&forged);
        let whole = forged.split(' ').any(|part| part == signature);
        assert!(whole || !key.verify(&one.0, one.1, &one.2, &forged), "{forged}");
        // HMAC fills short keys with zeros: only those can be two spellings of one.
        let plain = |secret: &str| secret.len() <= 64 && !secret.contains('\0');
        let both = [secret, other].map(|it| plain(it) && !it.starts_with("whsec_"));
        if let (Ok(stranger), [true, true], true) =
            (Key::new(&other.clone().into()), both, secret != other)
        {
            let theirs = stranger.sign(&one.0, one.1, &one.2);
            assert!(!key.verify(&one.0, one.1, &one.2, &theirs), "{secret:?} {other:?}");
        }
    });
}

/// A token is known by all of it and nothing else.
fn a_token_is_known_whole(hand: &mut Hand) {
    hand.all(&("[!-~]{1,40}", "[ -~]{0,60}"), |(token, given): &(String, String)| {
        let keys = Keys { secret: None, token: Some(token.clone().into()), window: WINDOW };
        let header = |value: &str| -> HeaderMap {
            let value = HeaderValue::from_str(value).unwrap();
            [(HeaderName::from_static("authorization"), value)].into_iter().collect()
        };
        assert!(keys.knows_token(&header(&format!("Bearer {token}"))));
        let same = given.split_once(' ').is_some_and(|(scheme, rest)| {
            scheme.eq_ignore_ascii_case("bearer") && rest.trim() == token
        });
        assert_eq!(keys.knows_token(&header(given)), same, "{given:?}");
    });
}
