//! Supervised sessions, as far as the engine's own task is concerned: it passes on what is asked.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Engine, Inward};
use crate::{
    domain::{id::SessionId, text::Plain},
    engine::{
        Event, Level, Link, Notice, Settings,
        supervision::{Ask, Post, Ward, run},
    },
    genesys::Genesys,
    store::Store,
};

/// The way to the task that keeps sessions.
#[derive(Debug)]
pub(super) struct Wards {
    /// Gone once we leave: that is how the task learns of it.
    pub asks: Option<mpsc::Sender<Ask>>,
    /// What it has told last.
    pub told: Option<Arc<Ward>>,
    /// What it was told of the link; nothing before that is known.
    link_up: Option<bool>,
}

impl<G: Genesys, S: Store> Engine<G, S> {
    pub(super) async fn pass_on(&mut self, ask: Ask) {
        if !self.ask(ask) {
            let text = "Too much at once: nothing was done, try again in a moment".into();
            self.tell(Event::Notice(Notice { level: Level::Error, text })).await;
        }
    }

    /// False if there is no room for more.
    fn ask(&self, ask: Ask) -> bool {
        self.wards.asks.as_ref().is_some_and(|asks| asks.try_send(ask).is_ok())
    }

    /// A session that is kept belongs on the floor, whether or not a list tells of it.
    pub(super) fn watch_quietly(&mut self, session: SessionId, guest: Option<Plain>) {
        if let Some(guest) = guest {
            self.assembly.name_guest(session.clone(), guest);
        }
        self.assembly.watch(session);
        self.share();
    }

    /// Sessions that nobody asks for any more are read no longer, unless somebody keeps them.
    pub(super) fn forget(&mut self, sessions: &[SessionId]) {
        let kept = |id: &SessionId| {
            self.wards.told.as_ref().is_some_and(|ward| ward.kept.contains_key(id))
        };
        let gone: Vec<_> = sessions.iter().filter(|id| !kept(id)).collect();
        gone.into_iter().for_each(|session| self.assembly.forget(session));
        self.share();
    }

    /// Beats pause while nothing can be read.
    pub(super) fn tell_link(&mut self) {
        let up = match self.health.link() {
            Link::Connecting => return,
            Link::Retrying { .. } => false,
            Link::Live | Link::Stale { .. } => true,
        };
        if self.wards.link_up != Some(up) && self.ask(Ask::Link { up }) {
            self.wards.link_up = Some(up);
        }
    }
}

/// Starts the task among `tasks`.
pub(super) fn start<G: Genesys, S: Store>(
    genesys: &Arc<G>,
    store: &Arc<S>,
    settings: &Settings,
    inward: mpsc::Sender<Inward>,
    tasks: &mut tokio::task::JoinSet<()>,
) -> Wards {
    let (asks, asked) = mpsc::channel(64);
    let post = Post::new(Arc::clone(genesys), Arc::clone(store), settings, inward);
    tasks.spawn(run(Arc::new(post), asked));
    Wards { asks: Some(asks), told: None, link_up: None }
}
