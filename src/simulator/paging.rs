//! The two listings of the API: with totals, and the truncated one of queue members. Not searching or
//! body paging: those queries page by themselves.

use serde_json::{Value, json};

use super::call::{Call, Failure, tidy};

/// Which page of a listing is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) size: usize,
    pub(super) number: usize,
}

impl Page {
    /// Reads `pageSize` and `pageNumber`; the size defaults to 25.
    pub(super) fn read(call: &Call, most: usize) -> Result<Self, Failure> {
        let size = call.query.count("pageSize", 25, most)?;
        Ok(Self { size, number: call.query.count("pageNumber", 1, 1_000_000)? })
    }

    /// The items on this page.
    pub(super) fn of<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let start = (self.number - 1).saturating_mul(self.size).min(items.len());
        &items[start..(start + self.size).min(items.len())]
    }

    fn uri(&self, call: &Call, number: usize) -> String {
        let rest = call.query.without("pageNumber");
        let rest = if rest.contains("&pageSize=") {
            rest
        } else {
            format!("&pageSize={}{rest}", self.size)
        };
        format!("{}?pageNumber={number}{rest}", call.path)
    }

    /// An entity listing: the entities of this page, and how many there are in all.
    pub(super) fn listing(&self, call: &Call, entities: Vec<Value>, total: usize) -> Value {
        let pages = total.div_ceil(self.size);
        let mut listing = self.truncated(call, entities, self.number < pages);
        listing["total"] = json!(total);
        listing["pageCount"] = json!(pages);
        listing["lastUri"] = json!(self.uri(call, pages.max(1)));
        listing
    }

    /// A truncated listing: no total, no page count, no last page.
    pub(super) fn truncated(&self, call: &Call, entities: Vec<Value>, more: bool) -> Value {
        tidy(json!({
            "entities": entities, "pageSize": self.size, "pageNumber": self.number,
            "firstUri": self.uri(call, 1), "selfUri": self.uri(call, self.number),
            "nextUri": more.then(|| self.uri(call, self.number + 1)),
            "previousUri": (self.number > 1).then(|| self.uri(call, self.number - 1)),
        }))
    }
}
