//! The terminal, for one console after another; and how one makes way for the next.
//!
//! ```text
//!   Prepare(org) ──▶ a thread ──▶ ready? told ──▶ Switch(org) ──▶ the next console, on the same screen
//! ```
//! The org on the screen goes on until the other one is ready and the person has had their say.

use std::thread;

use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::{
    INPUTS, Shell, input, input::Input, panics, screen::Screen, signals::Signals,
    terminal::Terminal,
};
use crate::{
    console::{
        ConsoleError, Ending, Left, Prepare, Settings, app::Message, ensure_terminal, orgs::Arrival,
    },
    domain::text::Plain,
};

/// The terminal, for one console after another. It is given back as it was when this is dropped, whatever
/// happens.
pub struct Seat {
    // Given back before anything else goes.
    terminal: Terminal,
    _hook: panics::Guard,
    screen: Screen,
    inputs: mpsc::Receiver<Input>,
    /// Of who reads the keyboard: nobody, before there is something to be seen.
    sender: Option<mpsc::Sender<Input>>,
    signals: Signals,
    runtime: Runtime,
}

impl Seat {
    /// Takes the terminal.
    ///
    /// # Errors
    /// If there is none, or it can't be used.
    pub fn take(settings: &Settings) -> Result<Self, ConsoleError> {
        ensure_terminal()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ConsoleError::Runtime)?;
        // Before the terminal is changed: a signal in between must not leave it changed.
        let signals = {
            let _entered = runtime.enter();
            Signals::new().map_err(ConsoleError::Runtime)?
        };
        let (sender, inputs) = mpsc::channel(INPUTS);
        let terminal = Terminal::enter(settings.mouse).map_err(ConsoleError::Terminal)?;
        let hook = panics::install(sender.clone());
        let screen = Screen::new().map_err(ConsoleError::Terminal)?;
        Ok(Self { terminal, _hook: hook, screen, inputs, sender: Some(sender), signals, runtime })
    }

    /// Runs a console until the person leaves, a signal comes or the terminal goes. An org that they want to
    /// go to is made ready by `prepare` while this one still runs.
    ///
    /// Blocks; to be called outside any async runtime. The first frame is drawn at once with whatever
    /// the channels hold, so the engine may be attached to their other ends later.
    ///
    /// # Errors
    /// If the terminal or the keyboard can't be used.
    pub fn run<T: Send + 'static>(
        &mut self,
        handle: crate::engine::Handle,
        settings: &Settings,
        prepare: &Prepare<T>,
    ) -> Result<Left<T>, ConsoleError> {
        let Self { terminal, screen, inputs, sender, signals, runtime, .. } = self;
        terminal.change_mouse(settings.mouse).map_err(ConsoleError::Terminal)?;
        let mut shell = Shell::new(handle, (settings, prepare), (terminal, screen));
        shell.recall();
        if sender.is_none() {
            // Nothing of another org's rows may stay.
            shell.screen.forget();
        }
        shell.frame().map_err(ConsoleError::Terminal)?;
        match sender.take() {
            Some(sender) => input::spawn(sender).map_err(ConsoleError::Runtime)?,
            None => shell.forget_typed(inputs),
        }
        let ended = runtime.block_on(shell.drive(inputs, signals));
        shell.remember();
        // A terminal that can't be written to has gone: there is nobody to tell.
        Ok(ended.unwrap_or(Left::Ended(Ending::Closed)))
    }
}

/// Waits for the org that is being made ready; nothing is told of one whose thread has broken.
pub(super) async fn prepared<T>(
    preparing: &mut Option<(Plain, oneshot::Receiver<Result<T, String>>)>,
) -> Option<Result<T, String>> {
    match preparing {
        Some((_, answer)) => answer.await.ok(),
        None => std::future::pending().await,
    }
}

impl<T: Send + 'static> Shell<'_, T> {
    /// Forgets what was typed before this console was to be seen: it was meant for another org.
    fn forget_typed(&mut self, inputs: &mut mpsc::Receiver<Input>) {
        while let Ok(input) = inputs.try_recv() {
            if matches!(input, Input::Closed | Input::Trouble(_)) {
                self.input(input);
            }
        }
    }

    /// Has an org made ready. One that was asked for before is not waited for any more.
    pub(super) fn prepare(&mut self, org: Plain) {
        let (told, answer) = oneshot::channel();
        let (prepare, name) = (Prepare::clone(&self.prepare), org.to_string());
        let begun = thread::Builder::new().name("context".into()).spawn(move || {
            // Who has changed their mind does not listen any more.
            let _ = told.send(prepare(&name));
        });
        (self.preparing, self.ready) = (Some((org, answer)), None);
        if let Err(error) = begun {
            self.prepared(Some(Err(error.to_string())));
        }
    }

    /// The org that was asked for is ready, or why not.
    pub(super) fn prepared(&mut self, done: Option<Result<T, String>>) {
        let Some((org, _)) = self.preparing.take() else { return };
        let result = match done {
            Some(Ok(ready)) => {
                self.ready = Some((org.clone(), ready));
                Ok(())
            }
            Some(Err(why)) => Err(why.into()),
            None => Err("it broke off".into()),
        };
        self.tell(Message::Prepared { org, result });
    }

    /// Leaves for the org that is ready.
    pub(super) fn leave_for(&mut self, org: &Plain) {
        let arrival = Arrival::from(self.app.cx());
        if let Some((_, ready)) = self.ready.take_if(|(ready, _)| ready == org) {
            self.left = Some(Left::For(ready, arrival));
        }
    }
}
