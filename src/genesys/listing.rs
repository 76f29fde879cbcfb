//! Listings that come page by page: whatever a server says, they have an end.

use super::error::{Error, Kind};

/// So many pages of a listing are read at most, of a hundred entities each: ten times the largest org that is
/// known of. A server that always names another page would be asked for ever.
pub const MOST_PAGES: u32 = 500;

/// That a listing goes on behind its last page.
pub fn endless(operation: &'static str) -> Error {
    let text = format!("the listing does not come to an end: {MOST_PAGES} pages were read");
    Error::new(operation, Kind::Decode, text)
}
