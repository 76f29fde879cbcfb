//! What is in the file, whoever comes meanwhile.

use jiff::SignedDuration;
use tokio::time::timeout;

use super::*;

const A_WHILE: Duration = Duration::from_secs(5);

fn kept(folder: &tempfile::TempDir) -> Kept {
    Kept {
        name: "prod".into(),
        base_url: "https://api.test".into(),
        login_url: "https://login.test".into(),
        token_url: "https://login.test/oauth/token".into(),
        client_id: "client".into(),
        token_timeout: Duration::from_secs(10),
        api_timeout: Duration::from_secs(15),
        path: folder.path().join("sign-in/prod.json"),
        again: "floorwalker login".into(),
        whose: None,
    }
}

fn account(name: &str) -> Account {
    Account { id: Plain::new(&name.to_lowercase()), name: Some(Plain::new(name)) }
}

fn grant(renewal: &str) -> Grant {
    let until = Timestamp::now() + SignedDuration::from_hours(1);
    let (access, renewal) = (format!("for-{renewal}").into(), Some(renewal.into()));
    Grant { access, renewal, renew_at: until, until }
}

fn stands(kept: &Kept) -> Option<(String, Option<String>)> {
    kept.written().ok().map(|it| (it.user_id, it.refresh_token))
}

fn with(user: &str, renewal: &str) -> Option<(String, Option<String>)> {
    Some((user.into(), Some(renewal.into())))
}

#[tokio::test(start_paused = true)]
async fn nobody_signs_in_or_out_while_another_process_renews() {
    let folder = tempfile::tempdir().unwrap();
    let kept = kept(&folder);
    assert!(kept.begin(&account("Robin"), &grant("r1")).await.unwrap().is_none());
    let hold = kept.hold().unwrap().unwrap();
    let (sam, new) = (account("Sam"), grant("s1"));
    assert!(timeout(A_WHILE, kept.begin(&sam, &new)).await.is_err());
    assert!(timeout(A_WHILE, kept.end(None)).await.is_err());
    assert_eq!(stands(&kept), with("robin", "r1"));
    drop(hold);
    let (who, theirs) = kept.begin(&sam, &new).await.unwrap().unwrap();
    assert_eq!((who, stands(&kept)), (account("Robin"), with("sam", "s1")));
    assert_eq!(theirs.renewal.unwrap().expose_secret(), "r1");
    // One's own is replaced without a word.
    assert!(kept.begin(&sam, &grant("s2")).await.unwrap().is_none());
    // Robin's end is not Sam's.
    kept.end(Some(&account("Robin"))).await.unwrap();
    assert_eq!(stands(&kept), with("sam", "s2"));
    kept.end(Some(&sam)).await.unwrap();
    assert_eq!(stands(&kept), None);
}

#[tokio::test(start_paused = true)]
async fn what_was_renewed_takes_the_place_of_what_it_was_renewed_from_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let kept = kept(&folder);
    kept.begin(&account("Robin"), &grant("r1")).await.unwrap();
    assert_eq!(kept.replace(&"r1".into(), &grant("r2")), Ok(true));
    assert_eq!(kept.replace(&"r1".into(), &grant("r3")), Ok(false));
    assert_eq!(stands(&kept), with("robin", "r2"));
    kept.end(None).await.unwrap();
    assert_eq!(kept.replace(&"r2".into(), &grant("r4")), Ok(false));
    assert_eq!(stands(&kept), None, "nobody is signed in again by that");
}

#[tokio::test(start_paused = true)]
async fn what_was_opened_is_of_one_person() {
    let folder = tempfile::tempdir().unwrap();
    let kept = kept(&folder);
    kept.begin(&account("Robin"), &grant("r1")).await.unwrap();
    let robins = Kept { whose: Some("robin".into()), ..kept.clone() };
    assert!(robins.read().is_ok());
    kept.begin(&account("Sam"), &grant("r1")).await.unwrap();
    let why = "Sam has signed in to prod here meanwhile; start again";
    assert_eq!(robins.read().unwrap_err(), Missing::Another(why.into()));
    assert_eq!(robins.replace(&"r1".into(), &grant("r2")), Ok(false));
    assert_eq!(stands(&kept), with("sam", "r1"));
}
