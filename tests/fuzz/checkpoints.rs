//! Checkpoints and keys, from files that others may have written.

use base64::{Engine, prelude::BASE64_STANDARD};
use floorwalker::domain::audit::{
    Checkpoint, Hash, Head, LogName, SignerKey, VerifierKey,
    checkpoint::{Sheaf, one_line},
};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};

use crate::{
    bend::Grammar,
    odd,
    run::{self, Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "checkpoints",
    grammar: Grammar::Text,
    besides: &[],
    words: &[
        "floorwalker.audit/",
        "— ",
        "floorwalker/desk-1 ",
        "\n\n",
        "\n",
        "time ",
        "audit checkpoint ",
        "PRIVATE+KEY+",
        "+",
        "=",
        "0",
        "-",
    ],
    check,
    more: &[what_was_signed_is_read_and_nothing_else, files_hold_what_was_put_into_them],
    few: 1_000,
};

fn key() -> SignerKey {
    SignerKey::drawn("floorwalker/desk-1", &std::array::from_fn(|n| n as u8)).unwrap()
}

fn check(document: &[u8]) {
    let text = String::from_utf8_lossy(document);
    let key = key();
    let known = [key.verifier().clone()];
    let sheaf = Sheaf::of(&text);
    let lines = text.lines().count();
    for (at, note) in sheaf.notes.iter().map(|(at, note)| (*at, note.as_str())).chain([(1, &*text)])
    {
        assert!((1..=lines.max(1)).contains(&at), "{at} of {lines}");
        match Checkpoint::open(note, &known) {
            // Whatever is believed was signed, word for word.
            Ok(checkpoint) => {
                let body = note.rsplit_once("\n\n").map(|(body, _)| format!("{body}\n")).unwrap();
                assert!(body.starts_with(&checkpoint.to_string()[..20]), "{note}");
                let own = key.sign(&body);
                let signature = own.lines().last().unwrap();
                assert!(note.lines().any(|line| line == signature), "{note}");
                assert!(checkpoint.head.size >= 0);
            }
            Err(refused) => assert!(odd::is_tame(&refused.to_string()), "{refused:?}"),
        }
    }
    for line in text.lines() {
        if let Ok(key) = line.parse::<VerifierKey>() {
            assert_eq!(key.to_string().parse().as_ref(), Ok(&key));
        }
        if let Err(refused) = SignerKey::parse(line) {
            assert!(line.len() < 20 || !refused.to_string().contains(line), "{refused}");
        }
    }
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    let at = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    (any::<u128>(), 0..=i64::MAX, any::<[u8; 32]>(), at).prop_map(|(name, size, hash, at)| {
        let head = Head { log: LogName::drawn(name), size, hash: Hash(hash) };
        Checkpoint { head, at: Timestamp::from_millisecond(at).unwrap() }
    })
}

/// A note is of its text, by its key: with anything else in it, it is refused.
fn what_was_signed_is_read_and_nothing_else(hand: &mut Hand) {
    let strategy = (checkpoint(), any::<[u8; 32]>(), any::<Index>(), 1..=255_u8);
    hand.all(&strategy, |(checkpoint, seed, at, bits)| {
        let (key, known) = (key(), [key().verifier().clone()]);
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &known).as_ref(), Ok(checkpoint));
        let mut bent = note.clone().into_bytes();
        bent[at.index(note.len())] ^= bits;
        if let Ok(bent) = String::from_utf8(bent) {
            let read = Checkpoint::open(&bent, &known);
            assert!(read.is_err(), "{bent} for {note}");
        }
        let stranger = SignerKey::drawn("floorwalker/desk-1", seed).unwrap();
        let read = Checkpoint::open(&checkpoint.sign(&stranger), &known);
        assert!(read.is_err() || stranger.verifier() == key.verifier());
    });
}

/// Notes one behind the other, in files and in syslog.
fn files_hold_what_was_put_into_them(hand: &mut Hand) {
    let many = proptest::collection::vec((checkpoint(), any::<bool>(), 0..3_usize), 0..5);
    hand.all(&many, |many| {
        let key = key();
        let mut file = String::new();
        for (checkpoint, in_syslog, blank) in many {
            let note = checkpoint.sign(&key);
            match in_syslog {
                true => {
                    file += &format!("Nov 21 desk: {}\n", one_line(&note, checkpoint.head.size))
                }
                false => file += &note,
            }
            file += &"\n".repeat(*blank);
        }
        let sheaf = Sheaf::of(&file);
        let known = [key.verifier().clone()];
        let read: Vec<_> =
            sheaf.notes.iter().map(|(_, note)| Checkpoint::open(note, &known).unwrap()).collect();
        let put: Vec<_> = many.iter().map(|(checkpoint, ..)| checkpoint.clone()).collect();
        assert_eq!((read, sheaf.stray), (put, 0), "{file}");
    });
}

/// So that its signature is one: the corpus is made by the program itself.
#[test]
fn the_corpus_is_signed_by_this_program() {
    let key = key();
    let head = Head { log: LogName::drawn(7), size: 1234, hash: Hash::of(b"1234") };
    let checkpoint = Checkpoint { head, at: "2026-11-21T16:00:00.123Z".parse().unwrap() };
    let note = checkpoint.sign(&key);
    let verifier = key.verifier();
    let file = format!("{note}\n{verifier}\nNov 21 desk: {}\n{note}", one_line(&note, 1234));
    run::is_made(DECODER.name, "signed.txt", &file);
    assert!(BASE64_STANDARD.decode(note.split(' ').next_back().unwrap().trim()).is_ok());
}
