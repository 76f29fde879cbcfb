//! A context that is to be written down: what is known of it, and how the file says it.

use secrecy::SecretString;

use crate::{
    config::{Colour, context::SignIn, quoted::quoted, region::Region},
    domain::dialect::Dialect,
};

/// A new context.
pub struct Wish {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: Where,
    /// The login host, where it does not follow from that.
    pub login_url: Option<String>,
    /// Its routes.
    pub dialect: Dialect,
    /// The OAuth client.
    pub client_id: String,
    /// How it is proved who signs in.
    pub way: Way,
    /// The secret, where somebody has typed it.
    pub typed: Option<SecretString>,
    /// True if nothing may be handed off.
    pub read_only: bool,
    /// The colour of its name.
    pub colour: Option<Colour>,
}

/// Where an org is.
pub enum Where {
    /// In this region.
    Region(&'static Region),
    /// At this API host.
    At(String),
}

/// How it is proved who signs in: by the client's secret, given in one of these ways, or by a person.
pub enum Way {
    /// In this file; its whole path.
    File(String),
    /// By this program.
    Command(String),
    /// In this variable of the environment.
    Env(String),
    /// At the terminal, each time.
    Asked,
    /// There is none: a person signs in.
    Person,
}

impl Where {
    /// A region by any of its names, or an address.
    ///
    /// # Errors
    /// If it is neither.
    pub fn read(text: &str) -> Result<Self, String> {
        match text.contains("://") {
            true => Ok(Self::At(text.trim_end_matches('/').to_owned())),
            false => Region::named(text).map(Self::Region),
        }
    }
}

impl Wish {
    /// The context as the file spells it.
    pub fn block(&self) -> String {
        let mut lines = vec![format!("[contexts.{}]", key(&self.name))];
        let mut say = |key: &str, value: &str| lines.push(format!("{key} = {}", quoted(value)));
        match &self.place {
            Where::Region(region) => say("region", region.name),
            Where::At(url) => say("base_url", url),
        }
        if let Some(url) = &self.login_url {
            say("login_url", url);
        }
        if self.dialect != Dialect::default() {
            say("dialect", self.dialect.name());
        }
        say("client_id", &self.client_id);
        match &self.way {
            Way::File(path) => say("client_secret_file", path),
            Way::Command(line) => say("client_secret_command", line),
            Way::Env(name) => say("client_secret_env", name),
            Way::Asked => {}
            Way::Person => say("sign_in", SignIn::Person.name()),
        }
        if let Some(colour) = self.colour {
            say("colour", colour.name());
        }
        if self.read_only {
            lines.push("read_only = true".into());
        }
        lines.join("\n") + "\n"
    }
}

/// A name as a key. Others than plain ones need quotation marks.
fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(plain) { name.to_owned() } else { quoted(name) }
}
