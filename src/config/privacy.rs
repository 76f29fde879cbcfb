//! `[privacy]`: what of people's words is shown.

use serde::Deserialize;

use crate::policy::mask::Masking;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Privacy {
    mask: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { mask: Masking::default() == Masking::On }
    }
}

impl Privacy {
    pub(super) fn masking(&self) -> Masking {
        if self.mask { Masking::On } else { Masking::Off }
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
}
