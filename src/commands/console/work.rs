//! Everything that an engine for one org is made of, and its work until the console has gone.

use tokio::sync::mpsc::Sender;

use super::{Backstage, at, settings};
use crate::{
    commands::{Connection, Failure, audit, intake, intake::Closed, listing, outbox, store, who},
    config::{Config, Context, secret::Manner},
    domain::{audit::Account, id::SessionId, text::Plain},
    engine::{self, Command, Level, Notice, Ports, Witness, outbox::OutboxTerms},
    genesys::{Dialect, Genesys},
    intake::{Doors, Server},
    store::{Store, Unusable},
};

/// Everything that an engine for one org is made of. It is made anew for each org that is gone to.
pub struct Work {
    connection: Connection,
    place: store::Place,
    telling: OutboxTerms,
    witness: Witness,
    rules: Config,
    watched: Vec<SessionId>,
    read_only: bool,
}

impl Work {
    /// For the org of a context, by the configuration as it is for that. Nothing is sent yet; secrets are
    /// fetched, with the terminal as `manner` says.
    ///
    /// # Errors
    /// If something is missing that no waiting would bring.
    pub fn on(org: &Context, config: &Config, manner: Manner) -> Result<Self, Failure> {
        let connection = Connection::by(org, manner)?.with_messaging(config.messaging.as_ref())?;
        let mut rules = config.clone();
        // To take a session over is to send its heartbeats.
        rules.handbook.heartbeat.adopts = !org.read_only();
        let mut telling = outbox::terms(config, org.read_only(), manner)?;
        telling.reach = connection.reach.clone();
        Ok(Self {
            connection,
            place: store::place(config, manner)?,
            telling,
            witness: audit::keep::witness(&config.checkpoints),
            rules,
            watched: listing::watched(org, &[]),
            read_only: org.read_only(),
        })
    }

    /// Whether the org lets us in: whoever leaves another one for it should get somewhere.
    ///
    /// # Errors
    /// If it can't be reached, or refuses.
    pub fn tried(&self) -> Result<(), Failure> {
        listing::runtime()?.block_on(self.connection.tried())
    }

    /// What the org is called here, and how it is spoken to.
    pub fn org(&self) -> (Plain, Dialect) {
        (self.connection.context.clone(), self.connection.dialect)
    }

    /// As whom things are done there; nobody for an OAuth client of its own.
    pub fn account(&self) -> Option<Account> {
        self.connection.actor().account
    }

    /// Works until the console has gone.
    pub async fn begin(self, backstage: Backstage) {
        let Backstage { ports, commands, doors } = backstage;
        watch(commands, self.watched);
        let intake = take_in(&self.rules, self.read_only, doors, &ports).await;
        let mut settings = settings(self.connection.context.clone(), who::owner(), self.rules);
        settings.actor = self.connection.actor();
        settings.outbox = self.telling;
        settings.intake.at = intake.as_ref().map(at);
        settings.intake.acts = !self.read_only;
        settings.witness = self.witness;
        match (self.connection.open_as(&settings.owner), self.place.open().await) {
            (Ok(genesys), Ok(store)) => {
                work(genesys, store.clone(), ports, settings).await;
                store.leave().await;
            }
            (Ok(genesys), Err(error)) => work(genesys, Unusable(error), ports, settings).await,
            (Err(failure), _) => ports.fail(Plain::new(&failure.message)).await,
        }
        if let Some(intake) = intake {
            intake.stop().await;
        }
    }
}

/// Takes webhooks in beside the console. That it can't be done is no reason not to show the floor.
async fn take_in(config: &Config, read_only: bool, doors: Doors, ports: &Ports) -> Option<Server> {
    // To take one in is to promise that something becomes of it.
    if read_only {
        return None;
    }
    match intake::open(&config.intake, doors, Manner::Apart).await {
        Ok(server) => server,
        Err(Closed::Taken(at)) => {
            // A service with the same configuration is as it should be.
            let text = format!("{at} is in use: another floorwalker takes the webhooks in");
            ports.tell(Notice { level: Level::Info, text: Plain::new(&text) }).await;
            None
        }
        Err(Closed::Failed(failure)) => {
            let text = Plain::new(&failure.message);
            ports.tell(Notice { level: Level::Error, text }).await;
            None
        }
    }
}

/// Runs the engine on an org until the console has gone.
pub async fn work<G: Genesys, S: Store>(
    genesys: G,
    store: S,
    ports: Ports,
    settings: engine::Settings,
) {
    engine::run(genesys.into(), store.into(), ports, settings).await;
}

/// Names sessions to the engine, once it listens.
pub fn watch(commands: Sender<Command>, sessions: Vec<SessionId>) {
    tokio::spawn(async move {
        // A sender that was kept would keep the engine from seeing that the console has gone.
        for session in sessions {
            if commands.send(Command::Watch(session)).await.is_err() {
                return;
            }
        }
    });
}
