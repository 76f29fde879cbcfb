//! `session open --keep`: stays, and keeps the session until it ends or the process is told to.

use std::{process::ExitCode, sync::Arc};

use tokio::sync::mpsc;

use super::{Acts, Line};
use crate::{
    args::Output,
    commands::{
        Failure,
        listing::{show, warn},
        stop::Stop,
    },
    domain::{
        guest::{GuestOrder, GuestToken},
        id::SessionId,
        lease::Phase,
        supervision::End,
    },
    engine::{
        Event,
        supervision::{Ask, Post, Turn, run},
    },
    store::Supervisions,
};

pub use crate::engine::batch::Inward;

/// Opens a session and keeps it. Told to stop, it is handed over to whoever takes it.
pub async fn open_and_keep(
    post: Arc<Acts>,
    mut news: mpsc::Receiver<Inward>,
    order: GuestOrder,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut stop = Stop::listen()?;
    let (asks, asked) = mpsc::channel(8);
    let warden = tokio::spawn(run(Arc::new(alone(&post)), asked));
    let token = order.token.clone();
    let _ = asks.send(Ask::Open(order)).await;
    let mut session = None;
    let end = loop {
        tokio::select! {
            () = stop.asked() => break None,
            news = news.recv() => match news {
                Some(news) => {
                    if let Some(end) = hear(&post, news, &mut session, output).await? {
                        break Some(end);
                    }
                }
                None => return Err(Failure::other("Nobody keeps it any more")),
            },
        }
    };
    drop(asks);
    // It tells what it does until it has left.
    let listening = tokio::spawn(async move { while news.recv().await.is_some() {} });
    let _ = warden.await;
    listening.abort();
    match end {
        None => left(&post, &token).await,
        Some(End::Lost) => Err(Failure::other("Its heartbeats were lost")),
        Some(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Says what is left behind where we were told to stop.
async fn left(post: &Acts, token: &GuestToken) -> Result<ExitCode, Failure> {
    let leases = post.store.leases(&post.realm.org).await?;
    let ours = leases.iter().find(|lease| lease.it.token.as_ref() == Some(token));
    match ours.map(|lease| lease.phase) {
        None => Err(Failure::other("It was not opened")),
        Some(Phase::Opening) => Err(Failure::other(
            "It was asked for, and nobody knows whether it is open: a console or `floorwalker serve` \
             on this store finds out",
        )),
        Some(_) => {
            let heirs = post.heirs().await?;
            let heir = heirs.first().map(|heir| format!("pid {} on {}", heir.pid, heir.host));
            warn(&format!("It is open, and kept by {}", heir.as_deref().unwrap_or("nobody")));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The same post, which takes nothing over: it was asked to keep one session.
fn alone(post: &Acts) -> Acts {
    let mut terms = post.terms.clone();
    terms.adopts = false;
    Post {
        genesys: Arc::clone(&post.genesys),
        store: Arc::clone(&post.store),
        clock: post.clock,
        actor: post.actor.clone(),
        realm: post.realm.clone(),
        terms,
        inward: post.inward.clone(),
    }
}

/// Shows what happens; why the session has ended, once it has.
async fn hear(
    post: &Acts,
    news: Inward,
    session: &mut Option<SessionId>,
    output: Output,
) -> Result<Option<End>, Failure> {
    match news {
        Inward::Tell(Event::Supervision(news)) => {
            let text = news.notice().text;
            match news.turn {
                Turn::Opened { .. } => {
                    session.clone_from(&news.session);
                    let leases = post.store.leases(&post.realm.org).await?;
                    let ours = leases.iter().filter(|lease| Some(&lease.it.id) == session.as_ref());
                    show(output, &ours.map(Line::of).collect::<Vec<_>>())?;
                    warn("It is kept here until it ends");
                }
                Turn::NotOpened { reason, .. } => return Err(Failure::other(reason.to_string())),
                Turn::Ended { why } => {
                    warn(&text);
                    return Ok(Some(why));
                }
                Turn::Elsewhere => {
                    warn(&text);
                    return Ok(Some(End::Over));
                }
                Turn::NotEnded { .. } => return Err(Failure::other(text.to_string())),
                _ => warn(&text),
            }
        }
        Inward::Tell(Event::Notice(notice)) => warn(&notice.text),
        Inward::AuditTrouble(reason) => warn(&reason),
        _ => {}
    }
    Ok(None)
}
