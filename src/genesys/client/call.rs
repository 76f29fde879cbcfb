//! What is asked for in one call: by which method, where, with whose share of the budget.

use std::time::Duration;

use super::{Lane, Method, Safety};
use crate::domain::guest::GuestToken;

/// One thing to ask of the API.
#[derive(Debug)]
pub struct Call {
    /// Its name in errors: a verb and its object.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// Path and query, from `/api`.
    pub path: String,
    /// The JSON to send.
    pub body: Option<Vec<u8>>,
    /// Whose share of the budget it takes.
    pub lane: Lane,
    /// Whether it may be sent twice.
    pub safety: Safety,
    /// A guest's token that the server knows: it is masked where an error says it back.
    pub secret: Option<GuestToken>,
}

impl Call {
    /// A read by GET.
    pub fn get(operation: &'static str, lane: Lane, path: String) -> Self {
        let (method, safety) = (Method::Get, Safety::Read);
        Self { operation, method, path, body: None, lane, safety, secret: None }
    }

    /// A read that has to be asked by POST.
    pub fn query(
        operation: &'static str,
        lane: Lane,
        path: &str,
        body: &serde_json::Value,
    ) -> Self {
        Self::question(operation, lane, path, body.to_string().into_bytes())
    }

    /// The same, written already.
    pub fn question(operation: &'static str, lane: Lane, path: &str, body: Vec<u8>) -> Self {
        let (method, safety, path) = (Method::Post, Safety::Read, path.to_owned());
        Self { operation, method, path, body: Some(body), lane, safety, secret: None }
    }

    /// A write.
    pub fn write(
        operation: &'static str,
        method: Method,
        path: String,
        body: &serde_json::Value,
    ) -> Self {
        let body = Some(body.to_string().into_bytes());
        let (lane, safety) = (Lane::Operator, Safety::Write);
        Self { operation, method, path, body, lane, safety, secret: None }
    }

    /// A write that takes no body.
    pub fn post(operation: &'static str, path: String) -> Self {
        let (method, lane, safety) = (Method::Post, Lane::Operator, Safety::Write);
        Self { operation, method, path, body: None, lane, safety, secret: None }
    }

    /// A write that names nothing but what it ends.
    pub fn end(operation: &'static str, path: String) -> Self {
        let (method, lane, safety) = (Method::Delete, Lane::Operator, Safety::Write);
        Self { operation, method, path, body: None, lane, safety, secret: None }
    }

    /// The same about a guest whose token the server knows.
    #[must_use]
    pub fn hiding(self, token: Option<&GuestToken>) -> Self {
        Self { secret: token.cloned(), ..self }
    }

    /// How long it may be tried in all. A person waits longer for an act than a screen for a poll
    /// that is repeated in five seconds anyway.
    pub(super) fn patience(&self) -> Duration {
        match self.lane {
            Lane::Operator => Duration::from_secs(90),
            // Less than a beat may take: that the budget was used up is told, and is not the session's
            // failure.
            Lane::Heartbeat => Duration::from_secs(12),
            Lane::Screen | Lane::Look => Duration::from_secs(30),
            Lane::Background => Duration::from_secs(120),
        }
    }
}
