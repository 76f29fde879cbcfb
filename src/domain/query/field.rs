//! The fields by which things are looked for, and what is said when a name is none of them.

/// A field that can be named in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// What can be asked of a text.
    pub takes: Takes,
    /// What it is, for help.
    pub about: &'static str,
}

/// What can be asked of a field of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Whatever may be in it: a name, an id.
    Any,
    /// It is always one of these words: what is in none of them is a slip.
    Words(&'static [&'static str]),
    /// A language, by tag or by name.
    Language,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A plain number.
    Number,
    /// A span of time; a number without a unit is so many ms.
    Span {
        /// How many ms a number without a unit stands for.
        unit: u32,
    },
    /// A moment.
    Time,
    /// Not a field of its own: the named one, from this moment on.
    Since(&'static str),
    /// Not a field of its own: the named one, up to this moment.
    Until(&'static str),
}

impl Field {
    /// A field without other names.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, aliases: &[], kind, takes: Takes::Any, about }
    }

    /// The same, which is always one of these words.
    #[must_use]
    pub const fn among(self, words: &'static [&'static str]) -> Self {
        Self { takes: Takes::Words(words), ..self }
    }

    /// The same, which is a language.
    #[must_use]
    pub const fn of_language(self) -> Self {
        Self { takes: Takes::Language, ..self }
    }

    /// The same with other names too.
    #[must_use]
    pub const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Its name, then its other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// The field of this name.
pub fn find(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.names().any(|known| known.eq_ignore_ascii_case(name)))
}

/// What to say of a name that no field has.
pub fn unknown(fields: &'static [Field], name: &str) -> String {
    let lower = name.to_lowercase();
    let near = |known: &'static str| (distance(known, &lower), known);
    let nearest = fields.iter().flat_map(Field::names).map(near).min();
    match nearest {
        Some((steps, known)) if steps <= 2 && steps < known.len() => {
            format!("no field {name:?}; did you mean {known}?")
        }
        _ => format!("no field {name:?}; put it in quotes to look for the text"),
    }
}

/// How many letters have to be put in, left out or changed to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
