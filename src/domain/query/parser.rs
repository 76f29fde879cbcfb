//! Pieces of a query put together: `or` binds loosest, then `and` (or nothing) between two, then `!`.

use std::{cell::Cell, iter::Peekable, ops::Bound, vec::IntoIter};

use jiff::Timestamp;

use super::{
    super::nearest::alike,
    Kind, Misread, Needle, Node, Range, Saved, Takes,
    field::Field,
    lexer::{Clause, Operator, Token, TokenKind, example, misread, tokens},
    moment::Moment,
    value,
};

/// Nobody nests deeper; what does would only fill the stack.
const DEEPEST: usize = 64;

/// Names that lead to each other would never end.
const MOST_NAMES: usize = 8;

/// Pieces of a query with all that names stand for in it: a few names that each lead to others many times
/// over come to more than any memory holds.
pub const MOST_PIECES: usize = 4096;

/// By what a query is read.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// What can be named.
    pub fields: &'static [Field],
    /// From where spans count back.
    pub now: Timestamp,
    /// What names stand for, where there are names.
    pub saved: Option<&'a Saved>,
    /// Within so many names it is read.
    pub depth: usize,
    /// So many pieces may still come, whatever names they are read in.
    pub left: &'a Cell<usize>,
}

/// What a query means.
pub fn parse(text: &str, terms: Terms<'_>) -> Result<Node, Misread> {
    let tokens = tokens(text, terms.fields, terms.saved.is_some())?;
    if tokens.is_empty() {
        return Ok(Node::All);
    }
    let Some(left) = terms.left.get().checked_sub(tokens.len()) else {
        return Err(misread(0, format!("it comes to more than {MOST_PIECES} words")));
    };
    terms.left.set(left);
    let end = tokens.last().map_or(0, |token| token.at);
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), terms, end, depth: 0 };
    let node = parser.either()?;
    match parser.tokens.next() {
        Some(Token { at, .. }) => Err(misread(at, "this ) closes nothing")),
        None => Ok(node),
    }
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token>>,
    terms: Terms<'a>,
    /// Where the last piece begins: what is missing at the end is missing behind it.
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn next_is(&mut self, kind: &TokenKind) -> bool {
        self.tokens.peek().is_some_and(|token| token.kind == *kind)
    }

    fn either(&mut self) -> Result<Node, Misread> {
        let mut nodes = vec![self.both()?];
        while self.next_is(&TokenKind::Or) {
            self.tokens.next();
            nodes.push(self.both()?);
        }
        Ok(one_or(nodes, Node::Or))
    }

    fn both(&mut self) -> Result<Node, Misread> {
        let mut nodes = vec![self.single()?];
        loop {
            match self.tokens.peek().map(|token| &token.kind) {
                None | Some(TokenKind::Or | TokenKind::Close) => break,
                Some(TokenKind::And) => _ = self.tokens.next(),
                Some(_) => {}
            }
            nodes.push(self.single()?);
        }
        Ok(one_or(nodes, Node::And))
    }

    fn single(&mut self) -> Result<Node, Misread> {
        let Some(Token { at, kind }) = self.tokens.next() else {
            return Err(misread(self.end, "something has to follow this"));
        };
        match kind {
            TokenKind::Text(text) => Ok(Node::Word(Needle::within(&text))),
            TokenKind::Clause(clause) => self.clause(&clause),
            TokenKind::Saved(name) => self.saved(at, &name),
            TokenKind::Not => {
                let node = self.deeper(at, Self::single)?;
                Ok(Node::Not(Box::new(node)))
            }
            TokenKind::Open => {
                let node = self.deeper(at, Self::either)?;
                match self.tokens.next() {
                    Some(_) => Ok(node),
                    None => Err(misread(at, "this ( is not closed")),
                }
            }
            TokenKind::Close => Err(misread(at, "something has to stand before this )")),
            TokenKind::And => Err(misread(at, "something has to stand before `and`")),
            TokenKind::Or => Err(misread(at, "something has to stand before `or`")),
        }
    }

    fn deeper(
        &mut self,
        at: usize,
        read: impl Fn(&mut Self) -> Result<Node, Misread>,
    ) -> Result<Node, Misread> {
        if self.depth == DEEPEST {
            return Err(misread(at, "nested too deeply"));
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    /// What was saved under `name`.
    fn saved(&self, at: usize, name: &str) -> Result<Node, Misread> {
        let Some(text) = self.terms.saved.and_then(|saved| saved.get(name)) else {
            let message = format!("no filter is saved as @{name}; put it in quotes to look for it");
            return Err(misread(at, message));
        };
        if self.terms.depth == MOST_NAMES {
            return Err(misread(at, format!("@{name} leads back to itself")));
        }
        let terms = Terms { depth: self.terms.depth + 1, ..self.terms };
        // Where it is wrong is nowhere in what was typed but at the name.
        parse(text, terms).map_err(|error| misread(at, format!("@{name}: {}", error.message)))
    }

    fn clause(&self, clause: &Clause) -> Result<Node, Misread> {
        let field = clause.field;
        match field.kind {
            Kind::Text => text(clause),
            Kind::Number => numbers(clause, value::number(&clause.value)),
            Kind::Span { unit } => {
                // Nothing lasts less than nothing.
                let plain = || value::number(&clause.value).filter(|number| *number >= 0.0);
                let plain = || plain().map(|number| number * f64::from(unit));
                numbers(clause, value::span(&clause.value).or_else(plain))
            }
            Kind::Time | Kind::Since(_) | Kind::Until(_) => self.time(clause),
        }
    }

    fn time(&self, clause: &Clause) -> Result<Node, Misread> {
        let moment =
            Moment::read(&clause.value, self.terms.now).ok_or_else(|| wrong_value(clause))?;
        let compared = |field: &'static str| {
            let range = match clause.operator {
                Operator::Has | Operator::Is | Operator::IsNot => moment.itself(),
                Operator::Below => moment.before(),
                Operator::UpTo => moment.until(),
                Operator::Above => moment.after(),
                Operator::From => moment.since(),
            };
            Ok(unless(clause.operator, Node::Number { field, range }))
        };
        let (field, range) = match clause.field.kind {
            Kind::Since(field) => (field, moment.since()),
            Kind::Until(field) => (field, moment.until()),
            _ => return compared(clause.field.name),
        };
        if !matches!(clause.operator, Operator::Has | Operator::Is) {
            let name = clause.field.name;
            let message = format!("{name} takes a colon; {field} can be compared");
            return Err(misread(clause.operator_at, message));
        }
        Ok(Node::Number { field, range })
    }
}

fn one_or(mut nodes: Vec<Node>, several: impl Fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(node)) => node,
        (_, last) => {
            nodes.extend(last);
            several(nodes)
        }
    }
}

fn unless(operator: Operator, node: Node) -> Node {
    if operator == Operator::IsNot { Node::Not(Box::new(node)) } else { node }
}

fn text(clause: &Clause) -> Result<Node, Misread> {
    let field = clause.field.name;
    let needle = match clause.operator {
        Operator::Has => Needle::within(&clause.value),
        Operator::Is | Operator::IsNot => Needle::whole(&clause.value),
        _ => {
            let message = format!("{field} is text: it takes {field}:… or {field}=…");
            return Err(misread(clause.operator_at, message));
        }
    };
    let needle = match clause.field.takes {
        Takes::Any => needle,
        Takes::Language => needle.of_language(),
        Takes::Words(words) if words.iter().any(|word| needle.is_in(word)) => needle,
        Takes::Words(words) => return Err(no_word(clause, words)),
    };
    Ok(unless(clause.operator, Node::Text { field, needle }))
}

/// What to say of a value that a field can never have.
fn no_word(clause: &Clause, words: &[&'static str]) -> Misread {
    let (field, value) = (clause.field.name, &clause.value);
    let message = match alike(&value.to_lowercase(), words.iter().copied()) {
        Some(near) => format!("no {field} is {value:?}; did you mean {near}?"),
        None => format!("{field} is one of {}, not {value:?}", words.join(", ")),
    };
    misread(clause.value_at, message)
}

fn numbers(clause: &Clause, number: Option<f64>) -> Result<Node, Misread> {
    let number = number.ok_or_else(|| wrong_value(clause))?;
    let (low, high) = match clause.operator {
        Operator::Has | Operator::Is | Operator::IsNot => {
            (Bound::Included(number), Bound::Included(number))
        }
        Operator::Below => (Bound::Unbounded, Bound::Excluded(number)),
        Operator::UpTo => (Bound::Unbounded, Bound::Included(number)),
        Operator::Above => (Bound::Excluded(number), Bound::Unbounded),
        Operator::From => (Bound::Included(number), Bound::Unbounded),
    };
    let range = Range { low, high };
    Ok(unless(clause.operator, Node::Number { field: clause.field.name, range }))
}

fn wrong_value(clause: &Clause) -> Misread {
    let (field, example) = (clause.field.name, example(clause.field.kind));
    misread(clause.value_at, format!("{field} takes {example}, not {:?}", clause.value))
}
