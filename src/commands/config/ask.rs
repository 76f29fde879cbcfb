//! What `config init` is told: by its options, and by whoever sits at the terminal for the rest.

use std::path::Path;

use super::wish::{Way, Where, Wish};
use crate::{
    args::{Init, Org, SignIn, spoken},
    commands::{
        Failure,
        prompt::{agrees, line, say, secret, until},
    },
    config::Colour,
    domain::dialect::Dialect,
};

/// The ways in which a secret can be given, as they are asked for.
const WAYS: &str = "How is the client's secret given?\n  \
                    1  in a file for you alone\n  \
                    2  by a program that prints it\n  \
                    3  in a variable of the environment\n  \
                    4  at the terminal, whenever it is needed\n";

/// What the options say; what is missing is named.
///
/// # Errors
/// If something is missing.
pub fn given(init: &Init, org: &Org) -> Result<Wish, Failure> {
    let need = |what: Option<String>, flag: &str| {
        what.ok_or_else(|| Failure::usage(format!("--non-interactive needs {flag}")))
    };
    let name = need(org.context.clone(), "--context NAME")?;
    let place = match place(org)? {
        Some(place) => place,
        None => return Err(Failure::usage("--non-interactive needs --region or --base-url")),
    };
    let dialect = dialect(org)?.unwrap_or_default();
    let way = way(init, dialect)?.ok_or_else(|| {
        Failure::usage(
            "--non-interactive needs --secret-file, --secret-command, --secret-env, --ask-secret or \
             --sign-in person",
        )
    })?;
    if matches!(way, Way::Asked) && !init.no_test {
        return Err(Failure::usage("--non-interactive asks for no secret: give --no-test too"));
    }
    Ok(Wish {
        name,
        place,
        login_url: org.login_url.clone(),
        dialect,
        client_id: need(init.client_id.clone(), "--client-id ID")?,
        way,
        typed: None,
        read_only: org.read_only,
        colour: init.colour,
    })
}

/// Asks for what the options do not say. `folder` is where a file of a secret would be.
///
/// # Errors
/// If nobody answers, or an option is wrong.
pub fn asked(init: &Init, org: &Org, folder: &Path) -> Result<Wish, Failure> {
    let name = match &org.context {
        Some(name) => name.clone(),
        None => until("Name of the context, by which the org is known here", "prod", is_name)?,
    };
    let (place, dialect) = ask_place(org)?;
    let given = match way(init, dialect)? {
        None if asks_for_a_person(init, dialect)? => Some(Way::Person),
        given => given,
    };
    let grant = match given {
        Some(Way::Person) => "Code Authorization with PKCE",
        _ => "Client Credentials",
    };
    let client_id = match &init.client_id {
        Some(id) => id.clone(),
        None => until(&format!("Id of the OAuth client (grant {grant})"), "", is_filled)?,
    };
    let way = match given {
        Some(way) => way,
        None => ask_way(&folder.join(format!("{name}.secret")))?,
    };
    let typed = match &way {
        Way::File(path) if Path::new(path).exists() => None,
        Way::File(_) | Way::Asked => secret("Client secret (not shown): ")?,
        Way::Command(_) | Way::Env(_) | Way::Person => None,
    };
    let read_only = org.read_only || agrees("Read-only, so that nothing is handed off from here?")?;
    let colour = match init.colour {
        Some(colour) => Some(colour),
        None => ask_colour()?,
    };
    let login_url = org.login_url.clone();
    Ok(Wish { name, place, login_url, dialect, client_id, way, typed, read_only, colour })
}

fn ask_place(org: &Org) -> Result<(Where, Dialect), Failure> {
    let question =
        "Region, such as eu-central-1, Frankfurt or mypurecloud.de, or the API host's URL";
    let place = match place(org)? {
        Some(place) => place,
        None => until(question, "", Where::read)?,
    };
    let dialect = match (dialect(org)?, &place) {
        (Some(dialect), _) => dialect,
        (None, Where::Region(_)) => Dialect::Platform,
        (None, Where::At(_)) => {
            match agrees("Is that a messaging gateway with routes of its own?")? {
                true => Dialect::Gateway,
                false => Dialect::Platform,
            }
        }
    };
    Ok((place, dialect))
}

/// A gateway gives tokens to clients alone.
fn asks_for_a_person(init: &Init, dialect: Dialect) -> Result<bool, Failure> {
    let open = init.sign_in.is_none() && dialect == Dialect::Platform;
    Ok(open
        && agrees("Sign in as yourself, in a browser, and not as an OAuth client with a secret?")?)
}

fn ask_colour() -> Result<Option<Colour>, Failure> {
    let names = Colour::ALL.map(|(name, _)| name).join(", ");
    let question = format!("Colour of its name ({names}, none)");
    until(&question, "none", |text| colour_of(text, &names))
}

fn ask_way(usual: &Path) -> Result<Way, Failure> {
    say(WAYS)?;
    let which = until("Which", "1", |text| match text {
        "1" | "2" | "3" | "4" => Ok(text.to_owned()),
        _ => Err("It is 1, 2, 3 or 4.".into()),
    })?;
    Ok(match which.as_str() {
        "1" => Way::File(until("File", &usual.display().to_string(), is_whole)?),
        "2" => Way::Command(until("Program, with its arguments", "", is_filled)?),
        "3" => Way::Env(line("Variable", "GENESYS_CLIENT_SECRET")?),
        _ => Way::Asked,
    })
}

/// The way that the options name.
fn way(init: &Init, dialect: Dialect) -> Result<Option<Way>, Failure> {
    let way = secret_way(init)?;
    if init.sign_in != Some(SignIn::Person) {
        return Ok(way);
    }
    if dialect == Dialect::Gateway {
        return Err(Failure::usage("--sign-in person: persons sign in to no gateway"));
    }
    match way {
        None => Ok(Some(Way::Person)),
        Some(_) => Err(Failure::usage(
            "--sign-in person: a person's client has no secret; leave --secret-… and --ask-secret out",
        )),
    }
}

fn secret_way(init: &Init) -> Result<Option<Way>, Failure> {
    if let Some(path) = &init.secret_file {
        let whole = std::path::absolute(path);
        let whole = whole.map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        return Ok(Some(Way::File(whole.display().to_string())));
    }
    let command = init.secret_command.clone().map(Way::Command);
    let env = init.secret_env.clone().map(Way::Env);
    Ok(command.or(env).or(init.ask_secret.then_some(Way::Asked)))
}

fn place(org: &Org) -> Result<Option<Where>, Failure> {
    match (&org.region, &org.base_url) {
        (Some(_), Some(_)) => Err(Failure::usage("--region and --base-url: give one of them")),
        (Some(region), None) => {
            Where::read(region).map(Some).map_err(|why| Failure::usage(format!("--region: {why}")))
        }
        (None, base) => Ok(base.clone().map(Where::At)),
    }
}

fn dialect(org: &Org) -> Result<Option<Dialect>, Failure> {
    let one = |dialect| {
        spoken(dialect).ok_or_else(|| Failure::usage("--dialect both: an org speaks one"))
    };
    org.dialect.map(one).transpose()
}

fn is_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !text.is_empty() && text.len() <= 64 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("It is 1 to 64 letters, digits, -, _ and .".into()),
    }
}

fn is_filled(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("It is needed.".into()) } else { Ok(text.to_owned()) }
}

fn is_whole(text: &str) -> Result<String, String> {
    match text.starts_with('/') {
        true => Ok(text.to_owned()),
        false => Err("It is a whole path, which begins with /.".into()),
    }
}

fn colour_of(text: &str, names: &str) -> Result<Option<Colour>, String> {
    if text == "none" {
        return Ok(None);
    }
    let found = Colour::ALL.iter().find(|(name, _)| *name == text);
    found.map(|(_, colour)| Some(*colour)).ok_or_else(|| format!("It is one of {names}, none."))
}
