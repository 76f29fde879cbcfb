//! Whether a language that a session asks for is one that an agent speaks.
//!
//! Routing has ids and names (`English`), bots have tags (`en-US`); SPEC section 5 lets them meet by
//! id, by tag, by primary subtag, or through a table from primary subtag to name.

use crate::domain::{
    agent::AgentLanguage,
    language::{name_of, primary},
    session::Language,
};

pub use crate::domain::language::called;

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
    fn an_id_is_enough() {
        let id = LanguageId::from("l");
        let wanted = Language { id: Some(id.clone()), name: "?".into() };
        assert!(matches(&wanted, &AgentLanguage { id, name: "Klingon".into(), proficiency: None }));
    }
}
