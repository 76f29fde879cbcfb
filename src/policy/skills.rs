//! What it means to have a skill, and which skill a person means by a word.
//!
//! Routing knows skills by id, bots and people by name; SPEC section 5 lets them meet by id, or by
//! name without regard to case. Whether lacking one matters is for [`super::qualification`].

use thiserror::Error;

use crate::domain::{agent::AgentSkill, id::SkillId, session::Requirement, text::Plain};

/// The skills of `wanted`, each once, in the order they were asked for. Which of two spellings of one
/// skill stays must not depend on their order, or a score would.
pub fn distinct(wanted: &[Requirement]) -> impl Iterator<Item = &Requirement> {
    let repeats = |(i, one): (usize, &Requirement)| {
        wanted.iter().enumerate().any(|(j, other)| match (&one.id, &other.id) {
            (Some(a), Some(b)) => a == b && (other.name.as_str(), j) < (one.name.as_str(), i),
            // A bare name means the skill that is also asked for by id.
            (None, Some(_)) => same_name(&one.name, &other.name),
            (None, None) => j < i && same_name(&one.name, &other.name),
            (Some(_), None) => false,
        })
    };
    wanted.iter().enumerate().filter(move |&at| !repeats(at)).map(|(_, one)| one)
}

/// True if one of `skills` is the one that is `wanted`.
pub fn has(skills: &[AgentSkill], wanted: &Requirement) -> bool {
    skills.iter().any(|skill| is(skill, wanted))
}

/// How well the `wanted` skill is mastered, 0 to 5: `None` if nobody has rated it. Of several skills
/// that fit, the best one counts, wherever it stands.
pub fn proficiency(skills: &[AgentSkill], wanted: &Requirement) -> Option<f64> {
    let rated = skills.iter().filter(|s| is(s, wanted)).filter_map(|s| s.proficiency);
    rated.map(f64::from).filter(|p| p.is_finite()).max_by(f64::total_cmp)
}

fn is(skill: &AgentSkill, wanted: &Requirement) -> bool {
    wanted.id.as_ref() == Some(&skill.id) || same_name(&skill.name, &wanted.name)
}

/// Nearly every name is ASCII, and this is asked a million times in a distribution: only others are
/// copied to be compared.
fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Why a word stands for no skill.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Unresolved {
    /// Several skills have this name.
    #[error("\"{word}\" can be {}: give the id", list(candidates))]
    Ambiguous {
        /// As it was given.
        word: String,
        /// All that fit, by id.
        candidates: Vec<(SkillId, Plain)>,
    },
    /// No skill has this name or id.
    #[error("there is no skill \"{0}\"")]
    Unknown(String),
}

fn list(candidates: &[(SkillId, Plain)]) -> String {
    let each: Vec<_> = candidates.iter().map(|(id, name)| format!("{name} ({id})")).collect();
    each.join(" or ")
}

/// The skills meant by `names`, each an id or a name, in their order and each once.
///
/// # Errors
/// Refuses the first word that fits no skill of the directory, or several.
pub fn resolve_skills<'a>(
    names: &[&str],
    directory: impl Iterator<Item = (&'a SkillId, &'a Plain)>,
) -> Result<Vec<Requirement>, Unresolved> {
    let directory: Vec<_> = directory.collect();
    let mut found: Vec<Requirement> = Vec::with_capacity(names.len());
    for word in names {
        let meant = resolve(word.trim(), &directory)?;
        if !found.contains(&meant) {
            found.push(meant);
        }
    }
    Ok(found)
}

fn resolve(word: &str, directory: &[(&SkillId, &Plain)]) -> Result<Requirement, Unresolved> {
    let skill = |(id, name): &(&SkillId, &Plain)| ((*id).clone(), (*name).clone());
    let by_id = directory.iter().find(|(id, _)| id.with_str(|id| id.eq_ignore_ascii_case(word)));
    let mut fitting: Vec<(SkillId, Plain)> = match by_id {
        Some(one) => vec![skill(one)],
        None => directory.iter().filter(|(_, name)| same_name(name, word)).map(skill).collect(),
    };
    fitting.sort();
    fitting.dedup();
    match fitting.len() {
        0 | 1 => {
            let (id, name) = fitting.pop().ok_or_else(|| Unresolved::Unknown(word.into()))?;
            Ok(Requirement { id: Some(id), name })
        }
        _ => Err(Unresolved::Ambiguous { word: word.into(), candidates: fitting }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Vec<(SkillId, Plain)> {
        let all = [("s1", "Billing"), ("s2", "Refunds"), ("s3", "billing"), ("s4", "Ärger")];
        all.map(|(id, name)| (id.into(), name.into())).into()
    }

    fn meant(names: &[&str]) -> Result<Vec<String>, Unresolved> {
        let directory = directory();
        let found = resolve_skills(names, directory.iter().map(|(id, name)| (id, name)))?;
        Ok(found.into_iter().map(|r| r.id.unwrap().to_string()).collect())
    }

    fn wanted(id: Option<&str>, name: &str) -> Requirement {
        Requirement { id: id.map(Into::into), name: name.into() }
    }

    fn count(wanted: &[Requirement]) -> usize {
        distinct(wanted).count()
    }

    #[test]
    fn a_word_is_a_name_in_any_case_or_an_id() {
        assert_eq!(
            meant(&["REFUNDS", "S1", " ärger "]),
            Ok(["s2", "s1", "s4"].map(String::from).into())
        );
    }

    #[test]
    fn a_skill_that_is_named_twice_is_one() {
        assert_eq!(meant(&["refunds", "s2"]), Ok(vec!["s2".into()]));
    }

    #[test]
    fn an_ambiguous_word_is_refused_with_the_candidates() {
        let refused = meant(&["refunds", "BILLING"]).unwrap_err();
        let candidates = vec![("s1".into(), "Billing".into()), ("s3".into(), "billing".into())];
        assert_eq!(refused, Unresolved::Ambiguous { word: "BILLING".into(), candidates });
        let text = "\"BILLING\" can be Billing (s1) or billing (s3): give the id";
        assert_eq!(refused.to_string(), text);
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert_eq!(meant(&["sales"]), Err(Unresolved::Unknown("sales".into())));
        assert_eq!(meant(&[""]), Err(Unresolved::Unknown(String::new())));
    }

    #[test]
    fn what_is_asked_for_twice_counts_once() {
        let by_name = wanted(None, "Billing");
        assert_eq!(count(&[by_name.clone(), wanted(None, "BILLING")]), 1);
        assert_eq!(count(&[by_name.clone(), wanted(Some("s1"), "billing")]), 1);
        assert_eq!(count(&[wanted(Some("s1"), "billing"), wanted(Some("s1"), "s1")]), 1);
        assert_eq!(count(&[by_name, wanted(None, "Refunds")]), 2);
    }

    #[test]
    fn two_skills_of_one_name_are_two() {
        assert_eq!(
            count(&[wanted(Some("s1"), "x"), wanted(Some("s3"), "x"), wanted(None, "X")]),
            2
        );
    }
}
