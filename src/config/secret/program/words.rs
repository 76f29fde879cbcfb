//! What a program says beside what it prints: its first line is kept, the rest is taken from it and dropped.

use std::{
    io::{self, BufRead, BufReader, Read},
    process::ChildStderr,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// How long is waited for words of a program that has ended: they are there already, or there are none.
const THERE: Duration = Duration::from_secs(1);

/// Nobody says more before the end of a line.
const LONGEST: u64 = 8 * 1024;

/// What is heard of it.
pub(super) struct Words(Receiver<String>);

impl Words {
    /// Listens until the last who can say something has gone, so that nobody has to wait to be heard.
    pub(super) fn of(stream: ChildStderr) -> Self {
        let (told, heard) = channel();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            if let Some(first) = first(&mut stream) {
                // Whoever has what was printed does not listen any more.
                let _ = told.send(first);
            }
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        Self(heard)
    }

    /// Its first words, once it has ended.
    pub(super) fn said(self) -> Option<String> {
        self.0.recv_timeout(THERE).ok()
    }
}

/// The first line that is not empty.
fn first(stream: &mut impl BufRead) -> Option<String> {
    loop {
        let mut line = Vec::new();
        let read = stream.by_ref().take(LONGEST).read_until(b'\n', &mut line).ok()?;
        let line = String::from_utf8_lossy(&line);
        match line.trim() {
            _ if read == 0 => return None,
            "" => {}
            line => return Some(line.to_owned()),
        }
    }
}
