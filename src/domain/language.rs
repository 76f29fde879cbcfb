//! Languages as people and machines write them: routing has names (`English`), bots have tags (`en-US`).

/// Names of languages by primary subtag.
const NAMES: &[(&str, &str)] = &[
    ("ar", "Arabic"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("vi", "Vietnamese"),
    ("zh", "Chinese"),
];

/// What people call the language of a tag: `Spanish` for `es-ES`. A name is its own name, and so is a
/// tag that the table does not have.
pub fn called(text: &str) -> &str {
    name_of(primary(text)).unwrap_or(text)
}

/// `en` of `en-US`; a name such as `English` is its own primary part.
pub fn primary(text: &str) -> &str {
    text.split(['-', '_']).next().unwrap_or(text)
}

/// The name that the table has for a primary subtag.
pub fn name_of(tag: &str) -> Option<&'static str> {
    NAMES.iter().find(|(subtag, _)| subtag.eq_ignore_ascii_case(tag)).map(|(_, name)| *name)
}

/// The primary subtag of a language of the table, by tag or by the first of its names that is in `text`.
fn known(text: &str) -> Option<&'static str> {
    let first = primary(text).trim();
    let tag = |is: &dyn Fn(&str, &str) -> bool| {
        NAMES.iter().find(|(subtag, name)| is(subtag, name)).map(|(subtag, _)| *subtag)
    };
    let by_name = || words(text).find_map(|w| tag(&|_, name| name.eq_ignore_ascii_case(w)));
    tag(&|subtag, _| subtag.eq_ignore_ascii_case(first)).or_else(by_name)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A tag as it is compared: `es-mx` of `es_MX`.
fn folded(text: &str) -> String {
    text.trim().replace('_', "-").to_lowercase()
}

/// What follows the primary subtag of a tag, if anything does.
fn has_region(text: &str) -> bool {
    let first = primary(text);
    text.len() > first.len() + 1 && name_of(first.trim()).is_some()
}

/// A language that is looked for: by tag, by name, or by the beginning of either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    text: String,
    tag: Option<&'static str>,
    region: bool,
    whole: bool,
}

impl Sought {
    /// What somebody has written; `whole` if no beginning of a name is meant.
    pub fn new(text: &str, whole: bool) -> Self {
        Self { text: folded(text), tag: known(text), region: has_region(text), whole }
    }

    /// True if `spoken` is that language. A region rules out another region, and not a language of which none
    /// is told: `es-MX` is not `es-ES`, and may be `Spanish`.
    pub fn is(&self, spoken: &str) -> bool {
        let Some(tag) = self.tag else { return self.begins(spoken) };
        if known(spoken) != Some(tag) {
            return false;
        }
        if !(self.region && has_region(spoken)) {
            return true;
        }
        let spoken = folded(spoken);
        if self.whole { spoken == self.text } else { spoken.starts_with(&self.text) }
    }

    /// What is no tag and no name may become one.
    fn begins(&self, spoken: &str) -> bool {
        let fits = |text: &str| {
            let text = folded(text);
            if self.whole { text == self.text } else { text.starts_with(&self.text) }
        };
        fits(spoken) || fits(called(spoken)) || words(spoken).any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_called_by_its_name() {
        let all = ["es-ES", "EN", "Spanish", "tlh-KX", ""].map(called);
        assert_eq!(all, ["Spanish", "English", "Spanish", "tlh-KX", ""]);
    }

    #[test]
    fn what_is_sought_is_found_by_tag_and_by_name_and_nothing_else_is() {
        const SPOKEN: [&str; 9] = [
            "es-MX",
            "es_ES",
            "es",
            "Spanish",
            "Mexican Spanish",
            "Japanese",
            "zh-CN",
            "tlh-KX",
            "",
        ];
        let spanish = [0, 1, 2, 3, 4];
        for (sought, expected) in [
            ("es", &spanish[..]),
            ("ES", &spanish),
            ("Spanish", &spanish),
            ("es-MX", &[0, 2, 3, 4]),
            ("es-", &spanish),
            ("es-m", &[0, 2, 3, 4]),
            ("spa", &[0, 1, 2, 3, 4]),
            ("mex", &[4]),
            ("japan", &[5]),
            ("ja", &[5]),
            ("chin", &[6]),
            ("tlh", &[7]),
            ("nese", &[]),
        ] {
            let sought = Sought::new(sought, false);
            let found: Vec<usize> = (0..9).filter(|at| sought.is(SPOKEN[*at])).collect();
            assert_eq!(found, expected, "{sought:?}");
        }
        let whole = |text| Sought::new(text, true);
        assert!(whole("es").is("es-MX") && whole("spanish").is("es-MX"));
        assert!(!whole("japan").is("Japanese") && !whole("es-M").is("es-MX"));
    }
}
