//! The people, queues and phrases of the built-in contact centre, read from `assets/demo`. Not the world:
//! this never changes once read.

use std::num::NonZeroU32;

use serde::Deserialize;

const PEOPLE: &str = include_str!("../../assets/demo/people.toml");
const FLOOR: &str = include_str!("../../assets/demo/floor.toml");
const UTTERANCES: &str = include_str!("../../assets/demo/utterances.toml");

/// Everything the world is peopled with.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) people: People,
    pub(crate) floor: Floor,
    pub(crate) utterances: Utterances,
}

#[derive(Debug, Deserialize)]
pub(crate) struct People {
    pub(crate) hostile: Vec<String>,
    pub(crate) culture: Vec<Culture>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Culture {
    pub(crate) language: String,
    #[serde(default)]
    pub(crate) family_first: bool,
    pub(crate) given: Vec<String>,
    pub(crate) family: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Floor {
    pub(crate) organization: String,
    pub(crate) languages: Vec<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) departments: Vec<String>,
    pub(crate) titles: Vec<String>,
    pub(crate) wrapups: Vec<String>,
    pub(crate) topic: Vec<Topic>,
    pub(crate) flow: Vec<FlowCard>,
    pub(crate) intent: Vec<IntentCard>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) skills: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FlowCard {
    pub(crate) name: String,
    pub(crate) kind: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct IntentCard {
    pub(crate) name: String,
    pub(crate) topic: String,
    /// Why a bot gives it up.
    pub(crate) reason: String,
    /// What a bot tries before.
    pub(crate) tried: String,
    /// One in so many of its conversations calls webhooks; at least 1.
    pub(crate) every: NonZeroU32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Utterances {
    pub(crate) bot: Vec<String>,
    pub(crate) agent: Vec<String>,
    pub(crate) line: Vec<Lines>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Lines {
    pub(crate) language: String,
    pub(crate) customer: Vec<String>,
}

impl Cast {
    /// Reads the embedded files.
    pub(crate) fn load() -> Result<Self, toml::de::Error> {
        Ok(Self {
            people: toml::from_str(PEOPLE)?,
            floor: toml::from_str(FLOOR)?,
            utterances: toml::from_str(UTTERANCES)?,
        })
    }

    /// What customers of a language say; English where nothing is written down.
    pub(crate) fn lines(&self, language: usize) -> &[String] {
        let name = self.floor.languages.get(language).map_or("English", String::as_str);
        let lines = &self.utterances.line;
        lines
            .iter()
            .find(|lines| lines.language == name)
            .or(lines.first())
            .map_or(&[], |lines| &lines.customer)
    }

    /// A name of the given culture, the n-th of its combinations.
    pub(crate) fn name(&self, culture: usize, n: usize) -> String {
        let Some(culture) = self.people.culture.get(culture) else { return format!("Person {n}") };
        let given = &culture.given[n % culture.given.len()];
        let family = &culture.family[(n / culture.given.len() + n) % culture.family.len()];
        match culture.family_first {
            true if culture.language == "Vietnamese" => format!("{family} {given}"),
            true => format!("{family}{given}"),
            false => format!("{given} {family}"),
        }
    }

    /// Which of the floor's languages a culture speaks.
    pub(crate) fn language_of(&self, culture: usize) -> usize {
        let name = self.people.culture.get(culture).map(|culture| &culture.language);
        self.floor.languages.iter().position(|language| Some(language) == name).unwrap_or(0)
    }
}

/// Languages by the names that the floor knows them by.
const TAGS: [(&str, &str); 12] = [
    ("English", "en-US"),
    ("Spanish", "es-ES"),
    ("French", "fr-FR"),
    ("German", "de-DE"),
    ("Portuguese", "pt-BR"),
    ("Polish", "pl-PL"),
    ("Japanese", "ja-JP"),
    ("Chinese", "zh-CN"),
    ("Korean", "ko-KR"),
    ("Arabic", "ar-EG"),
    ("Hindi", "hi-IN"),
    ("Vietnamese", "vi-VN"),
];

/// The tag of a language; `und` for one without.
pub(crate) fn tag(name: &str) -> &'static str {
    TAGS.iter().find(|(known, _)| *known == name).map_or("und", |(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_files_agree_with_each_other() {
        let cast = Cast::load().unwrap();
        assert!(cast.floor.topic.len() >= 12 && cast.floor.flow.len() >= 3);
        for culture in &cast.people.culture {
            assert!(cast.floor.languages.contains(&culture.language), "{}", culture.language);
            assert!(cast.utterances.line.iter().any(|lines| lines.language == culture.language));
            assert!(!culture.given.is_empty() && !culture.family.is_empty());
        }
        for language in &cast.floor.languages {
            assert_ne!(tag(language), "und", "{language}");
        }
        for intent in &cast.floor.intent {
            assert!(
                cast.floor.topic.iter().any(|topic| topic.name == intent.topic),
                "{}",
                intent.topic
            );
        }
        for skill in cast.floor.topic.iter().flat_map(|topic| &topic.skills) {
            assert!(cast.floor.skills.contains(skill), "{skill}");
        }
    }
}
