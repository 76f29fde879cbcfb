//! A store that keeps no requests of bots: what is tested with it has none.

use floorwalker::{
    domain::{
        audit::AuditRecord,
        id::{HandoffId, SessionId},
        inbox::{Answer, Heard, Print, Request},
        lease::Tenancy,
    },
    store::{Call, Change, Engaged, Fate, Received, Requests, StoreError, TurnedRequest},
};
use jiff::Timestamp;

use super::Fake;

fn unkept() -> StoreError {
    StoreError { operation: "keep requests", cause: "this store keeps none".into() }
}

impl Requests for Fake {
    async fn receive(
        &self,
        _: &Tenancy,
        _: &[Call],
        _: Timestamp,
    ) -> Result<Vec<Received>, StoreError> {
        Err(unkept())
    }

    async fn answers(&self, _: &Tenancy, _: &[Print]) -> Result<Vec<Option<Answer>>, StoreError> {
        Err(unkept())
    }

    async fn answer(&self, _: &Tenancy, _: &Print, _: &Answer) -> Result<Answer, StoreError> {
        Err(unkept())
    }

    async fn engage(
        &self,
        _: &Engaged,
        _: &[&'static str],
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(unkept())
    }

    async fn turn_request(
        &self,
        _: TurnedRequest,
        _: Timestamp,
    ) -> Result<Option<(Request, Option<AuditRecord>)>, StoreError> {
        Err(unkept())
    }

    async fn changes(&self, _: &Tenancy, _: i64, _: u32) -> Result<Vec<Change>, StoreError> {
        self.state().changes_read += 1;
        Ok(Vec::new())
    }

    async fn history(&self, _: &Tenancy, _: &SessionId) -> Result<Vec<Heard>, StoreError> {
        Err(unkept())
    }

    async fn fate(&self, _: &HandoffId) -> Result<Fate, StoreError> {
        Err(unkept())
    }

    async fn tidy(&self, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}
