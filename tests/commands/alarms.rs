//! Alarms that can't be used, as far as the command line tells of them.

use crate::processes::{Ended, binary};

#[test]
fn an_alarm_that_can_t_be_read_is_told_before_anything_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let shown = path.to_str().unwrap();
    for (when, says) in [
        ("wiat>5m", ":3: column 9: the alarm \"Late\": no field \"wiat\"; did you mean wait?"),
        ("", ":3: column 8: the alarm \"Late\": when is empty: it has to be a filter"),
    ] {
        let text = format!("[[alarms]]\nname = 'Late'\nwhen = '{when}'\n");
        std::fs::write(&path, text).unwrap();
        let mut command = binary(&["demo", "--config", shown]);
        let Ended { code, error, .. } = Ended::of(command.env("HOME", folder.path()));
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(&format!("{shown}{says}")), "{error}");
    }
}
