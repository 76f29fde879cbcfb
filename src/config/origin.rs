//! Where a value of the configuration comes from, so that `config show` can say it.

use std::fmt;

/// What a variable of the environment holds; `None` where it is not set.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where a value comes from. What stands further down counts for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody has said anything.
    Default,
    /// Nobody has said anything of this org: this line of the file is about another.
    OfAnother(usize),
    /// This line of the file, from 1.
    File(usize),
    /// This variable of the environment.
    Env(&'static str),
    /// This option of the command line.
    Flag(&'static str),
}

impl Origin {
    /// For people, with the file's name.
    pub fn said(self, file: &str) -> String {
        match self {
            Self::File(line) => format!("{file}:{line}"),
            Self::OfAnother(line) => format!("default: {file}:{line} is for another org"),
            other => other.to_string(),
        }
    }

    /// How much it counts, whichever line, variable or option it is.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Default | Self::OfAnother(_) => 0,
            Self::File(_) => 1,
            Self::Env(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::OfAnother(line) => write!(f, "default: line {line} is for another org"),
            Self::File(line) => write!(f, "line {line}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "option {name}"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Given<T> {
    /// A value from somewhere.
    pub fn from(origin: Origin, value: T) -> Self {
        Self { value, origin }
    }

    /// What nobody has said.
    pub fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }
}

/// The first of these variables that holds something.
pub(super) fn variable(env: Environment<'_>, names: &[&'static str]) -> Option<Given<String>> {
    names.iter().find_map(|name| {
        let text = env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        text.map(|text| Given::from(Origin::Env(name), text))
    })
}
