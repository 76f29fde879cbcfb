//! What the fields of several tables have in common: who is named how, and spans as queries count them.

use super::Ctx;
use crate::domain::{
    id::{AgentId, QueueId},
    text::Plain,
};

/// What takes a text and says whether it passes.
pub type Passes<'a> = &'a mut dyn FnMut(&str) -> bool;

/// A text, if there is one.
pub fn text(text: Option<&Plain>, passes: Passes<'_>) -> bool {
    text.is_some_and(|text| passes(text))
}

/// The texts of a list.
pub fn any<'a>(mut texts: impl Iterator<Item = &'a Plain>, passes: Passes<'_>) -> bool {
    texts.any(|text| passes(text))
}

/// A queue by its name; by its id while nobody knows that.
pub fn queue(id: &QueueId, cx: &Ctx, passes: Passes<'_>) -> bool {
    match cx.floor.queue(id) {
        Some(queue) => passes(&queue.name),
        None => id.with_str(passes),
    }
}

/// An agent by name; by id while nobody knows that.
pub fn agent(id: &AgentId, cx: &Ctx, passes: Passes<'_>) -> bool {
    match cx.floor.agent(id).and_then(|agent| agent.name.as_ref()) {
        Some(name) => passes(name),
        None => id.with_str(passes),
    }
}

/// So many.
pub fn count(count: Option<u32>) -> Option<f64> {
    count.map(f64::from)
}

/// Seconds, as a span of ms.
#[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 seconds")]
pub fn seconds(seconds: Option<u64>) -> Option<f64> {
    seconds.map(|seconds| seconds as f64 * 1e3)
}
