//! Values of one moment in the shapes that the encoder takes: a row is a set of labels and a number.

use std::fmt::{self, Write};

use prometheus_client::{
    encoding::{EncodeLabelValue, EncodeMetric, LabelValueEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
    registry::{Registry, Unit},
};

use crate::domain::text::Plain;

/// Labels and a number.
pub type Rows = Vec<(Labels, f64)>;
/// Names and values.
pub type Labels = Vec<(&'static str, Value)>;

/// A label's value: a word of ours, or text that was made harmless.
#[derive(Clone, Debug)]
pub enum Value {
    /// A word of ours.
    Word(&'static str),
    /// Somebody's text.
    Text(Plain),
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<Plain> for Value {
    fn from(text: Plain) -> Self {
        Self::Text(text)
    }
}

/// The encoder writes values as they are: what would end them early is escaped here.
impl EncodeLabelValue for Value {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let text = match self {
            Self::Word(word) => word,
            Self::Text(text) => text.as_str(),
        };
        text.chars().try_for_each(|c| match c {
            '\\' => encoder.write_str("\\\\"),
            '"' => encoder.write_str("\\\""),
            '\n' => encoder.write_str("\\n"),
            _ => encoder.write_char(c),
        })
    }
}

/// A count as the encoder takes numbers.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn whole(number: u64) -> f64 {
    number as f64
}

/// The page that is put together.
#[derive(Debug)]
pub struct Page {
    /// What is on it.
    pub registry: Registry,
}

impl Page {
    /// An empty one. Every name begins with `floorwalker_`.
    pub fn new() -> Self {
        Self { registry: Registry::with_prefix("floorwalker") }
    }

    /// Puts something on it that can rise and fall.
    pub fn gauge(&mut self, name: &str, unit: Option<Unit>, help: &str, rows: Rows) {
        let samples = Samples { kind: Kind::Gauge, rows };
        match unit {
            Some(unit) => self.registry.register_with_unit(name, help, unit, samples),
            None => self.registry.register(name, help, samples),
        }
    }

    /// Puts something on it that only grows while the process lives.
    pub fn counter(&mut self, name: &str, help: &str, rows: Rows) {
        self.registry.register(name, help, Samples { kind: Kind::Counter, rows });
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Counter,
    Gauge,
}

/// One metric with all its rows.
#[derive(Debug)]
struct Samples {
    kind: Kind,
    rows: Rows,
}

impl Samples {
    fn one(&self, encoder: &mut MetricEncoder<'_>, value: f64) -> fmt::Result {
        // Counts without a point: some readers take nothing else for a count.
        match (self.kind, count(value)) {
            (Kind::Counter, Some(n)) => encoder.encode_counter::<NoLabelSet, u64, f64>(&n, None),
            (Kind::Counter, None) => encoder.encode_counter::<NoLabelSet, f64, f64>(&value, None),
            (Kind::Gauge, Some(n)) => encoder.encode_gauge(&n),
            (Kind::Gauge, None) => encoder.encode_gauge(&value),
        }
    }
}

/// The number, if it is a whole one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what has no fraction and is within these bounds fits"
)]
fn count(value: f64) -> Option<u64> {
    (value.fract() == 0.0 && (0.0..9e15).contains(&value)).then_some(value as u64)
}

impl EncodeMetric for Samples {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (labels, value) in &self.rows {
            let value = *value;
            match labels.is_empty() {
                // Braces with nothing in them would be right, and ugly.
                true => self.one(&mut encoder, value)?,
                false => self.one(&mut encoder.encode_family(labels)?, value)?,
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        match self.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
        }
    }
}
