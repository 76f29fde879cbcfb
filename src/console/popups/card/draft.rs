//! The summary on a card: what the org made, or what the person made of it.

use crate::{
    domain::{payload::Summary, text::Plain},
    policy::{mask::Masking, payload::NO_SUMMARY},
};

/// Where the summary stands.
#[derive(Debug)]
pub enum Draft {
    /// Asked for.
    Fetching,
    /// As it came, if there is one.
    Fetched(Option<String>),
    /// Why there is none.
    Failed(Plain),
    /// The person's own words.
    Written(String),
}

impl Draft {
    /// Takes what came of asking. It does not take the place of the person's own words.
    pub fn take(&mut self, found: Result<Option<String>, Plain>) {
        if let Self::Written(_) = self {
            return;
        }
        *self = match found {
            Ok(text) => Self::Fetched(text.filter(|text| !text.trim().is_empty())),
            Err(reason) => Self::Failed(reason),
        };
    }

    /// The words to begin editing with.
    pub fn words(&self) -> &str {
        match self {
            Self::Fetched(Some(text)) | Self::Written(text) => text,
            Self::Fetching | Self::Fetched(None) | Self::Failed(_) => "",
        }
    }

    /// What goes along; `None` leaves it to the engine to ask again. One that was emptied by hand is
    /// not fetched after all: the person has seen it and did not want it.
    pub fn payload(&self) -> Option<Summary> {
        match self {
            Self::Fetched(Some(text)) => Some(Summary { text: text.clone(), by_hand: false }),
            Self::Written(text) if text.is_empty() => {
                Some(Summary { text: NO_SUMMARY.to_owned(), by_hand: true })
            }
            Self::Written(text) => Some(Summary { text: text.clone(), by_hand: true }),
            Self::Fetching | Self::Fetched(None) | Self::Failed(_) => None,
        }
    }

    /// What the card shows; true if it is only a remark. What was fetched may quote the guest; what goes
    /// along is the whole of it all the same, and a person's own words they have typed themselves.
    pub fn shown(&self, masking: Masking) -> (bool, String) {
        match self {
            Self::Fetching => (true, "fetching…".into()),
            Self::Fetched(None) => (true, none()),
            Self::Failed(reason) => (true, format!("not fetched: {reason}")),
            Self::Written(text) if text.is_empty() => (true, none()),
            Self::Fetched(Some(text)) => (false, masking.plain(&Plain::new(text)).to_string()),
            Self::Written(text) => (false, Plain::new(text).to_string()),
        }
    }
}

fn none() -> String {
    format!("none: “{NO_SUMMARY}” is sent")
}
