//! The loop: all the waiting, and the terminal.
//!
//! ```text
//!   input thread ─┐
//!   signals ──────┤   wait for one, take all that wait,      ┌─▶ effects: commands, suspend, quit
//!   floor, pulse ─┼─▶ tell the app, then at most one frame ──┴─▶ screen
//!   events, tick ─┘
//! ```
//! A press is drawn at once. Everything else waits until 33 ms after the last frame, or half a second for a
//! line that is said to be slow: nobody reads faster, and it must not be flooded. Without a change nothing is
//! written.

mod bidi;
mod clipboard;
mod ink;
mod input;
mod notify;
mod panics;
mod screen;
mod seat;
mod signals;
mod terminal;

use std::{io, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::{
    Ending, Left, Prepare, Settings, Signal,
    app::{App, Effect, Message},
    memory::Keeper,
};
use crate::{
    domain::text::Plain,
    engine::{Handle, Level, Notice},
};

use input::Input;
use screen::Screen;
use signals::{Signals, Sort};
use terminal::Terminal;

pub use seat::Seat;

/// The least time between two frames that no press asked for.
const FRAME: Duration = Duration::from_millis(33);

/// The same for a slow line.
const SLOW_FRAME: Duration = Duration::from_millis(500);

/// How long the engine gets to call handoffs back before the process is stopped.
const CALL_BACK: Duration = Duration::from_millis(100);

/// Presses that may wait; a paste is one.
const INPUTS: usize = 256;

/// One console on the terminal. `T` is what makes another org ready.
struct Shell<'a, T> {
    settings: Settings,
    keeper: Option<Keeper>,
    handle: Handle,
    app: App,
    screen: &'a mut Screen,
    terminal: &'a mut Terminal,
    prepare: Prepare<T>,
    /// The org that is being made ready, and how that will have gone.
    preparing: Option<(Plain, oneshot::Receiver<Result<T, String>>)>,
    /// The org that is ready.
    ready: Option<(Plain, T)>,
    now: fn() -> Timestamp,
    drawn: Instant,
    /// The least time between two frames that no press asked for.
    pace: Duration,
    /// True if the next frame was asked for by a person.
    urgent: bool,
    engine_gone: bool,
    left: Option<Left<T>>,
}

/// What the loop woke up for.
enum Wake<T> {
    Input(Option<Input>),
    Signal(Sort),
    Event(Option<crate::engine::Event>),
    Watched(bool),
    Prepared(Option<Result<T, String>>),
    Time,
}

impl<'a, T: Send + 'static> Shell<'a, T> {
    fn new(
        handle: Handle,
        (settings, prepare): (&Settings, &Prepare<T>),
        (terminal, screen): (&'a mut Terminal, &'a mut Screen),
    ) -> Self {
        let now = settings.now;
        let mut shell = Self {
            settings: settings.clone(),
            keeper: None,
            app: App::new(settings, screen.size(), now()),
            handle,
            screen,
            terminal,
            prepare: Prepare::clone(prepare),
            preparing: None,
            ready: None,
            now,
            drawn: Instant::now(),
            pace: if settings.low_bandwidth { SLOW_FRAME } else { FRAME },
            urgent: false,
            engine_gone: false,
            left: None,
        };
        shell.take_watched();
        shell
    }

    async fn drive(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        signals: &mut Signals,
    ) -> io::Result<Left<T>> {
        loop {
            let wake = self.wait(inputs, signals).await;
            self.take(wake)?;
            for _ in 0..INPUTS {
                match inputs.try_recv() {
                    Ok(input) => self.input(input),
                    Err(_) => break,
                }
            }
            self.take_waiting();
            self.carry_out()?;
            if let Some(left) = self.left.take() {
                return Ok(left);
            }
            if self.urgent || self.drawn.elapsed() >= self.pace {
                self.frame()?;
            }
        }
    }

    async fn wait(&mut self, inputs: &mut mpsc::Receiver<Input>, signals: &mut Signals) -> Wake<T> {
        let deadline = self.deadline();
        let alive = !self.engine_gone;
        let Handle { floor, pulse, events, .. } = &mut self.handle;
        let preparing = &mut self.preparing;
        tokio::select! {
            biased;
            signal = signals.next() => Wake::Signal(signal),
            input = inputs.recv() => Wake::Input(input),
            event = events.recv(), if alive => Wake::Event(event),
            changed = floor.changed(), if alive => Wake::Watched(changed.is_ok()),
            changed = pulse.changed(), if alive => Wake::Watched(changed.is_ok()),
            prepared = seat::prepared(preparing) => Wake::Prepared(prepared),
            () = sleep_until(deadline) => Wake::Time,
        }
    }

    /// The next second, when spans of time on the screen change; sooner if a frame is owed.
    fn deadline(&self) -> Instant {
        let into = u64::try_from((self.now)().subsec_millisecond()).unwrap_or(0);
        let second = Instant::now() + Duration::from_millis(1_000_u64.saturating_sub(into).max(1));
        let second = match self.app.due() {
            Some(due) => second.min(Instant::now() + self.until(due)),
            None => second,
        };
        if self.app.is_dirty() { second.min(self.drawn + self.pace) } else { second }
    }

    /// How long it is until then; never nothing, because somebody has to be served meanwhile.
    fn until(&self, due: Timestamp) -> Duration {
        let left = due.duration_since((self.now)());
        Duration::try_from(left).unwrap_or_default().max(Duration::from_millis(1))
    }

    fn take(&mut self, wake: Wake<T>) -> io::Result<()> {
        match wake {
            Wake::Input(Some(input)) => self.input(input),
            Wake::Input(None) => self.end(Ending::Closed),
            Wake::Signal(sort) => self.signal(sort)?,
            Wake::Event(Some(event)) => self.tell(Message::Engine(event)),
            Wake::Event(None) | Wake::Watched(false) => {
                self.engine_gone = true;
                self.tell(Message::EngineGone);
            }
            Wake::Watched(true) => {}
            Wake::Prepared(done) => self.prepared(done),
            Wake::Time => self.tell(Message::Tick),
        }
        Ok(())
    }

    fn end(&mut self, ending: Ending) {
        self.left = Some(Left::Ended(ending));
    }

    fn tell(&mut self, message: Message) {
        self.app.update(message, (self.now)());
    }

    fn input(&mut self, input: Input) {
        match input {
            Input::Press(chord) => {
                self.urgent = true;
                self.tell(Message::Press(chord));
            }
            Input::Pointer(pointer) => {
                self.urgent = true;
                self.tell(Message::Pointer(pointer));
            }
            Input::Paste(text) => {
                self.urgent = true;
                self.tell(Message::Paste(text));
            }
            Input::Closed => self.end(Ending::Closed),
            Input::Trouble(text) => self.tell(Message::Trouble(text)),
        }
    }

    /// Takes in all that waits besides keys.
    fn take_waiting(&mut self) {
        while let Ok(event) = self.handle.events.try_recv() {
            self.tell(Message::Engine(event));
        }
        self.take_watched();
    }

    /// Always looks: waiting for a change has marked it as seen, so asking whether there is one
    /// would miss it. The app knows the floor it has by its address.
    fn take_watched(&mut self) {
        let pulse = self.handle.pulse.borrow_and_update().clone();
        self.tell(Message::Pulse(pulse));
        let floor = self.handle.floor.borrow_and_update().clone();
        self.tell(Message::Floor(floor));
    }

    fn resize(&mut self) {
        self.urgent = true;
        // A size that can't be read stays what it was.
        if let Ok(size) = self.screen.resize() {
            self.tell(Message::Resize(size));
        }
    }

    fn signal(&mut self, sort: Sort) -> io::Result<()> {
        match sort {
            Sort::Hangup => self.end(Ending::Signal(Signal::Hangup)),
            Sort::Interrupt => self.end(Ending::Signal(Signal::Interrupt)),
            Sort::Quit => self.end(Ending::Signal(Signal::Quit)),
            Sort::Terminate => self.end(Ending::Signal(Signal::Terminate)),
            Sort::Resize => self.resize(),
            Sort::Stop => {
                self.call_all_back()?;
                self.terminal.suspend()?;
                self.redraw()?;
            }
            Sort::Continue => {
                self.terminal.reclaim()?;
                self.redraw()?;
            }
        }
        Ok(())
    }

    /// Calls handoffs back before everything stands still, the engine included.
    fn call_all_back(&mut self) -> io::Result<()> {
        let before = self.app.cx().handoffs.all_cancellable().count();
        self.tell(Message::Stopping);
        self.carry_out()?;
        if before > 0 {
            // The engine is on threads of its own and needs a moment to take it.
            std::thread::sleep(CALL_BACK);
        }
        Ok(())
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.resize();
        self.screen.forget();
        self.frame()
    }

    fn carry_out(&mut self) -> io::Result<()> {
        for effect in self.app.take_effects() {
            match effect {
                Effect::Send(command) => {
                    if let Err(error) = self.handle.commands.try_send(command) {
                        self.tell(Message::Unsent(error.into_inner()));
                    }
                }
                Effect::Redraw => self.screen.forget(),
                Effect::Copy(text) => self.copy(&text),
                Effect::Mouse(mouse) => self.terminal.keep_mouse(mouse)?,
                Effect::Remember => self.remember(),
                Effect::Bell => terminal::ring()?,
                Effect::Notify(text) => notify::tell(&text)?,
                Effect::Prepare(org) => self.prepare(org),
                Effect::Switch(org) => self.leave_for(&org),
                Effect::Quit => self.end(Ending::Quit),
                Effect::Suspend if terminal::has_shell() => terminal::ask_to_stop()?,
                Effect::Suspend => {
                    let text = "There is no shell to go back to".into();
                    let notice = Notice { level: Level::Warn, text };
                    self.tell(Message::Engine(crate::engine::Event::Notice(notice)));
                }
            }
        }
        Ok(())
    }

    /// Brings back what is remembered; a file that can't be read is no reason to show nothing.
    fn recall(&mut self) {
        let Some(path) = self.settings.memory.clone() else { return };
        let (keeper, trouble) = Keeper::open(path, &self.settings.context);
        self.app.recall(keeper.memory(), &self.settings);
        self.keeper = Some(keeper);
        if let Some(text) = trouble {
            self.note(Level::Warn, &text);
        }
    }

    /// Remembers what was chosen. Where that can't be done nobody can be told who is leaving.
    fn remember(&mut self) {
        let Some(keeper) = &mut self.keeper else { return };
        if let Err(error) = keeper.keep(self.app.memory(&self.settings)) {
            tracing::warn!(%error, "what was chosen is not remembered");
            self.note(Level::Warn, &format!("It is not remembered: {error}"));
        }
    }

    fn note(&mut self, level: Level, text: &str) {
        let notice = Notice { level, text: text.into() };
        self.tell(Message::Engine(crate::engine::Event::Notice(notice)));
    }

    /// Copies, and says where the text is if that could not be done.
    fn copy(&mut self, text: &str) {
        let (level, text) = match clipboard::copy(text, (self.now)()) {
            Ok(None) => return,
            Ok(Some(path)) => {
                let path = path.to_string_lossy();
                (Level::Warn, format!("Too long for a clipboard: it is in {path}"))
            }
            Err(error) => (Level::Error, format!("Not copied: {error}")),
        };
        let notice = Notice { level, text: text.as_str().into() };
        self.tell(Message::Engine(crate::engine::Event::Notice(notice)));
    }

    /// One frame, if anything may look different.
    fn frame(&mut self) -> io::Result<()> {
        self.urgent = false;
        if self.app.take_dirty() {
            self.screen.draw(&self.app)?;
            self.app.shown();
            self.drawn = Instant::now();
        }
        Ok(())
    }
}
