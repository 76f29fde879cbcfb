//! A query cut into its pieces, each with its column.

use super::{
    Misread,
    field::{self, Field, Kind},
};

/// Longer ones are no queries; and what is read by recursion has to have an end.
const LONGEST: usize = 4096;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Characters before it.
    pub at: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of a query is.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    Open,
    Close,
    Not,
    And,
    Or,
    /// A word or a phrase.
    Text(String),
    /// What was saved under this name.
    Saved(String),
    /// A field, what it is compared by, and what with.
    Clause(Clause),
}

/// A field, what it is compared by, and what with.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub field: &'static Field,
    pub operator: Operator,
    /// Characters before the operator.
    pub operator_at: usize,
    pub value: String,
    /// Characters before the value.
    pub value_at: usize,
}

/// What a field is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Has,
    Is,
    IsNot,
    Below,
    UpTo,
    Above,
    From,
}

impl Operator {
    /// Longer spellings first: `<=` begins with `<`.
    const SPELLINGS: [(&str, Self); 7] = [
        ("!=", Self::IsNot),
        ("<=", Self::UpTo),
        (">=", Self::From),
        ("<", Self::Below),
        (">", Self::Above),
        ("=", Self::Is),
        (":", Self::Has),
    ];
}

/// The pieces of `text`; where things are `named`, `@x` is a name.
pub fn tokens(text: &str, fields: &'static [Field], named: bool) -> Result<Vec<Token>, Misread> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(misread(LONGEST, format!("a query has at most {LONGEST} characters")));
    }
    let mut lexer = Lexer { chars, at: 0, fields, named };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// That it can't be read, because of this column.
pub fn misread(at: usize, message: impl AsRef<str>) -> Misread {
    Misread { at, message: message.as_ref().into() }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    fields: &'static [Field],
    named: bool,
}

impl Lexer {
    fn token(&mut self) -> Result<Option<Token>, Misread> {
        self.skip_space();
        let at = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let kind = match first {
            '(' => self.single(TokenKind::Open),
            ')' => self.single(TokenKind::Close),
            '!' => self.single(TokenKind::Not),
            '"' => TokenKind::Text(self.phrase()?),
            '@' if self.named => {
                self.at += 1;
                TokenKind::Saved(self.take_while(belongs_to_word))
            }
            _ => self.clause_or_word()?,
        };
        Ok(Some(Token { at, kind }))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().copied().take_while(|c| belongs(*c)).collect();
        self.at += taken.chars().count();
        taken
    }

    fn phrase(&mut self) -> Result<String, Misread> {
        let opened = self.at;
        let mut phrase = String::new();
        loop {
            self.at += 1;
            match self.peek() {
                None => return Err(misread(opened, "this quote is not closed")),
                Some('"') => break,
                // A backslash before anything else is only a backslash.
                Some('\\') if matches!(self.chars.get(self.at + 1), Some('"' | '\\')) => {
                    self.at += 1;
                    phrase.extend(self.peek());
                }
                Some(c) => phrase.push(c),
            }
        }
        self.at += 1;
        Ok(phrase)
    }

    fn clause_or_word(&mut self) -> Result<TokenKind, Misread> {
        let start = self.at;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let known = field::find(self.fields, &name);
        if is_name && let Some((operator, operator_at)) = self.operator(known) {
            let unknown = || misread(start, field::unknown(self.fields, &name));
            return self.clause(known.ok_or_else(unknown)?, operator, operator_at);
        }
        let word = name + &self.take_while(belongs_to_word);
        Ok(match word.to_ascii_lowercase().as_str() {
            "and" => TokenKind::And,
            "or" => TokenKind::Or,
            "not" => TokenKind::Not,
            _ => TokenKind::Text(word),
        })
    }

    /// What a name is compared by, if anything. A comparator may stand apart from the name of a field
    /// (`latency > 500`); a colon may not, for it also stands in prose.
    fn operator(&mut self, known: Option<&'static Field>) -> Option<(Operator, usize)> {
        let name_end = self.at;
        if known.is_some() {
            self.skip_space();
        }
        let apart = self.at > name_end;
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let stands = |spelling: &str| {
            rest.len() >= spelling.len()
                && spelling.chars().eq(rest[..spelling.len()].iter().copied())
        };
        let found = Operator::SPELLINGS.into_iter().find(|(spelling, _)| stands(spelling));
        let Some((spelling, operator)) = found.filter(|(spelling, _)| !apart || *spelling != ":")
        else {
            self.at = name_end;
            return None;
        };
        let operator_at = self.at;
        self.at += spelling.len();
        Some((operator, operator_at))
    }

    fn clause(
        &mut self,
        field: &'static Field,
        operator: Operator,
        operator_at: usize,
    ) -> Result<TokenKind, Misread> {
        let behind = self.at;
        self.skip_space();
        let value_at = self.at;
        let value = match self.peek() {
            Some('"') => self.phrase()?,
            _ => self.take_while(belongs_to_word),
        };
        if self.at == value_at {
            let example = example(field.kind);
            return Err(misread(
                behind,
                format!("{} needs a value, such as {example}", field.name),
            ));
        }
        Ok(TokenKind::Clause(Clause { field, operator, operator_at, value, value_at }))
    }
}

fn belongs_to_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | '"')
}

/// A value that a field of this kind can have.
pub fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a word or \"a phrase\"",
        Kind::Number => "12 or 0.75",
        Kind::Span { .. } => "500ms or 5m",
        Kind::Time | Kind::Since(_) | Kind::Until(_) => "2h, 2026-11-21 or 2026-11-21T10:00Z",
    }
}
