//! `floorwalker session`: guests' sessions from the command line, and what a person does in any session.

mod deeds;
mod keep;

use std::{process::ExitCode, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;

use self::deeds::{What, Wish};
use super::{
    Connection, Failure, console,
    handoff::names::{Named, find},
    listing::{Reader, Row, runtime, show, warn},
    store, who,
};
use crate::{
    args::{Open, Output, SessionAct, Way},
    config::{Config, Context},
    domain::{
        guest::{GuestOrder, GuestToken},
        id::{QueueId, SessionId},
        lease::{Lease, Phase},
        text::Plain,
    },
    engine::{
        snapshot::{Want, snapshot_with},
        supervision::{NotClosed, NotOpened, Post, Until},
    },
    genesys::{self, Dialect, transport::Http},
    policy::{
        guest_session::{GuestRefusal, check, plain_order},
        payload::check_conversation,
    },
    store::{Database, Supervisions},
};

/// What a command acts with.
type Acts = Post<genesys::org::Org<Http>, Database>;

/// Carries out what concerns single sessions.
///
/// # Errors
/// If it was not done.
pub fn run(org: &Context, config: &Config, act: SessionAct) -> Result<ExitCode, Failure> {
    match act {
        SessionAct::Monitor(it) => {
            let what = if it.stop { What::Leave } else { What::Monitor };
            deeds::run(org, config, wish(it.id, what, it.way))
        }
        SessionAct::Send(it) => deeds::run(org, config, wish(it.id, What::Send(it.text), it.way)),
        SessionAct::Open(open) => of_guests(org, config, Guests::Open(open)),
        SessionAct::End { id, yes, listing } => {
            of_guests(org, config, Guests::End { id, yes, output: listing.output })
        }
        SessionAct::List(listing) => of_guests(org, config, Guests::List(listing.output)),
    }
}

/// Why nobody comes in where the configuration has no door.
const NO_DEPLOYMENT: &str =
    "no deployment is known: set messaging.deployment and messaging.origin in the configuration";

/// What concerns guests' sessions.
enum Guests {
    Open(Open),
    End { id: String, yes: bool, output: Output },
    List(Output),
}

fn wish(id: String, what: What, way: Way) -> Wish {
    Wish { id, what, dry_run: way.dry_run, yes: way.yes, output: way.listing.output }
}

fn of_guests(org: &Context, config: &Config, act: Guests) -> Result<ExitCode, Failure> {
    if org.read_only() && !matches!(act, Guests::List(_)) {
        return Err(Failure::refused(format!("{} opens and ends nothing", org.read_only_by())));
    }
    if let (Guests::Open(_), Dialect::Platform, None) = (&act, org.dialect.value, &config.messaging)
    {
        let why = config.withheld.messaging.as_deref().unwrap_or(NO_DEPLOYMENT);
        return Err(Failure::usage(format!("No session can be opened: {why}")));
    }
    let connection = Connection::of(org)?.with_messaging(config.messaging.as_ref())?;
    runtime()?.block_on(async {
        let store = store::open(config).await?;
        let owner = who::owner();
        let (context, actor) = (connection.context.clone(), connection.actor());
        let genesys = Arc::new(connection.open_as(&owner)?);
        let mut settings = console::settings(context, owner, config.clone());
        settings.actor = actor;
        let (inward, news) = mpsc::channel(64);
        let post = Arc::new(Post::new(genesys, Arc::new(store), &settings, inward));
        match act {
            Guests::Open(open) => open_one(post, news, &open).await,
            Guests::End { id, yes, output } => {
                drop(news);
                let id = end(&post, &id, yes).await?;
                show(output, &[Ended { id, state: "ended" }])?;
                Ok(ExitCode::SUCCESS)
            }
            Guests::List(output) => list(&post, output).await,
        }
    })
}

/// Ends a session, and tells by which id. One that no floorwalker has opened is somebody's own.
async fn end(post: &Acts, id: &str, yes: bool) -> Result<SessionId, Failure> {
    let id = check_conversation(id)?;
    let leases = post.store.leases(&post.realm.org).await?;
    let known = leases.into_iter().find(|lease| lease.it.id.canonical() == id.canonical());
    if !yes && !known.as_ref().is_some_and(|lease| lease.it.opened_here) {
        return Err(Failure::refused(
            "No floorwalker on this store has opened it: a customer is in it. --yes ends it all the same",
        ));
    }
    // As it is written in the store, if it is there.
    let id = known.map_or(id, |lease| lease.it.id);
    post.end(&id).await.map_err(not_ended)?;
    Ok(id)
}

async fn open_one(
    post: Arc<Acts>,
    news: mpsc::Receiver<keep::Inward>,
    open: &Open,
) -> Result<ExitCode, Failure> {
    let mut order = wanted(open);
    // Everything that can be refused is refused before the queue is looked up.
    let count = post.store.open_sessions(&post.realm.org, Timestamp::now()).await?;
    check(&order, count).map_err(refused)?;
    order.queue = queue(&post, &open.queue).await?;
    if open.keep {
        return keep::open_and_keep(post, news, order, open.output()).await;
    }
    // Nobody listens to what is audited.
    drop(news);
    let lease = post.open(&order, Until::TakenOver).await.map_err(not_opened)?;
    let heirs = post.heirs().await?;
    match heirs.first() {
        Some(heir) => warn(&format!(
            "The floorwalker with pid {} on {} takes it over and keeps it",
            heir.pid, heir.host
        )),
        None => warn(
            "Nobody keeps it: without heartbeats it ends by itself. A console or `floorwalker serve` \
             on this store takes it over when it starts; --keep keeps it here",
        ),
    }
    show(open.output(), &[Line::of(&lease)])?;
    Ok(ExitCode::SUCCESS)
}

/// The order as it is asked for.
fn wanted(open: &Open) -> GuestOrder {
    let plain = plain_order(GuestToken::random(), open.queue.trim().into());
    let capabilities = Some(&open.capabilities).filter(|named| !named.is_empty());
    GuestOrder {
        name: open.name.clone().unwrap_or(plain.name),
        duration: open.duration.unwrap_or(plain.duration),
        locale: open.locale.clone().unwrap_or(plain.locale),
        capabilities: capabilities.cloned().unwrap_or(plain.capabilities),
        ..plain
    }
}

/// The queue of this id or name.
async fn queue(post: &Acts, word: &str) -> Result<QueueId, Failure> {
    if uuid::Uuid::try_parse(word.trim()).is_ok() {
        return Ok(word.trim().into());
    }
    let shot = snapshot_with(&*post.genesys, Want::default(), &[]).await?;
    let all = shot.floor.queues.iter();
    find("queue", word, all.map(|q| Named { id: q.id.clone(), name: Some(q.name.clone()) }))
}

fn refused(refusal: GuestRefusal) -> Failure {
    match refusal {
        GuestRefusal::Concurrent(_) => Failure::refused(refusal.to_string()),
        _ => Failure::usage(refusal.to_string()),
    }
}

fn not_opened(why: NotOpened) -> Failure {
    match why {
        NotOpened::Refused(refusal) => refused(refusal),
        NotOpened::TooMany(many) => Failure::refused(many.to_string()),
        NotOpened::Genesys(error) => error.into(),
        NotOpened::Unknown(_) => Failure { code: 8, message: why.to_string() },
        other @ (NotOpened::Store(_) | NotOpened::Elsewhere(_) | NotOpened::Adrift { .. }) => {
            Failure::other(other.to_string())
        }
    }
}

fn not_ended(why: NotClosed) -> Failure {
    match why {
        NotClosed::Refused(error) => error.into(),
        NotClosed::Unannounced(_) | NotClosed::Elsewhere => Failure::other(why.to_string()),
    }
}

async fn list(post: &Acts, output: Output) -> Result<ExitCode, Failure> {
    let leases = post.store.leases(&post.realm.org).await?;
    if leases.is_empty() {
        let (org, dialect) = (&post.realm.org.context, &post.realm.org.dialect);
        warn(&format!("No session of {org}, by its {dialect} dialect, is kept on this store"));
    }
    let lines: Vec<Line> = leases.iter().map(Line::of).collect();
    show(output, &lines)?;
    Ok(ExitCode::SUCCESS)
}

/// A session that was ended.
#[derive(Serialize)]
struct Ended {
    id: SessionId,
    state: &'static str,
}

impl Row for Ended {
    const COLUMNS: &'static [&'static str] = &["id", "state"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        vec![Some(self.id.to_string()), Some(self.state.into())]
    }
}

/// A supervised session as a script sees it. The guest's token is not in it.
#[derive(Serialize)]
struct Line {
    id: SessionId,
    guest: Option<Plain>,
    state: &'static str,
    hold: &'static str,
    /// Who keeps it; nobody where the lease has run out.
    keeper: Option<Plain>,
    keeper_pid: Option<u32>,
    kept: bool,
    opened_here: bool,
    last_beat_seconds: Option<u64>,
    failures: u32,
    left_seconds: Option<u64>,
}

impl Line {
    fn of(lease: &Lease) -> Self {
        let now = Timestamp::now();
        let span = |from: Timestamp, to: Timestamp| {
            u64::try_from(to.duration_since(from).as_secs()).unwrap_or_default()
        };
        let (it, kept) = (&lease.it, lease.until > now);
        Self {
            id: it.id.clone(),
            guest: it.guest.clone(),
            state: match lease.phase {
                Phase::Opening => "opening",
                Phase::Open => "open",
                Phase::Ending(_) => "ending",
                Phase::Released => "released",
            },
            hold: it.hold.words(),
            keeper: kept.then(|| it.keeper.host.name.clone()),
            keeper_pid: kept.then_some(it.keeper.pid),
            kept,
            opened_here: it.opened_here,
            last_beat_seconds: lease.beaten.map(|at| span(at, now)),
            failures: it.failures,
            left_seconds: it.deadline().map(|end| span(now, end)),
        }
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "guest",
        "state",
        "hold",
        "keeper",
        "keeper_pid",
        "last_beat_seconds",
        "failures",
        "left_seconds",
    ];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        vec![
            Some(self.id.to_string()),
            self.guest.as_ref().map(Plain::to_string),
            Some(self.state.into()),
            Some(if self.kept { self.hold } else { "kept by nobody" }.into()),
            self.keeper.as_ref().map(Plain::to_string),
            self.keeper_pid.map(|pid| pid.to_string()),
            self.last_beat_seconds.map(|s| reader.seconds(s)),
            Some(format!("{}/3", self.failures)),
            self.left_seconds.map(|s| reader.seconds(s)),
        ]
    }
}
