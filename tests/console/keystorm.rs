//! Random keys, floors, news and sizes, with what must hold after every one of them.
//!
//! The short form runs with every other test; a million steps by
//! `cargo test --release --test console keystorm -- --ignored --nocapture`.
//! Of one that fails the shortest list of steps that still does is told; `KEYSTORM` takes it back in, or a
//! seed alone, and `KEYSTORM_STEPS` says how many steps the long form takes.
//!
//! What must hold: nothing panics; a cursor goes to another row only by what may move it; nothing is sent
//! but what stood on the screen to be confirmed, by the key that confirms it; while the console is locked
//! or read-only nothing is; and esc leads out of everything.

#![expect(clippy::print_stdout, reason = "how many steps were taken is to be read")]

#[path = "keystorm/cursors.rs"]
mod cursors;
#[path = "keystorm/run.rs"]
mod run;
#[path = "keystorm/seen.rs"]
mod seen;
#[path = "keystorm/step.rs"]
mod step;
#[path = "keystorm/world.rs"]
mod world;
#[path = "keystorm/writes.rs"]
mod writes;

use std::{env, thread, time::Instant};

use self::{
    run::{Failure, LENGTH, Tally, fails, go_through, shortest},
    step::{Step, Steps},
};

/// Steps of the short form.
const FEW: u64 = 18_000;

/// Steps of the long form, unless told otherwise.
const MANY: u64 = 1_000_000;

/// What every storm sends.
const SENT: [&str; 10] = [
    "Handoff",
    "Batch",
    "Cancel",
    "Supervise",
    "Release",
    "End",
    "Open",
    "Decline",
    "Defer",
    "Deed",
];

#[test]
fn a_short_storm_of_keys() {
    match env::var("KEYSTORM") {
        Ok(told) => again(&told),
        Err(_) => storm(0, FEW),
    }
}

#[test]
#[ignore = "takes minutes"]
fn a_million_steps_of_random_keys() {
    let steps = env::var("KEYSTORM_STEPS").map_or(MANY, |steps| steps.parse().unwrap());
    let began = Instant::now();
    let threads = u64::try_from(thread::available_parallelism().unwrap().get()).unwrap();
    let each = steps.div_ceil(threads);
    let storms = (0..threads).map(|nth| thread::spawn(move || storm(1_000_000 * (nth + 1), each)));
    let all: Vec<_> = storms.collect();
    for one in all {
        assert!(one.join().is_ok(), "a storm has found something, as told above");
    }
    println!("{} steps of random keys in {:.1?}", each * threads, began.elapsed());
}

/// So many steps, from this seed on. What would send nothing would prove nothing.
fn storm(first: u64, steps: u64) {
    let length = u64::try_from(LENGTH).unwrap();
    let mut all = Tally::new();
    for seed in first..first + steps.div_ceil(length) {
        let steps: Vec<Step> = Steps::new(seed).take(LENGTH).collect();
        let gone = go_through(seed, &steps);
        let failure = gone.as_ref().err().cloned();
        assert!(failure.is_none(), "{}", told(seed, &steps, failure));
        for (name, count) in gone.into_iter().flatten() {
            *all.entry(name).or_default() += count;
        }
    }
    println!("{all:?}");
    for name in SENT {
        assert!(all.contains_key(name), "{name} was never sent: {all:?}");
    }
}

/// What was told of a storm that failed, once more.
fn again(told_before: &str) {
    let (seed, steps) = told_before.split_once(' ').unwrap_or((told_before, ""));
    let seed: u64 = seed.parse().unwrap();
    let steps: Vec<Step> = match steps.trim() {
        "" => Steps::new(seed).take(LENGTH).collect(),
        listed => listed.split_whitespace().map(|step| step.parse().unwrap()).collect(),
    };
    let failure = fails(seed, &steps);
    assert!(failure.is_none(), "{}", told(seed, &steps, failure));
}

/// What went wrong, with the shortest list of steps that lets it.
fn told(seed: u64, steps: &[Step], failure: Option<Failure>) -> String {
    let Some(failure) = failure else { return String::new() };
    let (steps, failure) = shortest(seed, steps, failure);
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    format!("{}: {}\nKEYSTORM=\"{seed} {}\"", failure.rule, failure.told, steps.join(" "))
}

#[test]
fn a_step_can_be_written_down_and_read_again() {
    for step in Steps::new(7).take(500) {
        assert_eq!(step.to_string().parse(), Ok(step));
    }
}

#[test]
fn the_same_seed_brings_the_same_steps() {
    let steps = |seed| Steps::new(seed).take(100).collect::<Vec<_>>();
    assert_eq!(steps(3), steps(3));
    assert_ne!(steps(3), steps(4));
}
