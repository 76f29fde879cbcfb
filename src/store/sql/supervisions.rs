//! Supervisions. Every change of a row asks in the same statement whose the row is, and runs
//! in a transaction that has the right to write from its start: two can't both succeed.

use jiff::Timestamp;

use super::{
    Database, error,
    flights::{json, parsed},
    leases::{all, asking, count, insert, odd, one, set_phase},
    outbox, records,
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::Owner,
        id::SessionId,
        lease::{Lease, Phase, Realm, Renewal, Tenancy},
        outbox::Letter,
        supervision::{Ended, Supervised},
    },
    store::{
        Adopted, Asking, Begun, Closed, Place, StoreError, Supervisions, Turned,
        db::{Row, Tx, sql},
    },
};

/// Changes the keeper of a row that still is what was read of it.
async fn pass(
    to: &mut Tx,
    from: &Lease,
    owner: &Owner,
    until: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sql("UPDATE supervisions SET owner = $1, lease_until = $2
         WHERE session = $3 AND owner = $4 AND lease_until = $5 AND ended IS NULL")
    .bind(json(owner)?)
    .bind(until.as_millisecond())
    .bind(from.it.id.to_string())
    .bind(json(&from.it.keeper)?)
    .bind(from.until.as_millisecond())
    .execute(to)
    .await?;
    Ok(done == 1)
}

impl Supervisions for Database {
    async fn open_sessions(&self, org: &Tenancy, now: Timestamp) -> Result<usize, StoreError> {
        let failed = error("count the open sessions");
        count(&self.pool, org, now).await.map_err(failed)
    }

    async fn reserve<E: Send>(
        &self,
        place: &Lease,
        most: usize,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<Place<E>, StoreError> {
        let failed = error("reserve a place for the session");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let open = count(&mut tx, &place.org, now).await.map_err(&failed)?;
        if open >= most {
            return Ok(Place::Full(open));
        }
        if let Err(why) = fits(&asking(&mut tx, &place.org).await.map_err(&failed)?) {
            return Ok(Place::Unfit(why));
        }
        insert(&mut tx, place).await.map_err(&failed)?;
        let record = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Place::Ours(Box::new(record)))
    }

    async fn fill(
        &self,
        place: &SessionId,
        by: &Owner,
        lease: &Lease,
        entry: AuditEntry,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let failed = error("write down the session");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let vacated =
            sql("DELETE FROM supervisions WHERE session = $1 AND state = 'opening' AND owner = $2")
                .bind(place.to_string())
                .bind(json(by).map_err(&failed)?)
                .execute(&mut tx)
                .await
                .map_err(&failed)?;
        if vacated == 0 {
            return Ok(None);
        }
        insert(&mut tx, lease).await.map_err(&failed)?;
        let record = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
        outbox::insert(&mut tx, letter).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Some(record))
    }

    async fn supervise<E: Send>(
        &self,
        lease: &Lease,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<Begun<E>, StoreError> {
        let failed = error("begin to keep the session");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let ours = match one(&mut tx, &lease.it.id).await.map_err(&failed)? {
            None => lease.clone(),
            // With its token, and its limit.
            Some(before) if before.phase == Phase::Released => {
                let keeper = lease.it.keeper.clone();
                let it = Supervised { keeper, failures: 0, ..before.it };
                Lease { it, until: lease.until, phase: Phase::Open, ..before }
            }
            // One whose lease has run out is taken over with all that is known of it, not begun anew.
            Some(before) => return Ok(Begun::Theirs(before.it.keeper)),
        };
        if let Err(why) = fits(&asking(&mut tx, &lease.org).await.map_err(&failed)?) {
            return Ok(Begun::Unfit(why));
        }
        insert(&mut tx, &ours).await.map_err(&failed)?;
        let record = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Begun::Ours(Box::new(ours), Box::new(record)))
    }

    async fn keep(
        &self,
        realm: &Realm,
        kept: &[Renewal],
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let failed = error("renew the leases");
        let owner = json(&realm.owner).map_err(&failed)?;
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let mut lost = Vec::new();
        for Renewal { it, beaten } in kept {
            let done = sql("UPDATE supervisions SET lease_until = $1, failures = $3,
                     sequence = CASE WHEN sequence < $2 THEN $2 ELSE sequence END,
                     beaten = CASE WHEN beaten >= $4 THEN beaten ELSE coalesce($4, beaten) END
                 WHERE session = $5 AND owner = $6 AND ended IS NULL")
            .bind(realm.until(it.interval, now).as_millisecond())
            .bind(it.sequence)
            .bind(it.failures)
            .bind(beaten.map(Timestamp::as_millisecond))
            .bind(it.id.to_string())
            .bind(&owner)
            .execute(&mut tx)
            .await
            .map_err(&failed)?;
            if done == 0 {
                lost.push(it.id.clone());
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(lost)
    }

    async fn beating(
        &self,
        owner: &Owner,
        session: &SessionId,
        sequence: i64,
    ) -> Result<bool, StoreError> {
        let failed = error("write down the heartbeat");
        let done = sql(
            "UPDATE supervisions SET sequence = CASE WHEN sequence < $1 THEN $1 ELSE sequence END
             WHERE session = $2 AND owner = $3 AND state = 'open'",
        )
        .bind(sequence)
        .bind(session.to_string())
        .bind(json(owner).map_err(&failed)?)
        .write(&self.pool)
        .await
        .map_err(failed)?;
        Ok(done == 1)
    }

    async fn adopt(
        &self,
        realm: &Realm,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<Adopted>, StoreError> {
        let failed = error("take sessions over");
        let mine = |lease: &Lease| lease.it.keeper == realm.owner;
        let free = |lease: &Lease| {
            let is_kept =
                !mine(lease) && lease.phase != Phase::Released && realm.can_hold(lease.it.hold);
            is_kept && (lease.until <= now || gone(&lease.it.keeper))
        };
        // Most looks find nothing, and reading holds nobody up.
        if !self.leases(&realm.org).await?.iter().any(free) {
            return Ok(Vec::new());
        }
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let mut adopted = Vec::new();
        for lease in all(&mut tx, &realm.org).await.map_err(&failed)?.into_iter().filter(free) {
            let until = realm.until(lease.it.interval, now);
            if !pass(&mut tx, &lease, &realm.owner, until).await.map_err(&failed)? {
                continue;
            }
            let announced = entry(&lease);
            let record = records::insert(&mut tx, announced, now).await.map_err(&failed)?;
            let from = lease.it.keeper.clone();
            let it = Supervised { keeper: realm.owner.clone(), ..lease.it };
            adopted.push(Adopted { lease: Lease { it, until, ..lease }, from, record });
        }
        tx.commit().await.map_err(failed)?;
        Ok(adopted)
    }

    async fn turn(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        to: Phase,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<Turned, StoreError> {
        let failed = error("write down what becomes of the session");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let Some(is) = one(&mut tx, session).await.map_err(&failed)? else {
            return Ok(Turned::Before);
        };
        if by.is_some_and(|by| *by != is.it.keeper) {
            return Ok(Turned::NotOurs);
        }
        if is.phase == to || (is.phase == Phase::Opening && to != Phase::Released) {
            return Ok(Turned::Before);
        }
        set_phase(&mut tx, session, to).await.map_err(&failed)?;
        let record = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Turned::Now(Box::new(record), is.phase))
    }

    async fn end(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        end: Ended,
        entry: Option<AuditEntry>,
        letter: Option<&Letter>,
        now: Timestamp,
    ) -> Result<Closed, StoreError> {
        let failed = error("end the supervision");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let done = sql(
            "UPDATE supervisions SET state = 'ended', ended = $1, why = $2, token = NULL, guest = NULL
             WHERE session = $3 AND ended IS NULL AND owner = coalesce($4, owner)",
        )
        .bind(end.at.as_millisecond())
        .bind(end.why.name())
        .bind(session.to_string())
        .bind(by.map(json).transpose().map_err(&failed)?)
        .execute(&mut tx)
        .await
        .map_err(&failed)?;
        if done == 0 {
            return Ok(Closed::Before);
        }
        let mut record = None;
        if let Some(entry) = entry {
            let written = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
            record = Some(Box::new(written));
        }
        if let Some(letter) = letter {
            outbox::insert(&mut tx, letter).await.map_err(&failed)?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(Closed::Now(record))
    }

    async fn hand_over(
        &self,
        realm: &Realm,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let failed = error("hand the sessions over");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let mut written = Vec::new();
        let ours = all(&mut tx, &realm.org).await.map_err(&failed)?;
        let stays = |lease: &Lease| matches!(lease.phase, Phase::Opening | Phase::Released);
        let mine = |lease: &Lease| lease.it.keeper == realm.owner && !stays(lease);
        for lease in ours.into_iter().filter(mine) {
            sql("UPDATE supervisions SET lease_until = 0 WHERE session = $1")
                .bind(lease.it.id.to_string())
                .execute(&mut tx)
                .await
                .map_err(&failed)?;
            written.push(records::insert(&mut tx, entry(&lease), now).await.map_err(&failed)?);
        }
        tx.commit().await.map_err(failed)?;
        Ok(written)
    }

    async fn leases(&self, org: &Tenancy) -> Result<Vec<Lease>, StoreError> {
        let failed = error("read the supervised sessions");
        all(&self.pool, org).await.map_err(failed)
    }

    async fn attend(&self, realm: &Realm, now: Timestamp) -> Result<(), StoreError> {
        let failed = error("say that we are there");
        sql("INSERT INTO keepers (owner, context, dialect, seen) VALUES ($1, $2, $3, $4)
             ON CONFLICT (owner) DO UPDATE SET context = $2, dialect = $3, seen = $4")
        .bind(json(&realm.owner).map_err(&failed)?)
        .bind(realm.org.context.as_str())
        .bind(realm.org.dialect.as_str())
        .bind(now.as_millisecond())
        .write(&self.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn depart_keeper(&self, owner: &Owner) -> Result<(), StoreError> {
        let failed = error("say that we have left");
        sql("DELETE FROM keepers WHERE owner = $1")
            .bind(json(owner).map_err(&failed)?)
            .write(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn keepers(&self, org: &Tenancy) -> Result<Vec<(Owner, Timestamp)>, StoreError> {
        let failed = error("read who keeps sessions");
        let rows = sql("SELECT owner, seen FROM keepers WHERE context = $1 AND dialect = $2")
            .bind(org.context.as_str())
            .bind(org.dialect.as_str())
            .rows(&self.pool)
            .await
            .map_err(&failed)?;
        let read = |row: &Row| {
            let seen = Timestamp::from_millisecond(row.read("seen")?).map_err(odd)?;
            Ok((parsed(&row.read::<String>("owner")?)?, seen))
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(failed)
    }
}
