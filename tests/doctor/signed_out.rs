//! Nobody has signed in: what needs no token is looked at all the same.

use crate::{
    broken::{closed, skips},
    site::{Report, Site},
};

/// The doctor on an org that nobody has signed in to, with this in its configuration.
fn signed_out(site: &Site, base_url: &str, more: &str) -> Report {
    let config = format!(
        "[contexts.me]\nbase_url = '{base_url}'\nclient_id = 'x'\nsign_in = 'person'\n{more}\n"
    );
    let mut command = site.configured(&config);
    command.env_remove("GENESYS_CLIENT_SECRET").env_remove("GENESYS_CLIENT_ID");
    site.look(command.env_remove("GENESYS_BASE_URL").args(["--context", "me"]))
}

#[test]
fn a_person_who_has_not_signed_in() {
    let site = Site::open(&[]);
    let report = signed_out(&site, &site.address, "");
    let remedy = "sign in: `floorwalker login --context me`";
    report.fails_alone("credentials", "Nobody is signed in to me — ", remedy, 4);
    for check in ["dns api", "tcp api", "tls api", "clock"] {
        assert_eq!(report.line(check).0, "ok", "{check}");
    }
    skips(&report, &["token", "organisation", "rights", "rate limit"]);
}

#[test]
fn a_person_who_can_not_sign_in_for_the_network() {
    let site = Site::open(&[]);
    let nobody = format!("http://127.0.0.1:{}", closed());
    let report = signed_out(&site, &site.address, &format!("login_url = '{nobody}'"));
    assert_eq!((report.failed(), report.code), (vec!["credentials", "tcp login"], Some(4)));
    assert_eq!((report.line("tls api").0, report.line("clock").0), ("ok", "ok"));
    let report = signed_out(&site, &nobody, &format!("login_url = '{}'", site.address));
    assert_eq!((report.failed(), report.code), (vec!["credentials", "tcp api"], Some(4)));
    assert_eq!(report.line("tls login").0, "ok");
    skips(&report, &["tls api", "clock", "token", "rate limit"]);
}
