//! From the command line and the environment to a client of an org.

mod hosts;

use std::time::Duration;

use secrecy::SecretString;

pub use hosts::{Hosts, nowhere};

use super::{Failure, network, prompt, sign_in, who};
use crate::{
    config::{Context, Messaging, context::SignIn, secret::Manner},
    domain::{
        audit::{Account, Actor},
        flight::Owner,
        text::Plain,
    },
    genesys::{
        self, Dialect, Error, Lane,
        auth::{self, Client as OAuthClient, Means},
        client::{Call, Client, Settings, TIMEOUT},
        error::Kind,
        platform::guest::Door,
        reach::Reach,
        retry::Policy,
        rights::who_asks,
        transport::Http,
    },
};

/// How long whoever wants to go to an org waits to be let in.
const TRIED: Duration = Duration::from_secs(8);

fn no_tls(error: reqwest::Error) -> Failure {
    Failure::other(format!("TLS can't be set up: {error}"))
}

/// Everything needed to speak to one org.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Which routes are spoken.
    pub dialect: Dialect,
    /// The client's settings.
    pub settings: Settings,
    /// Where guests come in, if they can.
    pub door: Option<Door>,
    /// The only queues on its floor, by id or name; all where it is empty.
    pub queues: Vec<String>,
    /// What the org is called in the log and the store, and on the screen until it has said its own name:
    /// that of its context, or else its host.
    pub context: Plain,
    /// How it is reached.
    pub reach: Reach,
    /// As which of the org's users, where a person has signed in.
    pub account: Option<Account>,
}

impl Connection {
    /// To the org of a context. Its secret is fetched, and asked for at the terminal where nobody has said
    /// where it is.
    ///
    /// # Errors
    /// If something is missing or is no address.
    pub fn of(org: &Context) -> Result<Self, Failure> {
        Self::by(org, Manner::AtTerminal)
    }

    /// The same, with the terminal as `manner` says: beside the console nobody can be asked.
    ///
    /// # Errors
    /// If something is missing or is no address.
    pub fn by(org: &Context, manner: Manner) -> Result<Self, Failure> {
        Self::through(org, manner, || network::reach(&org.network, manner))
    }

    /// The same over this way to other machines, which is asked for last.
    ///
    /// # Errors
    /// If something is missing or is no address.
    pub fn through(
        org: &Context,
        manner: Manner,
        reach: impl FnOnce() -> Result<Reach, Failure>,
    ) -> Result<Self, Failure> {
        let host = org.host.as_ref().ok_or_else(|| nowhere(org))?;
        let id = org.client_id.as_ref().ok_or_else(|| missing("GENESYS_CLIENT_ID"))?;
        let at = (host.value.base_url.as_str(), id.value.as_str());
        let reach = reach()?;
        if org.sign_in.value == SignIn::Client {
            return Self::over_way(org, at, secret(org, manner)?.into(), reach);
        }
        let (account, means) = sign_in::Kept::of(org)?.open()?;
        let connection = Self::over_way(org, at, means, reach)?;
        Ok(Self { account: Some(account), ..connection })
    }

    /// Who acts through it, for the audit log.
    pub fn actor(&self) -> Actor {
        Actor { account: self.account.clone(), ..who::actor() }
    }

    /// The same, with a secret that is in somebody's hand.
    ///
    /// # Errors
    /// If an address is none, or would send a token across a network in the clear.
    pub fn with(org: &Context, at: (&str, &str), secret: Means) -> Result<Self, Failure> {
        Self::over_way(org, at, secret, network::reach(&org.network, Manner::AtTerminal)?)
    }

    fn over_way(
        org: &Context,
        (base, id): (&str, &str),
        secret: Means,
        reach: Reach,
    ) -> Result<Self, Failure> {
        let dialect = org.dialect.value;
        let login = org.login_url.as_ref().map(|login| login.value.as_str());
        let allowed = org.requests_per_minute.value;
        let mut connection = Self::new(dialect, base, login, id.to_owned(), secret, allowed)?;
        connection.reach = reach;
        connection.settings.timeout = org.network.api_timeout;
        connection.settings.token_timeout = org.network.token_timeout;
        let queues = org.queues.value.clone();
        let context = org.label().map_or(connection.context.clone(), Plain::new);
        Ok(Self { queues, context, ..connection })
    }

    /// To an API host, with an OAuth client.
    ///
    /// # Errors
    /// If an address is none, or would send a token across a network in the clear.
    pub fn new(
        dialect: Dialect,
        base: &str,
        login: Option<&str>,
        id: String,
        secret: Means,
        allowed: u32,
    ) -> Result<Self, Failure> {
        let hosts = Hosts::of(dialect, base, login)?;
        let context = Plain::new(hosts.base.host_str().unwrap_or_default());
        let client = OAuthClient { token_url: hosts.token_url(), id, secret };
        let settings = Settings {
            base_url: hosts.base_url(),
            client,
            allowed,
            retry: Policy::default(),
            timeout: TIMEOUT,
            token_timeout: auth::TIMEOUT,
        };
        let (queues, reach) = (Vec::new(), Reach::default());
        Ok(Self { dialect, settings, door: None, queues, context, reach, account: None })
    }

    /// With the door for guests that is configured.
    ///
    /// # Errors
    /// If its socket's address is none, or would send a guest's token across a network in the clear.
    pub fn with_messaging(self, messaging: Option<&Messaging>) -> Result<Self, Failure> {
        let door = messaging.map(|it| {
            let (base, socket) = (&self.settings.base_url, it.socket_url.as_deref());
            Door::by(&self.reach, base, &it.deployment, &it.origin, socket, &it.greeting)
        });
        Ok(Self { door: door.transpose().map_err(Failure::usage)?, ..self })
    }

    /// Whether it leads anywhere: signs in, and asks who that is, once and not for long. What the org refuses to
    /// tell is no matter here.
    ///
    /// # Errors
    /// If the org can't be reached, or does not let us in.
    pub async fn tried(&self) -> Result<(), Failure> {
        let http = Http::by(&self.reach).map_err(no_tls)?;
        let retry = Policy { tries: 1, ..Policy::default() };
        let client = Client::new(http, Settings { retry, ..self.settings.clone() });
        let call = Call::get("sign in", Lane::Operator, who_asks(self.dialect).to_owned());
        let late = Error::new("sign in", Kind::Timeout, "no answer in time");
        let answered = tokio::time::timeout(TRIED, client.call(call)).await;
        match answered.unwrap_or(Err(late)) {
            Err(error) if error.kind == Kind::Auth || error.may_pass() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn open(self) -> Result<genesys::org::Org<Http>, Failure> {
        let http = Http::by(&self.reach);
        self.over(http)
    }

    /// The client of a process that keeps sessions: a gateway is told which, so that its own log can
    /// tell two of us apart.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn open_as(self, owner: &Owner) -> Result<genesys::org::Org<Http>, Failure> {
        match self.dialect {
            Dialect::Gateway => {
                let http = Http::marked(&self.reach, &owner.mark);
                self.over(http)
            }
            Dialect::Platform => self.open(),
        }
    }

    fn over(self, http: Result<Http, reqwest::Error>) -> Result<genesys::org::Org<Http>, Failure> {
        let http = http.map_err(no_tls)?;
        let org = genesys::org::Org::new(self.dialect, http, self.settings);
        let org = org.with_queues(self.queues);
        Ok(match self.door {
            Some(door) => org.with_door(door),
            None => org,
        })
    }
}

fn secret(org: &Context, manner: Manner) -> Result<SecretString, Failure> {
    let Some(secret) = &org.secret else {
        if manner == Manner::Apart {
            return Err(unasked(org));
        }
        let what = match &org.name {
            Some(name) => format!("Client secret of {} (not shown): ", name.value),
            None => "Client secret (not shown): ".into(),
        };
        return prompt::secret(&what)?.ok_or_else(|| missing("GENESYS_CLIENT_SECRET"));
    };
    let named = |why: String| match &org.name {
        Some(name) => format!("context {}, client secret: {why}", name.value),
        None => why,
    };
    secret.value.read_by(manner).map_err(|why| Failure::usage(named(why)))
}

/// That nobody can be asked for a secret while the console has the terminal.
fn unasked(org: &Context) -> Failure {
    let name = org.label().unwrap_or_default();
    Failure::access(format!(
        "its secret is to be asked for, which the full screen does not let: give the context a \
         client_secret_file or client_secret_command, or start floorwalker --context {name}"
    ))
}

fn missing(name: &str) -> Failure {
    Failure::access(format!(
        "No credentials: set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET ({name} is missing), or write down \
         once where they are: floorwalker config init\n\
         They are those of an OAuth client with the grant Client Credentials.\n\
         To look around without an org: floorwalker demo"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(base: &str, login: Option<&str>) -> Result<Connection, Failure> {
        Connection::new(Dialect::Platform, base, login, "id".into(), "secret".into(), 300)
    }

    #[test]
    fn a_gateway_gives_tokens_itself_unless_told_otherwise() {
        let token_url = |login| {
            let base = "https://api.gateway.example";
            let (id, secret) = ("id".into(), "secret".into());
            let to = Connection::new(Dialect::Gateway, base, login, id, secret, 300).unwrap();
            to.settings.client.token_url
        };
        assert_eq!(token_url(None), "https://api.gateway.example/oauth/token");
        assert_eq!(token_url(Some("https://id.example")), "https://id.example/oauth/token");
    }

    #[test]
    fn the_login_host_follows_from_the_api_host() {
        let to = connect("https://api.mypurecloud.de", None).unwrap();
        assert_eq!(to.settings.client.token_url, "https://login.mypurecloud.de/oauth/token");
        assert_eq!(to.settings.base_url, "https://api.mypurecloud.de");
        let to = connect("http://127.0.0.1:8080/", None).unwrap();
        assert_eq!(to.settings.client.token_url, "http://127.0.0.1:8080/oauth/token");
    }

    #[test]
    fn guests_come_in_where_the_configuration_says() {
        let messaging = |socket_url: Option<&str>| Messaging {
            deployment: "d".into(),
            origin: "https://shop.example".into(),
            socket_url: socket_url.map(str::to_owned),
            greeting: "Good day".into(),
        };
        let to = connect("https://api.mypurecloud.de", None).unwrap();
        let door = to.clone().with_messaging(Some(&messaging(None))).unwrap().door.unwrap();
        assert_eq!(door.socket, "wss://webmessaging.mypurecloud.de/v1");
        assert_eq!((door.deployment.as_str(), door.greeting.as_str()), ("d", "Good day"));
        let clear = messaging(Some("ws://webmessaging.mypurecloud.de/v1"));
        assert_eq!(to.clone().with_messaging(Some(&clear)).unwrap_err().code, 2);
        assert_eq!(to.with_messaging(None).unwrap().door, None);
    }

    #[test]
    fn nothing_leaves_the_machine_in_the_clear() {
        assert_eq!(connect("http://api.mypurecloud.de", None).unwrap_err().code, 2);
        assert!(connect("https://api.mypurecloud.de", Some("http://login.example")).is_err());
        assert!(connect("http://[::1]:80", None).is_ok());
        assert!(connect("ftp://127.0.0.1", None).is_err());
        assert!(connect("nonsense", None).is_err());
    }
}
