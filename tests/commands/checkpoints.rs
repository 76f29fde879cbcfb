//! `serve` signs the audit log where the configuration says, and `audit verify` proves it by that.

use std::process::Stdio;

use crate::processes::{Centre, leash::leash, signal, until};

#[test]
fn a_service_signs_and_an_auditor_proves() {
    let centre = Centre::brisk(&[]);
    let anchors = centre.data.path().join("anchors");
    let config = centre.data.path().join("signed.toml");
    let text = format!("[audit.checkpoint]\nfile = '{}'\n", anchors.display());
    std::fs::write(&config, text).unwrap();
    let mut command = centre.eager(&["serve", "--config", config.to_str().unwrap()]);
    let mut service = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("a checkpoint is there", || {
        std::fs::read_to_string(&anchors).ok().filter(|text| text.contains("— floorwalker/"))
    });
    signal(&service, "TERM");
    let leash = leash(&service);
    assert!(service.wait().unwrap().success());
    drop(leash);
    let proved =
        centre.run(&["audit", "verify", "-o", "json", "--anchor", anchors.to_str().unwrap()]);
    assert_eq!(proved.code, Some(0), "{}", proved.error);
    assert!(proved.error.is_empty() && proved.out.contains("\"ok\": true"), "{}", proved.out);
}
