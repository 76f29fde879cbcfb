//! Which org, and as whom: what the command line says of it.

use clap::Args;

use crate::{
    config::context::{self, Asked, REQUESTS_PER_MINUTE},
    simulator::Dialect,
};

/// Which org, and as whom. The environment and the configuration say what is left out.
#[derive(Args, Clone, Debug)]
pub struct Org {
    /// The context of the configuration, one org by its name [env: FLOORWALKER_CONTEXT=].
    #[arg(long, value_name = "NAME", global = true, help_heading = "Org")]
    pub context: Option<String>,
    /// Where it is, such as eu-central-1, Frankfurt or mypurecloud.de [env: GENESYS_REGION=].
    #[arg(long, value_name = "REGION", global = true, help_heading = "Org")]
    pub region: Option<String>,
    /// The API host, such as https://api.mypurecloud.de [env: GENESYS_BASE_URL=].
    #[arg(long, value_name = "URL", global = true, help_heading = "Org")]
    pub base_url: Option<String>,
    /// The login host; follows from the API host if left out [env: GENESYS_LOGIN_URL=].
    #[arg(long, value_name = "URL", global = true, help_heading = "Org")]
    pub login_url: Option<String>,
    /// Requests a minute that the OAuth client may make; 300 if nobody says otherwise.
    #[arg(long, value_name = "N", global = true, help_heading = "Org")]
    pub requests_per_minute: Option<u32>,
    /// Which routes are spoken: the published API's (platform, unless somebody says otherwise), or those of
    /// a messaging gateway in front of it. `both` is for the built-in contact centre alone.
    #[arg(long, value_enum, value_name = "DIALECT", global = true, help_heading = "Org")]
    pub dialect: Option<Dialect>,
    /// Keep this session on the floor: a gateway lists none. May be repeated.
    #[arg(long, value_name = "ID", global = true, help_heading = "Org")]
    pub watch: Vec<String>,
    /// Show, but hand nothing over.
    #[arg(long, global = true, help_heading = "Org")]
    pub read_only: bool,
}

impl Org {
    /// The routes of the built-in contact centre, which asks nobody but the command line.
    pub fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or_default()
    }

    /// The same for its budget.
    pub fn requests_per_minute(&self) -> u32 {
        self.requests_per_minute.unwrap_or(REQUESTS_PER_MINUTE)
    }

    /// What it says of one org; `None` where that is to speak all dialects at once.
    pub fn asked(&self) -> Option<Asked> {
        let dialect = match self.dialect {
            None => None,
            Some(dialect) => Some(spoken(dialect)?),
        };
        Some(Asked {
            context: self.context.clone(),
            region: self.region.clone(),
            base_url: self.base_url.clone(),
            login_url: self.login_url.clone(),
            dialect,
            watch: self.watch.clone(),
            requests_per_minute: self.requests_per_minute,
            read_only: self.read_only,
        })
    }
}

/// The dialect of an org. The built-in contact centre may speak both at once: an org speaks one.
pub fn spoken(dialect: Dialect) -> Option<context::Dialect> {
    match dialect {
        Dialect::Platform => Some(context::Dialect::Platform),
        Dialect::Gateway => Some(context::Dialect::Gateway),
        Dialect::Both => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn the_published_dialect_is_spoken_unless_told_otherwise() {
        let dialect = |line: &str| {
            Arguments::try_parse_from(line.split(' ')).ok().map(|parsed| parsed.org.dialect())
        };
        assert_eq!(dialect("floorwalker"), Some(Dialect::Platform));
        assert_eq!(dialect("floorwalker simulate"), Some(Dialect::Platform));
        for line in [
            "floorwalker --dialect gateway --base-url https://gateway.example",
            "floorwalker --dialect gateway demo",
            "floorwalker demo --dialect gateway",
            "floorwalker simulate --dialect gateway",
            "floorwalker queues --dialect gateway -o json",
        ] {
            assert_eq!(dialect(line), Some(Dialect::Gateway), "{line}");
        }
        assert_eq!(dialect("floorwalker simulate --dialect both"), Some(Dialect::Both));
        assert_eq!(dialect("floorwalker demo --dialect dutch"), None);
    }

    #[test]
    fn sessions_are_named_one_by_one() {
        let parsed = Arguments::try_parse_from(["floorwalker", "--watch", "a", "--watch", "b"]);
        assert_eq!(parsed.unwrap().org.watch, ["a", "b"]);
    }
}
