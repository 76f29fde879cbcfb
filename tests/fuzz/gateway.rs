//! JSON as a messaging gateway answers it.

use floorwalker::genesys::{Dialect, Feed};

use crate::{
    bend::Grammar,
    org::{self, Asked, Reading},
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "gateway",
    grammar: Grammar::Json,
    besides: &[],
    words: &[
        org::SESSION,
        "entities",
        "events",
        "nextPageCursor",
        "pageCount",
        "state",
        "available",
        "participants",
        "guestInfo",
        "summary",
        "confidence",
        "2026-11-21T09:31:02.114Z",
        "disconnected",
    ],
    check: |body| org::check(Dialect::Gateway, body),
    more: &[secrets, times],
    few: 250,
};

fn secrets(hand: &mut Hand) {
    org::no_secret_is_said_back(Dialect::Gateway, hand);
}

/// Documents with times and numbers in them, and what reads them.
const LENIENT: [(&str, Reading); 2] =
    [("queues.json", |org| org.feed(Feed::Directory)), ("session.json", Asked::look)];

fn times(hand: &mut Hand) {
    org::a_time_that_is_none_is_unknown(Dialect::Gateway, &LENIENT, hand);
}
