//! What a panic does: ours gives the terminal back first, another thread's becomes a notice.

use std::{
    panic::{self, PanicHookInfo},
    sync::Arc,
    thread,
};

use tokio::sync::mpsc::Sender;

use super::{input::Input, terminal};

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Puts the former hook back when it is dropped.
pub struct Guard(Hook);

/// Installs the hook for the console on this thread.
pub fn install(sender: Sender<Input>) -> Guard {
    let former: Hook = Arc::from(panic::take_hook());
    let console = thread::current().id();
    let next = Arc::clone(&former);
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == console {
            terminal::give_back();
            next(info);
        } else {
            // Printed, it would tear the screen; the engine's end is told by its channels.
            tracing::error!(panic = %info, "a background thread has panicked");
            let text = format!("A background task has failed: {info}");
            let _ = sender.try_send(Input::Trouble(text));
        }
    }));
    Guard(former)
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A hook can't be changed while it runs; after a panic the process ends anyway.
        if !thread::panicking() {
            let former = Arc::clone(&self.0);
            panic::set_hook(Box::new(move |info| former(info)));
        }
    }
}
