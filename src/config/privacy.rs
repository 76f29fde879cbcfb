//! `[privacy]`: what of people is shown, and what the audit log keeps of them.

use serde::Deserialize;

use crate::policy::{
    mask::Masking,
    privacy::{self, Kept},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Privacy {
    mask: bool,
    names: Choice,
    texts: Choice,
    addresses: Choice,
    messages: Choice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Keep,
    Mask,
    Drop,
}

impl From<Kept> for Choice {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Whole => Self::Keep,
            Kept::Masked => Self::Mask,
            Kept::Nothing => Self::Drop,
        }
    }
}

impl From<Choice> for Kept {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Keep => Self::Whole,
            Choice::Mask => Self::Masked,
            Choice::Drop => Self::Nothing,
        }
    }
}

impl Default for Privacy {
    fn default() -> Self {
        let privacy::Privacy { names, texts, addresses, messages } = privacy::Privacy::default();
        Self {
            mask: Masking::default() == Masking::On,
            names: names.into(),
            texts: texts.into(),
            addresses: addresses.into(),
            messages: messages.into(),
        }
    }
}

impl Privacy {
    pub(super) fn masking(&self) -> Masking {
        if self.mask { Masking::On } else { Masking::Off }
    }

    /// What the audit log keeps.
    pub(super) fn kept(&self) -> privacy::Privacy {
        let Self { names, texts, addresses, messages, .. } = *self;
        privacy::Privacy {
            names: names.into(),
            texts: texts.into(),
            addresses: addresses.into(),
            messages: messages.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_people_write_is_masked_unless_told_otherwise() {
        for (text, masking) in [
            ("", Masking::On),
            ("[privacy]", Masking::On),
            ("[privacy]\nmask = true", Masking::On),
            ("[privacy]\nmask = false", Masking::Off),
        ] {
            let config = Config::parse(text, "config.toml").unwrap();
            assert_eq!(config.handbook.masking, masking, "{text}");
        }
    }

    #[test]
    fn what_the_log_keeps_of_people_is_chosen_by_kind() {
        let text = "[privacy]\nnames = 'drop'\naddresses = 'mask'\nmessages = 'keep'";
        let kept = Config::parse(text, "config.toml").unwrap().privacy;
        let expected = privacy::Privacy {
            names: Kept::Nothing,
            addresses: Kept::Masked,
            messages: Kept::Whole,
            ..privacy::Privacy::default()
        };
        assert_eq!(kept, expected);
    }
}
