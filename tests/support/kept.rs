//! Supervisions of the store in memory: one process, so nothing has to be raced for.

use floorwalker::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::Owner,
        id::SessionId,
        lease::{Lease, Phase, Realm, Renewal, Tenancy},
        outbox::{Letter, Parcel, Posted, Standing, Tray},
        supervision::{Ended, Supervised},
        text::Plain,
    },
    store::{
        Adopted, Asking, Begun, Closed, Deliveries, Outbox, Place, Store, StoreError, Supervisions,
        Turned,
        deliveries::{Choice, Noted, Replayed, Route, Settled, Taking},
    },
};
use jiff::Timestamp;

use super::Fake;

impl Fake {
    fn asking(&self) -> Vec<Asking> {
        let state = self.state();
        let asks = |lease: &&Lease| lease.it.hold.asks() && lease.phase != Phase::Released;
        let one = |lease: &Lease| Asking { interval: lease.it.interval, sessions: 1 };
        state.leases.iter().filter(asks).map(one).collect()
    }
}

impl Supervisions for Fake {
    async fn open_sessions(&self, _: &Tenancy, _: Timestamp) -> Result<usize, StoreError> {
        Ok(self.state().leases.iter().filter(|lease| lease.it.opened_here).count())
    }

    async fn reserve<E: Send>(
        &self,
        place: &Lease,
        most: usize,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<Place<E>, StoreError> {
        let open = self.open_sessions(&place.org, now).await?;
        if open >= most {
            return Ok(Place::Full(open));
        }
        if let Err(why) = fits(&self.asking()) {
            return Ok(Place::Unfit(why));
        }
        let record = self.append(entry, now).await?;
        self.state().leases.push(place.clone());
        Ok(Place::Ours(record.into()))
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
        let opening = |lease: &&Lease| lease.it.id == *place && lease.phase == Phase::Opening;
        let keeper = self.state().leases.iter().find(opening).map(|lease| lease.it.keeper.clone());
        if keeper.as_ref() != Some(by) {
            return Ok(None);
        }
        let record = self.append(entry, now).await?;
        let mut state = self.state();
        state.leases.retain(|lease| lease.it.id != *place);
        state.leases.push(lease.clone());
        state.letters.push(letter.clone());
        Ok(Some(record))
    }

    async fn supervise<E: Send>(
        &self,
        lease: &Lease,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<Begun<E>, StoreError> {
        let known = self.state().leases.iter().find(|l| l.it.id == lease.it.id).cloned();
        let ours = match known {
            None => lease.clone(),
            Some(known) if known.phase == Phase::Released => {
                let it = Supervised { keeper: lease.it.keeper.clone(), failures: 0, ..known.it };
                Lease { it, until: lease.until, phase: Phase::Open, ..known }
            }
            Some(known) => return Ok(Begun::Theirs(known.it.keeper)),
        };
        if let Err(why) = fits(&self.asking()) {
            return Ok(Begun::Unfit(why));
        }
        let record = self.append(entry, now).await?;
        let mut state = self.state();
        state.leases.retain(|known| known.it.id != ours.it.id);
        state.leases.push(ours.clone());
        Ok(Begun::Ours(ours.into(), record.into()))
    }

    async fn keep(
        &self,
        realm: &Realm,
        kept: &[Renewal],
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut state = self.state();
        if state.store_broken {
            let cause = "the disk is full".into();
            return Err(StoreError { operation: "renew the leases", cause });
        }
        let mut lost = Vec::new();
        for Renewal { it, beaten } in kept {
            let ours = |lease: &&mut Lease| lease.it.id == it.id && lease.it.keeper == realm.owner;
            match state.leases.iter_mut().find(ours) {
                Some(lease) => {
                    (lease.until, lease.beaten) = (realm.until(it.interval, now), *beaten);
                    lease.it.sequence = lease.it.sequence.max(it.sequence);
                }
                None => lost.push(it.id.clone()),
            }
        }
        Ok(lost)
    }

    async fn beating(
        &self,
        owner: &Owner,
        session: &SessionId,
        sequence: i64,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.store_broken {
            let cause = "the disk is full".into();
            return Err(StoreError { operation: "write down the heartbeat", cause });
        }
        let ours = |lease: &&mut Lease| lease.it.id == *session && lease.it.keeper == *owner;
        let Some(lease) = state.leases.iter_mut().find(ours) else { return Ok(false) };
        lease.it.sequence = lease.it.sequence.max(sequence);
        Ok(true)
    }

    async fn adopt(
        &self,
        realm: &Realm,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<Adopted>, StoreError> {
        let free = |lease: &Lease| {
            let is_kept = lease.it.keeper != realm.owner && lease.phase != Phase::Released;
            is_kept && (lease.until <= now || gone(&lease.it.keeper))
        };
        let found: Vec<Lease> = self.state().leases.iter().filter(|l| free(l)).cloned().collect();
        let mut adopted = Vec::new();
        for mut lease in found {
            let record = self.append(entry(&lease), now).await?;
            let from = std::mem::replace(&mut lease.it.keeper, realm.owner.clone());
            lease.until = realm.until(lease.it.interval, now);
            let next = jiff::SignedDuration::try_from(lease.it.interval).unwrap();
            lease.it.due = lease.beaten.map(|at| at.checked_add(next).unwrap());
            let mut state = self.state();
            let row = state.leases.iter_mut().find(|l| l.it.id == lease.it.id);
            *row.unwrap() = lease.clone();
            adopted.push(Adopted { lease, from, record });
        }
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
        let known = self.state().leases.iter().find(|l| l.it.id == *session).cloned();
        let was = match known {
            Some(known) if by.is_some_and(|by| *by != known.it.keeper) => {
                return Ok(Turned::NotOurs);
            }
            Some(known) if known.phase != to => known.phase,
            _ => return Ok(Turned::Before),
        };
        let record = self.append(entry, now).await?;
        let mut state = self.state();
        let row = state.leases.iter_mut().find(|lease| lease.it.id == *session).unwrap();
        row.phase = to;
        Ok(Turned::Now(record.into(), was))
    }

    async fn end(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        _: Ended,
        entry: Option<AuditEntry>,
        letter: Option<&Letter>,
        now: Timestamp,
    ) -> Result<Closed, StoreError> {
        let ours = |lease: &Lease| by.is_none_or(|by| *by == lease.it.keeper);
        if !self.state().leases.iter().any(|lease| lease.it.id == *session && ours(lease)) {
            return Ok(Closed::Before);
        }
        let record = match entry {
            Some(entry) => Some(self.append(entry, now).await?.into()),
            None => None,
        };
        let mut state = self.state();
        state.leases.retain(|lease| lease.it.id != *session);
        state.letters.extend(letter.cloned());
        Ok(Closed::Now(record))
    }

    async fn hand_over(
        &self,
        realm: &Realm,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let leases = self.state().leases.clone();
        let mut written = Vec::new();
        let stays = |lease: &Lease| matches!(lease.phase, Phase::Opening | Phase::Released);
        let mine = |lease: &Lease| lease.it.keeper == realm.owner && !stays(lease);
        for lease in leases.iter().filter(|lease| mine(lease)) {
            written.push(self.append(entry(lease), now).await?);
        }
        let mut state = self.state();
        let ours = state.leases.iter_mut().filter(|lease| mine(lease));
        ours.for_each(|lease| lease.until = Timestamp::UNIX_EPOCH);
        Ok(written)
    }

    async fn leases(&self, _: &Tenancy) -> Result<Vec<Lease>, StoreError> {
        let mut state = self.state();
        state.leases_read += 1;
        Ok(state.leases.clone())
    }

    async fn attend(&self, _: &Realm, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn depart_keeper(&self, _: &Owner) -> Result<(), StoreError> {
        Ok(())
    }

    async fn keepers(&self, _: &Tenancy) -> Result<Vec<(Owner, Timestamp)>, StoreError> {
        Ok(Vec::new())
    }
}

impl Outbox for Fake {
    async fn post(&self, letter: &Letter) -> Result<(), StoreError> {
        self.state().letters.push(letter.clone());
        Ok(())
    }

    async fn letters(&self, _: i64, _: u32) -> Result<Vec<(i64, Letter)>, StoreError> {
        Ok((1..).zip(self.state().letters.clone()).collect())
    }
}

/// The letters stay where they are: an engine on this store is given no targets.
impl Deliveries for Fake {
    async fn trays(&self, _: &Plain, _: &Owner, _: Timestamp) -> Result<Vec<Tray>, StoreError> {
        Err(undelivered())
    }

    async fn take(
        &self,
        _: &Taking,
        _: impl Fn(&Owner) -> bool + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        Err(undelivered())
    }

    async fn settle(
        &self,
        _: &Settled,
        _: impl Fn(&Standing) -> (Standing, Option<AuditEntry>) + Send + Sync,
        _: Timestamp,
    ) -> Result<Noted, StoreError> {
        Err(undelivered())
    }

    async fn give_up(
        &self,
        _: &Route,
        _: Timestamp,
        _: u32,
        _: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        Err(undelivered())
    }

    async fn lapse(
        &self,
        _: &Route,
        _: Timestamp,
        _: impl Fn(u64) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        Err(undelivered())
    }

    async fn untold(&self) -> Result<Vec<Posted>, StoreError> {
        Err(undelivered())
    }

    async fn replay(
        &self,
        _: &Choice,
        _: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Replayed, StoreError> {
        Err(undelivered())
    }
}

fn undelivered() -> StoreError {
    StoreError { operation: "deliver", cause: "nothing is delivered from here".into() }
}
