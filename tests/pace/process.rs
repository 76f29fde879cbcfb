//! What a process has spent, as the system counts it.

use std::{collections::BTreeMap, fmt, fs, time::Instant};

/// Of every thread: its name, seconds on a core, and how often it woke up.
pub struct Usage {
    at: Instant,
    threads: BTreeMap<String, (String, f64, u64)>,
    /// Bytes in memory.
    resident: u64,
}

/// What was spent between two looks.
pub struct Spent {
    seconds: f64,
    threads: BTreeMap<String, (f64, u64)>,
    resident: u64,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        let folder = format!("/proc/{pid}");
        let mut threads = BTreeMap::new();
        for thread in fs::read_dir(format!("{folder}/task")).unwrap() {
            let path = thread.unwrap().path();
            let text = |file: &str| fs::read_to_string(path.join(file)).unwrap_or_default();
            let (name, cpu) = (text("comm").trim().to_owned(), text("schedstat"));
            let cpu: f64 = cpu.split(' ').next().unwrap().parse().unwrap_or(0.0);
            let woken = field(&text("status"), "voluntary_ctxt_switches:");
            let id = path.file_name().unwrap().to_string_lossy().into_owned();
            threads.insert(id, (name, cpu / 1e9, woken));
        }
        let status = fs::read_to_string(format!("{folder}/status")).unwrap();
        Self { at: Instant::now(), threads, resident: field(&status, "VmRSS:") * 1024 }
    }

    /// What has been spent since then, by the threads' names.
    pub fn since(&self, earlier: &Self) -> Spent {
        let mut threads = BTreeMap::<String, (f64, u64)>::new();
        for (id, (name, cpu, woken)) in &self.threads {
            let (from, slept) = earlier.threads.get(id).map_or((0.0, 0), |(_, c, w)| (*c, *w));
            let spent = threads.entry(name.clone()).or_default();
            *spent = (spent.0 + cpu - from, spent.1 + woken - slept);
        }
        let seconds = (self.at - earlier.at).as_secs_f64();
        Spent { seconds, threads, resident: self.resident }
    }
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

impl Spent {
    /// Seconds on a core.
    pub fn cpu(&self) -> f64 {
        self.threads.values().map(|(cpu, _)| cpu).sum()
    }

    /// Bytes in memory.
    pub fn resident(&self) -> u64 {
        self.resident
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |cpu: f64| cpu / self.seconds * 100.0;
        let rate = |woken: u64| woken as f64 / self.seconds;
        let woken = self.threads.values().map(|(_, woken)| woken).sum();
        let mib = self.resident as f64 / f64::from(1 << 20);
        write!(f, "{:.2} % of a core, ", share(self.cpu()))?;
        write!(f, "{:.1} wake-ups a second, {mib:.0} MiB;", rate(woken))?;
        for (name, (cpu, woken)) in self.threads.iter().filter(|(_, (_, woken))| *woken > 0) {
            write!(f, " {name} {:.2} % {:.1}/s", share(*cpu), rate(*woken))?;
        }
        Ok(())
    }
}
