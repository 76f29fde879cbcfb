//! A picture of the console as it runs: its own cells, as SVG. No terminal is needed for it.

mod svg;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
};

use super::{
    Settings,
    app::{App, Effect, Message},
    keys::Chord,
};
use crate::engine::{Handle, Link};

pub use svg::{Shade, svg};

/// How often is looked whether there is something to see.
const LOOK: Duration = Duration::from_millis(50);
/// How long the first floor is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long what a key asks for may take.
const ANSWER: Duration = Duration::from_millis(1_500);

/// What is to be on the picture.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The size of the screen.
    pub size: Size,
    /// Keys that are pressed before, one after the other.
    pub keys: Vec<Chord>,
    /// How long the floor has been seen by then.
    pub after: Duration,
}

/// Runs the console on no terminal until all that the scene asks for is to be seen. `None` if there was no
/// floor in time.
pub fn take(mut handle: Handle, settings: &Settings, scene: &Scene) -> Option<Buffer> {
    let mut sitter = Sitter { app: App::new(settings, scene.size, now()), handle: &mut handle };
    let end = Instant::now() + PATIENCE;
    while !sitter.is_ready() {
        if Instant::now() > end {
            return None;
        }
        sitter.wait(LOOK);
    }
    sitter.wait(scene.after);
    for key in &scene.keys {
        sitter.tell(Message::Press(*key));
        sitter.wait(ANSWER);
    }
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, scene.size)));
    sitter.app.draw(&mut buffer);
    Some(buffer)
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// A console that holds still.
struct Sitter<'a> {
    app: App,
    handle: &'a mut Handle,
}

impl Sitter<'_> {
    /// True once queues, agents and sessions are known.
    fn is_ready(&self) -> bool {
        let cx = self.app.cx();
        let loading = &cx.floor.loading;
        cx.pulse.link == Link::Live && loading.agents_known && loading.sessions_known
    }

    /// Lets so much time pass, taking in whatever comes.
    fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            while let Ok(event) = self.handle.events.try_recv() {
                self.tell(Message::Engine(event));
            }
            let pulse = self.handle.pulse.borrow_and_update().clone();
            self.tell(Message::Pulse(pulse));
            let floor = self.handle.floor.borrow_and_update().clone();
            self.tell(Message::Floor(floor));
            self.tell(Message::Tick);
            self.app.shown();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn tell(&mut self, message: Message) {
        self.app.update(message, now());
        for effect in self.app.take_effects() {
            if let Effect::Send(command) = effect
                && let Err(error) = self.handle.commands.try_send(command)
            {
                self.app.update(Message::Unsent(error.into_inner()), now());
            }
        }
    }
}
