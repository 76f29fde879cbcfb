//! Documents as nobody would write them: bytes at random, and good documents bent byte by byte, line by line,
//! and value by value.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*, sample::Index, strategy::Union};

use crate::odd;

/// What documents are made of: what can be bent besides their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// Lines of words.
    Text,
    /// One JSON value.
    Json,
    /// A JSON value on each line.
    Lines,
}

/// One thing that is done to a document.
#[derive(Clone, Debug)]
enum Bend {
    Flip(Index, u8),
    Put(Index, String),
    Replace(Index, usize, String),
    Cut(Index, usize),
    Double(Index, usize),
    End(Index),
    Deepen(Index, usize, char),
    Without(Index),
    Twice(Index),
    Swap(Index, Index),
    Splice(Index, Index),
    Value(Index, Twist),
}

/// One thing that is done to a JSON value, at a place in it.
#[derive(Clone, Debug)]
struct Twist {
    at: Index,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    Become(serde_json::Value),
    Leave,
    Copy(Index),
    Rename(String),
    Wrap(usize),
}

/// Documents: bytes and letters at random, and bent ones.
pub fn bent(
    grammar: Grammar,
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds: Arc<[Vec<u8>]> = seeds.into();
    let made = (any::<Index>(), vec(bend(grammar, words), 0..5)).prop_map(move |(which, bends)| {
        let mut document = which.get(&seeds).clone();
        bends.iter().for_each(|bend| apply(bend, grammar, &seeds, &mut document));
        document
    });
    let spelled = vec(word(words), 0..30).prop_map(|words| words.concat().into_bytes());
    prop_oneof![
        1 => vec(any::<u8>(), 0..120),
        1 => "\\PC{0,60}".prop_map(String::into_bytes),
        2 => spelled,
        16 => made,
    ]
}

/// A word of the decoder's own, or one that nobody expects.
fn word(words: &'static [&'static str]) -> BoxedStrategy<String> {
    let strange = odd::text().boxed();
    if words.is_empty() {
        return strange;
    }
    let known = proptest::sample::select(words).prop_map(str::to_owned);
    prop_oneof![2 => known, 1 => strange].boxed()
}

fn bend(grammar: Grammar, words: &'static [&'static str]) -> impl Strategy<Value = Bend> {
    let at = any::<Index>;
    let length = || prop_oneof![4 => 1..12_usize, 1 => 1..2_000_usize];
    let deep = prop_oneof![4 => 1..20_usize, 1 => 1..300_usize];
    let mut all = vec![
        (2, (at(), any::<u8>()).prop_map(|(at, bits)| Bend::Flip(at, bits)).boxed()),
        (3, (at(), word(words)).prop_map(|(at, word)| Bend::Put(at, word)).boxed()),
        (3, (at(), length(), word(words)).prop_map(|(a, l, w)| Bend::Replace(a, l, w)).boxed()),
        (2, (at(), length()).prop_map(|(at, length)| Bend::Cut(at, length)).boxed()),
        (1, (at(), length()).prop_map(|(at, length)| Bend::Double(at, length)).boxed()),
        (1, at().prop_map(Bend::End).boxed()),
        (1, (at(), deep, "[\\[{(!\"]").prop_map(|(at, n, c)| deepen(at, n, &c)).boxed()),
        (1, (at(), at()).prop_map(|(one, other)| Bend::Splice(one, other)).boxed()),
        (1, at().prop_map(Bend::Without).boxed()),
        (1, at().prop_map(Bend::Twice).boxed()),
        (1, (at(), at()).prop_map(|(one, other)| Bend::Swap(one, other)).boxed()),
    ];
    if grammar != Grammar::Text {
        let value = (at(), twist()).prop_map(|(line, twist)| Bend::Value(line, twist));
        all.push((16, value.boxed()));
    }
    Union::new_weighted(all)
}

fn deepen(at: Index, many: usize, what: &str) -> Bend {
    Bend::Deepen(at, many, what.chars().next().unwrap())
}

fn twist() -> impl Strategy<Value = Twist> {
    let how = prop_oneof![
        6 => odd::json().prop_map(How::Become),
        2 => Just(How::Leave),
        2 => any::<Index>().prop_map(How::Copy),
        1 => odd::text().prop_map(How::Rename),
        1 => (1..200_usize).prop_map(How::Wrap),
    ];
    (any::<Index>(), how).prop_map(|(at, how)| Twist { at, how })
}

fn apply(bend: &Bend, grammar: Grammar, seeds: &[Vec<u8>], document: &mut Vec<u8>) {
    let place = |at: &Index, document: &Vec<u8>| at.index(document.len() + 1);
    let range = |at: &Index, length: usize, document: &Vec<u8>| {
        let from = place(at, document);
        from..document.len().min(from + length)
    };
    match bend {
        Bend::Flip(_, _) if document.is_empty() => {}
        Bend::Flip(at, bits) => {
            let at = at.index(document.len());
            document[at] ^= bits;
        }
        Bend::Put(at, word) => {
            let at = place(at, document);
            document.splice(at..at, word.bytes());
        }
        Bend::Replace(at, length, word) => {
            let range = range(at, *length, document);
            document.splice(range, word.bytes());
        }
        Bend::Cut(at, length) => drop(document.drain(range(at, *length, document))),
        Bend::Double(at, length) => {
            let range = range(at, *length, document);
            let (end, part) = (range.end, document[range].to_vec());
            document.splice(end..end, part);
        }
        Bend::End(at) => document.truncate(place(at, document)),
        Bend::Deepen(at, many, what) => {
            let at = place(at, document);
            document.splice(at..at, what.to_string().repeat(*many).into_bytes());
        }
        Bend::Splice(which, at) => {
            let other = which.get(seeds);
            document.truncate(place(at, document));
            document.extend_from_slice(&other[at.index(other.len() + 1)..]);
        }
        Bend::Without(_) | Bend::Twice(_) | Bend::Swap(..) => lines(bend, document),
        Bend::Value(line, twist) => values(line, twist, grammar, document),
    }
}

/// What is done to whole lines.
fn lines(bend: &Bend, document: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = document.split(|byte| *byte == b'\n').map(Vec::from).collect();
    match bend {
        Bend::Without(at) => drop(lines.remove(at.index(lines.len()))),
        Bend::Twice(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
        Bend::Swap(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
        _ => {}
    }
    *document = lines.join(&b'\n');
}

/// What is done to a value. A document that is no JSON any more stays as it is.
fn values(line: &Index, twist: &Twist, grammar: Grammar, document: &mut Vec<u8>) {
    if grammar == Grammar::Json {
        if let Ok(mut value) = serde_json::from_slice(document) {
            twist.apply(&mut value);
            *document = serde_json::to_vec(&value).unwrap();
        }
        return;
    }
    let mut lines: Vec<Vec<u8>> = document.split(|byte| *byte == b'\n').map(Vec::from).collect();
    let at = line.index(lines.len());
    if let Ok(mut value) = serde_json::from_slice(&lines[at]) {
        twist.apply(&mut value);
        lines[at] = serde_json::to_vec(&value).unwrap();
    }
    *document = lines.join(&b'\n');
}

impl Twist {
    fn apply(&self, value: &mut serde_json::Value) {
        let places = odd::places(value);
        let place: &String = self.at.get(&places);
        match &self.how {
            How::Become(other) => *value.pointer_mut(place).unwrap() = other.clone(),
            How::Copy(from) => {
                let from: &String = from.get(&places);
                let other = value.pointer(from).unwrap().clone();
                *value.pointer_mut(place).unwrap() = other;
            }
            How::Wrap(levels) => {
                let inner = value.pointer_mut(place).unwrap();
                *inner = (0..*levels).fold(inner.take(), |inner, _| serde_json::json!([inner]));
            }
            How::Leave => drop(taken(value, place)),
            How::Rename(name) => {
                if let Some((parent, _, inner)) = taken(value, place) {
                    value.pointer_mut(&parent).unwrap()[name] = inner;
                }
            }
        }
    }
}

/// Takes a field out of its object: where it was, its name, and what it was.
fn taken(
    value: &mut serde_json::Value,
    place: &str,
) -> Option<(String, String, serde_json::Value)> {
    let (parent, name) = place.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let fields = value.pointer_mut(parent)?.as_object_mut()?;
    let inner = fields.remove(&name)?;
    Some((parent.to_owned(), name, inner))
}
