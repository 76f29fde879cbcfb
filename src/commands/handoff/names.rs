//! What people mean by a name: an agent, a queue, a language, skills.

use uuid::Uuid;

use super::wish::Wish;
use crate::{
    commands::Failure,
    domain::{
        agent::AgentLanguage, handoff::Demands, id::LanguageId, session::Language, text::Plain,
    },
    engine::snapshot::Snapshot,
    policy::{language, skills::resolve_skills},
};

/// Something with an id and perhaps a name.
pub struct Named<I> {
    /// Its id.
    pub id: I,
    /// Its name, where it has been read.
    pub name: Option<Plain>,
}

/// The one with this id, or else with this name. An id that nobody here has is left to the gate, which
/// refuses it with the reason and writes that down.
///
/// # Errors
/// Refuses a word that fits none, or several.
pub fn find<I: ToString + From<Uuid>>(
    kind: &str,
    word: &str,
    all: impl Iterator<Item = Named<I>>,
) -> Result<I, Failure> {
    let word = word.trim();
    let lower = word.to_lowercase();
    let mut fitting = Vec::new();
    for one in all {
        if one.id.to_string().eq_ignore_ascii_case(word) {
            return Ok(one.id);
        }
        if one.name.as_ref().is_some_and(|name| name.to_lowercase() == lower) {
            fitting.push(one);
        }
    }
    if fitting.len() > 1 {
        let mut each: Vec<_> = fitting.iter().map(|one| one.id.to_string()).collect();
        each.sort_unstable();
        let each = each.join(" or ");
        return Err(Failure::usage(format!(
            "Several {kind}s are called \"{word}\": give the id, {each}"
        )));
    }
    let id = || Uuid::try_parse(word).ok().filter(|_| word.len() == 36).map(I::from);
    fitting.pop().map(|one| one.id).or_else(id).ok_or_else(|| {
        Failure::usage(format!("There is no {kind} \"{word}\": floorwalker {kind}s lists them"))
    })
}

/// What is asked for, with the ids that routing knows.
///
/// # Errors
/// Refuses skills and languages that nobody knows.
pub fn demands(wish: &Wish, shot: &Snapshot) -> Result<Demands, Failure> {
    let words: Vec<&str> = wish.skills.iter().map(String::as_str).collect();
    let skills =
        resolve_skills(&words, shot.skills()).map_err(|e| Failure::usage(e.to_string()))?;
    let language = wish.language.as_deref().map(|word| tongue(word, shot)).transpose()?;
    Ok(Demands { skills, language, priority: wish.priority })
}

fn tongue(word: &str, shot: &Snapshot) -> Result<Language, Failure> {
    let word = word.trim();
    let asked = Language { id: Some(LanguageId::from(word)), name: Plain::new(word) };
    let mut known: Vec<_> = shot.languages().collect();
    known.sort_by(|a, b| a.1.cmp(b.1).then_with(|| a.0.cmp(b.0)));
    let found = |(id, name): (&LanguageId, &Plain)| {
        let spoken = AgentLanguage { id: id.clone(), name: name.clone(), proficiency: None };
        language::matches(&asked, &spoken)
    };
    // English is asked for before English (US) is.
    let exact = known.iter().find(|(id, name)| {
        name.eq_ignore_ascii_case(word) || id.with_str(|id| id.eq_ignore_ascii_case(word))
    });
    match exact.or_else(|| known.iter().find(|one| found(**one))) {
        Some((id, name)) => Ok(Language { id: Some((*id).clone()), name: (*name).clone() }),
        // An org whose languages can't be read is asked by name.
        None if known.is_empty() => Ok(Language { id: None, name: asked.name }),
        None => Err(Failure::usage(format!("There is no language \"{word}\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::QueueId;

    fn named(of: &[(&str, &str)]) -> Vec<Named<QueueId>> {
        of.iter()
            .map(|(id, name)| Named { id: (*id).into(), name: Some(Plain::new(name)) })
            .collect()
    }

    #[test]
    fn an_id_comes_before_a_name_and_two_of_a_name_are_refused() {
        let all = || named(&[("q1", "Billing"), ("q2", "q1"), ("q3", "billing")]).into_iter();
        assert_eq!(find("queue", "Q1", all()).unwrap(), "q1".into());
        let error = find("queue", "BILLING", all()).unwrap_err();
        assert_eq!(error.code, 2);
        assert!(error.message.ends_with("give the id, q1 or q3"), "{}", error.message);
        assert_eq!(find("queue", "nothing", all()).unwrap_err().code, 2);
        let stranger = "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c";
        assert_eq!(find("queue", stranger, all()).unwrap(), stranger.into());
    }
}
