//! Answers that say again what the last ones said are not taken apart; any others are.

use std::sync::Arc;

use floorwalker::{
    domain::{id::QueueId, session::SessionState},
    engine::{
        Command,
        snapshot::{Want, snapshot},
    },
    genesys::{Ask, Feed, Genesys, Lane, Patch, Seen},
};
use jiff::Timestamp;

use crate::{
    simulated::{frozen, participant},
    site::{Site, floor, live},
};

const LIVE: [Feed; 3] = [Feed::Sessions, Feed::Bots, Feed::Agents];

fn ask(queues: &[QueueId]) -> Ask {
    Ask {
        now: Timestamp::now(),
        queues: queues.iter().cloned().collect::<Arc<[_]>>(),
        flows: Vec::new(),
        agents: Vec::new(),
        newcomers: Vec::new(),
        watched: Vec::new(),
        page: 1,
        seen: Seen::default(),
    }
}

#[tokio::test]
async fn what_was_answered_before_is_the_same_until_something_happens() {
    let site = Site::open(frozen()).await;
    let platform = site.platform();
    let queues = snapshot(&platform, Want::default()).await.unwrap().floor.queues;
    let queues: Vec<QueueId> = queues.iter().map(|queue| queue.id.clone()).collect();
    for feed in LIVE {
        let ask = ask(&queues);
        let read = || platform.read(feed, &ask, Lane::Operator);
        assert!(!matches!(read().await.unwrap(), Patch::Same), "{feed:?}");
        assert_eq!(read().await.unwrap(), Patch::Same, "{feed:?}");
        // Who has kept nothing of it is told all of it.
        let stranger = platform.read(feed, &self::ask(&queues), Lane::Operator).await.unwrap();
        assert!(!matches!(stranger, Patch::Same), "{feed:?}");
        // What can't be read is not remembered as if it had been.
        site.faults(&["truncated=1.0"], &["query"]).await;
        read().await.unwrap_err();
        read().await.unwrap_err();
        site.faults(&[], &[]).await;
        assert_eq!(read().await.unwrap(), Patch::Same, "{feed:?}: the last that was read");
    }
    site.close();
}

/// The engine puts no floor together for what is the same, and a new one as soon as it is not.
#[tokio::test]
async fn a_floor_that_stood_still_moves_again() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    let waiting = site.floor.sessions("waiting").await.remove(0);
    let id = waiting["id"].as_str().unwrap().into();
    let first = floor(&mut handle, |f| f.session(&id).is_some()).await;
    let queue = first.session(&id).unwrap().queue.clone();
    let other = first.queues.iter().find(|q| Some(&q.id) != queue.as_ref()).unwrap().id.clone();
    let path = format!("{}/replace/queue", participant(&waiting));
    let body = serde_json::json!({"queueId": other.to_string()});
    assert_eq!(site.floor.post(&path, body).await.status, 202);
    handle.commands.send(Command::Refresh).await.unwrap();
    let moved =
        floor(&mut handle, |f| f.session(&id).is_some_and(|s| s.queue == Some(other.clone())));
    assert_eq!(moved.await.session(&id).unwrap().state, SessionState::Waiting);
    site.close();
}
