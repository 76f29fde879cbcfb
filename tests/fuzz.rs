//! Every decoder of bytes from outside, held against what nobody thought of.
//!
//! ```text
//! corpus ──┬─→ bent, byte by byte, line by line, value by value ─┐
//!          └─→ as it is ──────────────────────────────────────────┼─→ decoder ─→ what must hold
//! bytes at random, values made up ────────────────────────────────┘
//! ```
//! The short form runs with every other test, from one seed. For as many minutes as are told, each decoder
//! in a thread of its own, from ever new seeds:
//! `FLOORWALKER_FUZZ_MINUTES=10 cargo test --release --test fuzz -- --ignored --nocapture`
//! (`FLOORWALKER_FUZZ=filter` takes one decoder alone). What does not hold is cut down as far as it goes and
//! kept as a file; once it is mended, that file belongs into `tests/fuzz/corpus`, which is run as it is. What
//! ends the whole process, as a stack that overflows does, is the last one that `FLOORWALKER_FUZZ_KEEP=1` has
//! written down.

#[cfg(test)]
#[path = "fuzz/bend.rs"]
mod bend;
#[cfg(test)]
#[path = "fuzz/checkpoints.rs"]
mod checkpoints;
#[cfg(test)]
#[path = "fuzz/config.rs"]
mod config;
#[cfg(test)]
#[path = "fuzz/filter.rs"]
mod filter;
#[cfg(test)]
#[path = "fuzz/frames.rs"]
mod frames;
#[cfg(test)]
#[path = "fuzz/gateway.rs"]
mod gateway;
#[cfg(test)]
#[path = "fuzz/import.rs"]
mod import;
#[cfg(test)]
#[path = "fuzz/keymap.rs"]
mod keymap;
#[cfg(test)]
#[path = "fuzz/login.rs"]
mod login;
#[cfg(test)]
#[path = "fuzz/odd.rs"]
mod odd;
#[cfg(test)]
#[path = "fuzz/org.rs"]
mod org;
#[cfg(test)]
#[path = "fuzz/platform.rs"]
mod platform;
#[cfg(test)]
#[path = "fuzz/run.rs"]
mod run;
#[cfg(test)]
#[path = "fuzz/signatures.rs"]
mod signatures;
#[cfg(test)]
#[path = "fuzz/text.rs"]
mod text;
#[cfg(test)]
#[path = "fuzz/webhooks.rs"]
mod webhooks;

#[cfg(test)]
use run::Decoder;

/// All of them.
#[cfg(test)]
static DECODERS: [Decoder; 12] = [
    platform::DECODER,
    gateway::DECODER,
    webhooks::DECODER,
    signatures::DECODER,
    filter::DECODER,
    keymap::DECODER,
    config::DECODER,
    frames::DECODER,
    import::DECODER,
    checkpoints::DECODER,
    text::DECODER,
    login::DECODER,
];

macro_rules! each {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            run::short(&$name::DECODER);
        })+

        /// However long and however deep.
        #[cfg(test)]
        mod ends {
            $(#[test]
            fn $name() {
                crate::run::ends(&crate::$name::DECODER);
            })+
        }

        #[test]
        fn every_decoder_has_its_tests_and_its_corpus() {
            let tried = [$(stringify!($name)),+];
            assert_eq!(tried, DECODERS.each_ref().map(|decoder| decoder.name));
            let corpus = std::fs::read_dir(run::corpus("")).unwrap();
            let mut folders: Vec<String> =
                corpus.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
            folders.sort();
            let mut names = tried;
            names.sort();
            assert_eq!(folders, names);
        }
    };
}

each! {
    platform gateway webhooks signatures filter keymap config frames import checkpoints text login
}

#[test]
#[ignore = "takes minutes"]
fn for_minutes() {
    run::long(&DECODERS);
}
