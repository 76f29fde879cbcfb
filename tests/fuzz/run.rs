//! Cases by the thousand: from one seed for the suite, from ever new ones for minutes.

use std::{
    any::Any,
    env, fs,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner},
};

use crate::bend::{Grammar, bent};

/// What reads bytes from outside.
pub struct Decoder {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Where other good documents are: files, or folders of TOML.
    pub besides: &'static [&'static str],
    /// What its documents are made of.
    pub grammar: Grammar,
    /// Words that it knows: put where nobody expects them.
    pub words: &'static [&'static str],
    /// Reads a document, and looks at what must hold of what comes of it. Panics where it does not.
    pub check: fn(&[u8]),
    /// What needs more than bytes: values made up for it.
    pub more: &'static [fn(&mut Hand)],
    /// Cases of each in the suite.
    pub few: u32,
}

/// A stranger's hand: so many cases of whatever it is given.
pub struct Hand {
    decoder: &'static str,
    cases: u32,
    seed: u64,
    /// How often it was given something: each time is from another place of the seed.
    times: u64,
}

impl Hand {
    fn new(decoder: &'static str, cases: u32, seed: u64) -> Self {
        Self { decoder, cases, seed, times: 0 }
    }

    /// One that counts from nothing: a runner that has done its cases does no more.
    fn runner(&mut self) -> TestRunner {
        let config = Config { failure_persistence: None, ..Config::with_cases(self.cases) };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.times.to_le_bytes());
        self.times += 1;
        let rng = TestRng::from_seed(config.rng_algorithm, &bytes);
        TestRunner::new_with_rng(config, rng)
    }

    /// Holds what must hold against as many values as this round has.
    pub fn all<S: Strategy>(&mut self, strategy: &S, holds: impl Fn(&S::Value)) {
        let told = self.runner().run(strategy, |value| held(|| holds(&value)));
        assert!(told.is_ok(), "{}: {}", self.decoder, told.unwrap_err());
    }

    /// The same for documents. What does not hold is kept, cut down as far as it goes.
    fn documents(&mut self, strategy: &impl Strategy<Value = Vec<u8>>, check: fn(&[u8])) {
        let (decoder, before) = (self.decoder, env::var("FLOORWALKER_FUZZ_KEEP").is_ok());
        let look = |document: Vec<u8>| {
            // What ends the whole process can't be told afterwards.
            if before {
                write(&format!("{decoder}-last"), &document);
            }
            held(|| check(&document))
        };
        match self.runner().run(strategy, look) {
            Ok(()) => {}
            Err(TestError::Fail(why, document)) => {
                let kept = keep(self.decoder, &document);
                panic!("{}: {why}\nThe document is {}", self.decoder, kept.display())
            }
            Err(TestError::Abort(why)) => panic!("{}: {why}", self.decoder),
        }
    }
}

/// What was found by a look that panics where something does not hold.
fn held(look: impl FnOnce()) -> Result<(), TestCaseError> {
    catch_unwind(AssertUnwindSafe(look)).map_err(|why| TestCaseError::fail(said(&*why)))
}

fn said(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| why.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panics".into())
}

/// Where the corpus of a decoder is.
pub fn corpus(decoder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(decoder)
}

/// That a document of a corpus is what the program makes, as hashes and signatures ask for; `FLOORWALKER_FUZZ_KEEP`
/// makes it so.
pub fn is_made(decoder: &str, name: &str, document: &str) {
    let path = corpus(decoder).join(name);
    if env::var("FLOORWALKER_FUZZ_KEEP").is_ok() {
        fs::write(&path, document).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), document, "{}", path.display());
}

/// The documents of a corpus, and those that it has besides, by the names of their files.
pub fn seeds(decoder: &Decoder) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = files(&corpus(decoder.name));
    files.extend(decoder.besides.iter().flat_map(|path| self::files(&root.join(path))));
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

/// A file, or those in a folder, but for what is said of them beside them.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let told = |path: &PathBuf| path.with_extension("toml").is_file();
    let is_said = |path: &PathBuf| path.extension().is_some_and(|it| it == "txt") && told(path);
    let mut files: Vec<PathBuf> = entries.filter(|path| !is_said(path)).collect();
    files.sort();
    files
}

/// Keeps a document that something does not hold of: to be put into the corpus once it is mended.
fn keep(decoder: &str, document: &[u8]) -> PathBuf {
    write(&format!("{decoder}-{}-{}", document.len(), fastrand::u32(..)), document)
}

fn write(name: &str, document: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, document).unwrap();
    path
}

/// One round of a decoder; how many cases it had.
fn round(decoder: &Decoder, cases: u32, seed: u64) -> u64 {
    let mut hand = Hand::new(decoder.name, cases, seed);
    let seeds: Vec<Vec<u8>> = seeds(decoder).into_iter().map(|(_, text)| text).collect();
    hand.documents(&bent(decoder.grammar, seeds, decoder.words), decoder.check);
    decoder.more.iter().for_each(|property| property(&mut hand));
    hand.times * u64::from(cases)
}

/// The corpus as it is, and a few thousand cases more.
pub fn short(decoder: &Decoder) {
    for (name, document) in seeds(decoder) {
        let held = catch_unwind(AssertUnwindSafe(|| (decoder.check)(&document)));
        assert!(held.is_ok(), "{}/{name}: {}", decoder.name, said(&*held.unwrap_err()));
    }
    round(decoder, decoder.few, 0);
}

/// Cases of one round of the long form.
const ROUND: u32 = 2_000;

/// All decoders at once, each in a thread of its own and for as long; a line of each at the end.
pub fn long(decoders: &'static [Decoder]) {
    let minutes = env::var("FLOORWALKER_FUZZ_MINUTES").map_or(10.0, |told| told.parse().unwrap());
    let until = Instant::now() + Duration::from_secs_f64(60.0 * minutes);
    let wanted = env::var("FLOORWALKER_FUZZ").unwrap_or_default();
    let first = fastrand::u64(..1 << 32);
    println!("seeds from {first} on");
    // What was found is told once, at the end.
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let chosen = decoders.iter().filter(|decoder| decoder.name.contains(&wanted));
    let running: Vec<_> = chosen
        .map(|decoder| {
            let rounds = move || {
                let (mut cases, mut seed) = (0, first);
                while Instant::now() < until {
                    cases += round(decoder, ROUND, seed);
                    seed += 1;
                }
                println!("{:<12} {cases:>10} cases", decoder.name);
            };
            (decoder.name, thread::spawn(rounds))
        })
        .collect();
    let found = running.into_iter().filter_map(|(name, thread)| Some((name, thread.join().err()?)));
    let found: Vec<String> = found.map(|(name, why)| format!("{name}: {}", said(&*why))).collect();
    panic::set_hook(loud);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// However long a document is, and however deep, it is read to its end. What takes more than its length
/// would take hours for these; the wait is a bound and nothing is measured.
pub fn ends(decoder: &'static Decoder) {
    const PATIENCE: Duration = Duration::from_secs(60);
    let (told, heard) = channel();
    thread::spawn(move || {
        for document in endless(decoder) {
            (decoder.check)(&document);
        }
        let _ = told.send(());
    });
    match heard.recv_timeout(PATIENCE) {
        Ok(()) => {}
        Err(RecvTimeoutError::Timeout) => panic!("{} does not come to an end", decoder.name),
        Err(RecvTimeoutError::Disconnected) => panic!("{} panics, as told above", decoder.name),
    }
}

/// Documents that are long in one way or another: a seed over and over, nesting, one letter, one word.
fn endless(decoder: &Decoder) -> impl Iterator<Item = Vec<u8>> {
    const LONG: usize = 16_000;
    let again = |text: &[u8]| text.iter().copied().cycle().take(LONG).collect::<Vec<u8>>();
    let seeds = seeds(decoder).into_iter().map(|(_, text)| text);
    let seeds: Vec<Vec<u8>> = seeds.filter(|text| !text.is_empty()).collect();
    let pieces = [
        "[", "{\"a\":", "(", "!", "\"", "\\", "a", " ", "\n", "0", "9", ".", "\u{301}", "\u{1b}",
        "\u{202e}", "=", "a.", "-", "a\n", "[a]\n", "%", "&a=", "…", "[[a]]\n", "a=", "@",
    ];
    let words = pieces.iter().chain(decoder.words).map(|word| word.as_bytes().to_vec());
    let all: Vec<Vec<u8>> = seeds.into_iter().chain(words).collect();
    all.into_iter().filter(|text| !text.is_empty()).map(move |text| again(&text))
}
