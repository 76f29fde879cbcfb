//! `floorwalker config init`: an org gets a name, once it has been tried whether one can sign in there.

use std::path::Path;

use secrecy::SecretString;

use super::{
    Place, ask, file,
    wish::{Way, Wish},
};
use crate::{
    args::{Init, Org},
    commands::{
        Connection, Failure,
        listing::runtime,
        prompt::{agrees, is_possible, say},
    },
    config::{
        Config, Context,
        context::{Asked, Contexts},
        secret::SecretSource,
    },
    domain::text::Plain,
    engine::snapshot::{Want, snapshot_with},
    genesys::error::Kind,
};

/// Asks, tries, writes.
///
/// # Errors
/// If something is missing or wrong, or nobody can sign in with it. Then nothing is written.
pub fn run(init: &Init, org: &Org, at: &Place) -> Result<(), Failure> {
    let text = there(at)?;
    let known = config(text.as_deref().unwrap_or_default(), at)?.contexts;
    let wish = match init.non_interactive {
        true => ask::given(init, org)?,
        false if is_possible() => {
            if text.is_some() {
                say(&format!("{} is there already: another context is added to it.\n", at.name()))?;
            }
            ask::asked(init, org, at.path.parent().unwrap_or(Path::new("/")))?
        }
        false => {
            return Err(Failure::usage(
                "config init asks at a terminal; --non-interactive takes everything from options",
            ));
        }
    };
    if known.find(&wish.name).is_ok() {
        let name = &wish.name;
        return Err(Failure::usage(format!(
            "{} has a context {name} already: change it there, or take another name",
            at.name()
        )));
    }
    let whole = whole(text.as_deref(), &wish, &known);
    let context = checked(&whole, &wish, at)?;
    // A person tries it out by signing in.
    if !init.no_test && !matches!(wish.way, Way::Person) {
        try_out(&wish, &context, init.non_interactive)?;
    }
    if text.is_some() && !init.yes {
        consent(init, at)?;
    }
    write(&whole, &wish, at)
}

/// What the file holds, if there is one; whoever asks for another file may have it made.
fn there(at: &Place) -> Result<Option<String>, Failure> {
    if at.path.exists() { at.text() } else { Ok(None) }
}

fn config(text: &str, at: &Place) -> Result<Config, Failure> {
    let home = |name: &str| std::env::var(name).ok().filter(|_| name == "HOME");
    Ok(Config::read(text, &at.name(), &home)?)
}

/// The whole file with the new context in it.
fn whole(text: Option<&str>, wish: &Wish, known: &Contexts) -> String {
    let is_first = known.names().next().is_none() && known.default.is_none();
    file::with(text, &wish.block(), &wish.name, is_first)
}

/// The new context as it will be read: what can't be read is not written.
fn checked(whole: &str, wish: &Wish, at: &Place) -> Result<Context, Failure> {
    let asked = Asked { context: Some(wish.name.clone()), ..Asked::default() };
    // What the environment says of an org does not belong to this one.
    let context = config(whole, at)?.contexts.resolve(&asked, &|_| None);
    context.map_err(Failure::usage)
}

/// Never over what is there without being asked to.
fn consent(init: &Init, at: &Place) -> Result<(), Failure> {
    let file = at.name();
    if init.non_interactive {
        return Err(Failure::usage(format!(
            "{file} is there already: --yes adds the context to it. Nothing was written"
        )));
    }
    match agrees(&format!("Add the context to {file}?"))? {
        true => Ok(()),
        false => Err(Failure::other("Nothing was written")),
    }
}

/// Signs in and reads the queues. Where that fails somebody may want it all the same.
fn try_out(wish: &Wish, context: &Context, alone: bool) -> Result<(), Failure> {
    say("Signing in … ")?;
    let failure = match sign_in(wish, context) {
        Ok(news) => return say(&format!("{}\n", Plain::new(&news))),
        Err(failure) => failure,
    };
    if alone {
        say("\n")?;
        return Err(Failure { message: format!("{failure}\nNothing was written"), ..failure });
    }
    let lines: Vec<String> = failure.message.lines().map(|l| Plain::new(l).to_string()).collect();
    say(&format!("that failed:\n{}\n", lines.join("\n")))?;
    match agrees("Write it all the same?")? {
        true => Ok(()),
        false => Err(Failure { message: "Nothing was written".into(), ..failure }),
    }
}

fn sign_in(wish: &Wish, context: &Context) -> Result<String, Failure> {
    let secret = secret(wish)?;
    let base = context.host.as_ref().map_or("", |host| host.value.base_url.as_str());
    let genesys = Connection::with(context, (base, &wish.client_id), secret.into())?.open()?;
    match runtime()?.block_on(snapshot_with(&genesys, Want::default(), &[])) {
        Ok(shot) => Ok(format!("that worked: the org has {} queues", shot.floor.queues.len())),
        // Whoever is refused something is in.
        Err(error) if error.kind == Kind::Permission => {
            Ok(format!("that worked, but a right is missing: {}", error.explained()))
        }
        Err(error) => Err(error.into()),
    }
}

fn secret(wish: &Wish) -> Result<SecretString, Failure> {
    if let Some(typed) = &wish.typed {
        return Ok(typed.clone());
    }
    let source = match &wish.way {
        Way::File(path) => SecretSource::File(path.into()),
        Way::Command(line) => SecretSource::Command(line.as_str().into()),
        Way::Env(name) => SecretSource::Env(name.clone()),
        Way::Asked | Way::Person => {
            return Err(Failure::usage("There is no secret to sign in with"));
        }
    };
    source.read().map_err(Failure::usage)
}

fn write(whole: &str, wish: &Wish, at: &Place) -> Result<(), Failure> {
    if let (Way::File(path), Some(typed)) = (&wish.way, &wish.typed) {
        file::keep(Path::new(path), typed)?;
        say(&format!("{path} is written, for you alone.\n"))?;
    }
    file::write(&at.path, whole)?;
    let next = match wish.way {
        Way::Person => format!(
            "The client has to name http://localhost:8741/ among its redirect URIs.\n\
             Now sign in: floorwalker login --context {}\n",
            wish.name
        ),
        _ => format!("Try: floorwalker queues --context {}\n", wish.name),
    };
    let joint = if matches!(wish.way, Way::Person) { '\n' } else { ' ' };
    say(&format!("{} is written.{joint}{next}", at.name()))
}
