//! `outbox`: what was written down by a command is listed, told by a service, and told after all when it
//! was given up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        outbox::{CrmState, Destination, Letter},
    },
    store::{Database, Deliveries, Outbox, Store, deliveries::Route},
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{
    handoffs::{hand_off, parse, sessions},
    processes::{Centre, Ended, until},
};

/// A CRM that answers with a status that can be changed, and keeps what it gets.
struct Crm {
    url: String,
    says: Arc<AtomicU16>,
    got: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Crm {
    fn open(says: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (says, got) = (Arc::new(AtomicU16::new(says)), Arc::default());
        let crm = Self { url, says, got };
        let (says, got) = (Arc::clone(&crm.says), Arc::clone(&crm.got));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut id, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim().split_once(": ") else {
                        if line.trim().is_empty() {
                            break;
                        }
                        continue;
                    };
                    match name {
                        "webhook-id" => id = value.to_owned(),
                        "content-length" => length = value.parse().unwrap(),
                        _ => {}
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                got.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
                let says = says.load(Ordering::SeqCst);
                let head =
                    format!("HTTP/1.1 {says} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.get_mut().write_all(head.as_bytes()).unwrap();
            }
        });
        crm
    }
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A contact centre, and a configuration that names the CRM for all there is to tell.
struct Scene {
    centre: Centre,
    config: String,
}

impl Scene {
    fn open(crm: &Crm) -> Self {
        let centre = Centre::brisk(&[]);
        let config = centre.data.path().join("told.toml");
        let url = &crm.url;
        let text =
            format!("[outbox]\ncrm_handoff = '{url}'\ncrm_session = '{url}'\nwfm = '{url}'\n");
        std::fs::write(&config, text).unwrap();
        Self { config: config.to_str().unwrap().to_owned(), centre }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.centre.run(&[arguments, &["--config", &self.config]].concat())
    }

    fn list(&self, more: &[&str]) -> Vec<Value> {
        let ended = self.run(&[["outbox", "list", "-o", "json"].as_slice(), more].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        parse(&ended.out).as_array().unwrap().clone()
    }

    fn serve(&self) -> Service {
        let mut command = self.centre.eager(&["serve", "--config", &self.config]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Service(child.unwrap())
    }

    fn on_store<T>(&self, work: impl AsyncFnOnce(Database) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let path = self.centre.data.path().join("floorwalker/floorwalker.db");
        runtime.block_on(async { work(Database::open(&path).await.unwrap()).await })
    }
}

#[test]
fn a_command_writes_down_what_a_service_then_tells_until_it_is_heard() {
    let crm = Crm::open(503);
    let scene = Scene::open(&crm);
    let waiting = sessions(&scene.centre, "waiting");
    let (ended, _) = hand_off(&scene.centre, &waiting[..1], &["--best", "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let listed = scene.list(&["--waiting"]);
    let kinds: Vec<_> = listed.iter().map(|row| row["destination"].clone()).collect();
    assert_eq!(kinds, [json!("crm_handoff"), json!("wfm")]);
    assert!(listed.iter().all(|row| row["conversation"] == *waiting[0] && row["attempts"] == 0));
    let unnamed = scene.centre.run(&["outbox", "list", "-o", "json"]);
    assert_eq!((unnamed.code, unnamed.out.trim()), (Some(0), "[]"));
    assert!(unnamed.error.contains("2 more are for systems"), "{}", unnamed.error);
    let service = scene.serve();
    until("both were tried", || {
        scene.list(&[]).iter().all(|row| row["status"] == 503).then_some(())
    });
    crm.says.store(200, Ordering::SeqCst);
    until("both are told", || scene.list(&[]).is_empty().then_some(()));
    drop(service);
    let records = scene.on_store(async |store| store.page(None, 100).await.unwrap());
    let many = |event: &str| records.iter().filter(|record| *record.event == *event).count();
    assert_eq!(["crm_synced", "wfm_synced"].map(many), [1, 1]);
    assert_eq!(["crm_sync_failed", "wfm_sync_failed"].map(many), [1, 1]);
    let got = crm.got.lock().unwrap();
    let ids: std::collections::BTreeSet<_> = got.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, listed.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect());
}

/// A letter of two days ago, given up.
fn bury(scene: &Scene) -> String {
    scene.on_store(async |store| {
        let (now, context) = (Timestamp::now(), "127.0.0.1".into());
        let at = now - 48.hours();
        let letter = Letter::session(&context, &"c".into(), CrmState::Connected, at, json!({}));
        store.post(&letter).await.unwrap();
        let route = Route { context: context.clone(), to: Destination::CrmSession };
        let entry = |_| {
            AuditEntry::of(AuditEvent::CrmSyncFailed, Actor::default(), context.clone(), "platform")
        };
        store.lapse(&route, now - 24.hours(), entry, now).await.unwrap().unwrap();
        letter.event.to_string()
    })
}

#[test]
fn what_was_given_up_is_told_after_all_under_its_own_id() {
    let crm = Crm::open(200);
    let scene = Scene::open(&crm);
    let id = bury(&scene);
    let _service = scene.serve();
    assert_eq!(scene.list(&["--waiting"]), Vec::<Value>::new());
    let dead = scene.list(&["--dead"]);
    assert_eq!((dead.len(), &dead[0]["state"], &dead[0]["id"]), (1, &json!("dead"), &json!(id)));
    let refused = scene.run(&["outbox", "replay", &id, "--read-only"]);
    assert_eq!(refused.code, Some(3), "{}", refused.error);
    let unknown = scene.run(&["outbox", "replay", &id, "nobody"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.error);
    assert!(unknown.error.contains("«nobody»"), "{}", unknown.error);
    assert_eq!(scene.list(&["--dead"]).len(), 1, "all or none");
    let done = scene.run(&["outbox", "replay", &id, "-o", "json"]);
    assert_eq!((done.code, &parse(&done.out)[0]["state"]), (Some(0), &json!("waiting")));
    until("it is told", || scene.list(&[]).is_empty().then_some(()));
    let got = crm.got.lock().unwrap().clone();
    assert_eq!((got.len(), &got[0].0, &got[0].1["state"]), (1, &id, &json!("connected")));
    let again = scene.run(&["outbox", "replay", &id]);
    assert_eq!(again.code, Some(5), "{}", again.error);
    let none = scene.run(&["outbox", "replay", "--all-dead"]);
    assert_eq!(none.code, Some(0));
    assert!(none.error.contains("Nothing was given up"), "{}", none.error);
    assert_eq!(scene.run(&["outbox", "replay"]).code, Some(2));
    let replayed = scene.on_store(async |store| store.page(None, 100).await.unwrap());
    assert_eq!(replayed.iter().filter(|r| &*r.event == "outbox_replayed").count(), 1);
}

#[test]
fn a_secret_that_can_not_be_had_is_said_at_the_start() {
    let crm = Crm::open(200);
    let scene = Scene::open(&crm);
    let text = std::fs::read_to_string(&scene.config).unwrap();
    std::fs::write(&scene.config, format!("{text}secret = 'env:NO_SUCH_SECRET'\n")).unwrap();
    let ended = scene.run(&["serve"]);
    assert_eq!(ended.code, Some(2), "{}", ended.error);
    assert!(ended.error.contains("outbox.secret: NO_SUCH_SECRET is not set"), "{}", ended.error);
}
