//! How fast and how quiet the console is: the real binary in a real pseudo-terminal, over a floor of 500
//! queues, 5,000 agents and 10,000 sessions that stands still, and a log of 100,000 records.
//!
//! Half an hour, and figures rather than verdicts, since they depend on the machine:
//! `cargo test --release --test pace -- --ignored --nocapture`.

#[cfg(test)]
#[path = "pace/bare.rs"]
mod bare;
#[cfg(test)]
#[path = "support/filled.rs"]
mod filled;
#[cfg(test)]
#[path = "pace/line.rs"]
mod line;
#[cfg(test)]
#[path = "pace/place.rs"]
mod place;
#[cfg(test)]
#[path = "pace/process.rs"]
mod process;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::{
        bare,
        line::{Line, Moved},
        place::Place,
        process::Usage,
    };

    const LARGE: (u16, u16) = (200, 60);
    /// Until all names of 5,000 agents and the whole history of 10,000 sessions have been read, a page at a time
    /// and eleven a minute: before that the floor does not stand still.
    const SETTLED: Duration = Duration::from_secs(1_500);
    /// Until what keys have asked for has been read.
    const CALM: Duration = Duration::from_secs(60);
    const QUIET: Duration = Duration::from_secs(60);

    #[test]
    #[ignore = "takes half an hour and a machine that does nothing else"]
    fn the_console_over_a_large_floor() {
        let place = Place::open();
        starts(&place);
        // Both at once: most of it is waiting.
        let (mut line, mut clockless) = (live(&place, &[]), live(&place, &["--no-clock"]));
        line.rest(SETTLED);
        idles(&mut clockless, "without the clock");
        drop(clockless);
        moves(&mut line, "key to changed screen");
        scale();
        filters(&mut line);
        resizes(&mut line);
        idles(&mut line, "with the clock");
        drop(line);
        ends(&place);
    }

    /// A console that shows the floor.
    fn live(place: &Place, more: &[&str]) -> Line {
        let mut line = Line::start(place.command(more), LARGE);
        line.until("a live floor", |screen| screen.contains("● live") && screen.contains("◇ bot"));
        line
    }

    fn starts(place: &Place) {
        let mut first = Vec::new();
        for _ in 0..20 {
            let mut line = Line::start(place.command(&[]), LARGE);
            first.push(line.until("any text", |screen| !screen.trim().is_empty()));
        }
        told("first paint after exec", &mut first, "< 10 ms");
    }

    /// The same for a bare list.
    fn scale() {
        let mut line = Line::start(bare::command("tests::a_bare_list"), LARGE);
        line.until("the list", |screen| screen.contains("guest-20 "));
        moves(&mut line, "for scale, a bare list of ratatui's: key to changed screen");
    }

    #[test]
    #[ignore = "what the console is measured beside, in a process of its own"]
    fn a_bare_list() {
        bare::run();
    }

    fn moves(line: &mut Line, what: &str) {
        let keys = ["j"; 20].into_iter().chain(["k"; 20]).cycle().take(400);
        let moved: Vec<Moved> = keys.map(|key| line.press(key)).collect();
        let mut took: Vec<Duration> = moved.iter().map(|moved| moved.took).collect();
        told(what, &mut took, "p50 < 0.6 ms, p99 < 1.5 ms");
        let mut bytes: Vec<usize> = moved.iter().map(|moved| moved.bytes).collect();
        bytes.sort_unstable();
        let (most, middle) = (bytes[bytes.len() * 99 / 100], bytes[bytes.len() / 2]);
        println!("bytes for a move: p50 {middle}, p99 {most} (goal: at most 300)");
    }

    /// What looks at every row: a letter of a filter, a column to sort by, a letter of the palette.
    fn filters(line: &mut Line) {
        let mut letters = Vec::new();
        for _ in 0..5 {
            line.press("/");
            letters.extend("refund".chars().map(|c| line.press(&c.to_string()).took));
            line.press("\x1b");
            line.rest(Duration::from_millis(300));
        }
        told("a letter of a filter", &mut letters, "no goal");
        let mut sorted: Vec<_> = (0..16).map(|_| line.press("s").took).collect();
        told("another column to sort by", &mut sorted, "no goal");
        let mut found = Vec::new();
        for _ in 0..5 {
            line.press(":");
            found.extend("garcia".chars().map(|c| line.press(&c.to_string()).took));
            line.press("\x1b");
            line.rest(Duration::from_millis(300));
        }
        told("a letter of the palette", &mut found, "no goal");
    }

    fn resizes(line: &mut Line) {
        let sizes = [(20, 5), (300, 100), (80, 24), (121, 41), (160, 40)];
        let mut last = Vec::new();
        for _ in 0..5 {
            for size in sizes.iter().cycle().take(49) {
                line.resize(*size);
                std::thread::sleep(Duration::from_millis(5));
            }
            last.push(line.resized(LARGE));
            let screen = line.screen();
            assert!(screen.contains("● live") && screen.contains("◇ bot"), "{screen}");
        }
        told("the last of 50 resizes to the whole screen", &mut last, "< 5 ms");
    }

    fn idles(line: &mut Line, how: &str) {
        line.rest(CALM);
        let (before, bytes) = (Usage::of(line.pid()), line.bytes());
        line.rest(QUIET);
        let spent = Usage::of(line.pid()).since(&before);
        let minutes = QUIET.as_secs_f64() / 60.0;
        let bytes = (line.bytes() - bytes) as f64 / minutes;
        println!(
            "idle for {} s, {how}: {bytes:.0} bytes a minute (goal: 2,000 / none)",
            QUIET.as_secs()
        );
        println!("{spent}");
        println!("(goals: < 0.1 % of a core, at most 2 wake-ups a second, < 40 MiB)");
    }

    /// Every way to end: the terminal is given back, with a message where somebody is left to read it.
    fn ends(place: &Place) {
        for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
            let mut took = Vec::new();
            for _ in 0..5 {
                let mut line = live(place, &[]);
                took.push(line.ends_by(signal, code));
            }
            told(&format!("SIG{signal} to the end, restored"), &mut took, "< 50 ms");
        }
        let mut took = Vec::new();
        for _ in 0..5 {
            took.push(live(place, &[]).hangs_up());
        }
        told("a closed terminal to the end", &mut took, "< 50 ms");
        let mut line = live(place, &[]);
        let (stopped, back) = line.stops_and_goes_on();
        println!("SIGTSTP to stopped and restored {stopped:.1?}, SIGCONT to the screen {back:.1?}");
    }

    /// Says how a sample is spread.
    fn told(what: &str, sample: &mut [Duration], goal: &str) {
        sample.sort_unstable();
        let ms = |share: usize| sample[(sample.len() * share / 100).min(sample.len() - 1)];
        let ms = |share| ms(share).as_secs_f64() * 1e3;
        println!(
            "{what}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms of {} (goal: {goal})",
            ms(50),
            ms(99),
            ms(100),
            sample.len()
        );
    }

    /// The measures measure: in a second on a small scale, without a verdict on the machine.
    #[test]
    fn what_is_measured_is_there() {
        let place = Place::of(&["--queues", "5", "--agents", "20", "--sessions", "40"], 100);
        let mut line = live(&place, &[]);
        let moved = line.press("j");
        assert!(moved.took > Duration::ZERO && moved.bytes > 0);
        let before = Usage::of(line.pid());
        let begun = Instant::now();
        while line.press("j").bytes > 0 && begun.elapsed() < Duration::from_secs(1) {}
        let spent = Usage::of(line.pid()).since(&before);
        assert!(spent.cpu() > 0.0 && spent.resident() > 1 << 20, "{spent}");
        assert!(line.ends_by("TERM", 143) > Duration::ZERO);
    }
}
