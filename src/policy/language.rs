//! Whether a language that a session asks for is one that an agent speaks.
//!
//! Routing has ids and names (`English`), bots have tags (`en-US`); SPEC section 5 lets them meet by
//! id, by tag, by primary subtag, or through a table from primary subtag to name.

use crate::domain::{agent::AgentLanguage, session::Language};

/// Names of languages by primary subtag, the default of the `[languages]` table.
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

/// True if `spoken` serves a session in `wanted`.
pub fn matches(wanted: &Language, spoken: &AgentLanguage) -> bool {
    if wanted.id.as_ref() == Some(&spoken.id) || wanted.name.eq_ignore_ascii_case(&spoken.name) {
        return true;
    }
    let (wanted, spoken) = (primary(&wanted.name), primary(&spoken.name));
    wanted.eq_ignore_ascii_case(spoken)
        || name_of(wanted).is_some_and(|name| name.eq_ignore_ascii_case(spoken))
        || name_of(spoken).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

/// What people call the language of a tag: `Spanish` for `es-ES`. A name is its own name, and so is a
/// tag that the table does not have.
pub fn called(text: &str) -> &str {
    name_of(primary(text)).unwrap_or(text)
}

/// `en` of `en-US`; a name such as `English` is its own primary part.
fn primary(text: &str) -> &str {
    text.split(['-', '_']).next().unwrap_or(text)
}

fn name_of(tag: &str) -> Option<&'static str> {
    NAMES.iter().find(|(subtag, _)| subtag.eq_ignore_ascii_case(tag)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::LanguageId;

    fn meet(wanted: &str, spoken: &str) -> bool {
        let wanted = Language { id: None, name: wanted.into() };
        let id = LanguageId::from("l");
        matches(&wanted, &AgentLanguage { id, name: spoken.into(), proficiency: None })
    }

    #[test]
    fn tags_subtags_and_names_meet() {
        assert!(meet("en-US", "en-us"));
        assert!(meet("en-US", "en-GB"));
        assert!(meet("en-US", "English"));
        assert!(meet("English", "en"));
        assert!(meet("pt_BR", "Portuguese"));
        assert!(!meet("en-US", "French"));
        assert!(!meet("es", "et"));
    }

    #[test]
    fn a_tag_is_called_by_its_name() {
        let all = ["es-ES", "EN", "Spanish", "tlh-KX", ""].map(called);
        assert_eq!(all, ["Spanish", "English", "Spanish", "tlh-KX", ""]);
    }

    #[test]
    fn an_id_is_enough() {
        let id = LanguageId::from("l");
        let wanted = Language { id: Some(id.clone()), name: "?".into() };
        assert!(matches(&wanted, &AgentLanguage { id, name: "Klingon".into(), proficiency: None }));
    }
}
