//! JSON as the published API answers it.

use floorwalker::genesys::{Dialect, Feed};

use crate::{
    bend::Grammar,
    org::{self, Asked, Reading},
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "platform",
    grammar: Grammar::Json,
    besides: &[],
    words: &[
        org::SESSION,
        "entities",
        "results",
        "conversations",
        "pageCount",
        "nextUri",
        "pageNumber",
        "participants",
        "metric",
        "oWaiting",
        "oFlow",
        "2026-11-21T09:31:02.114Z",
        "disconnected",
        "Completed",
    ],
    check: |body| org::check(Dialect::Platform, body),
    more: &[secrets, times],
    few: 150,
};

fn secrets(hand: &mut Hand) {
    org::no_secret_is_said_back(Dialect::Platform, hand);
}

/// Documents with times and numbers in them, and what reads them.
const LENIENT: [(&str, Reading); 8] = [
    ("sessions-activity.json", |org| org.feed(Feed::Sessions)),
    ("bots-activity.json", |org| org.feed(Feed::Bots)),
    ("agents-activity.json", |org| org.feed(Feed::Agents)),
    ("observations.json", |org| org.feed(Feed::Queues)),
    ("details.json", |org| org.feed(Feed::Reconcile)),
    ("bot-turns.json", |org| org.feed(Feed::Intents)),
    ("users.json", |org| org.feed(Feed::Profiles)),
    ("conversation.json", Asked::look),
];

fn times(hand: &mut Hand) {
    org::a_time_that_is_none_is_unknown(Dialect::Platform, &LENIENT, hand);
}
