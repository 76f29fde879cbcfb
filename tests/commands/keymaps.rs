//! The person's own keys, as far as the command line tells of them; what they do is in the console's tests.

use std::path::Path;

use crate::processes::{Ended, binary};

/// The demo with a folder of its own for what is configured. There is no terminal, so it never opens.
fn demo(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = binary(&[["demo"].as_slice(), arguments].concat());
    Ended::of(command.env("XDG_CONFIG_HOME", folder).env("HOME", folder))
}

#[test]
fn a_keymap_is_found_beside_the_configuration_and_its_mistakes_are_named_before_anything_opens() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("floorwalker");
    std::fs::create_dir_all(&place).unwrap();
    let path = place.join("keymap.toml");
    let shown = path.to_str().unwrap();
    std::fs::write(&path, "[keys]\nfrezee = ['f']\nsort = ['x']\nopen = ['return']\n").unwrap();
    let config = place.join("config.toml");
    std::fs::write(&config, "").unwrap();
    for arguments in [vec![], vec!["--config", config.to_str().unwrap()]] {
        let ended = demo(folder.path(), &arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.error);
        for says in [
            format!("{shown}:2: there is no action \"frezee\"; did you mean \"freeze\"?"),
            format!("{shown}:3: x is given to sort, but decline has it"),
            format!("{shown}:4: there is no key \"return\"; did you mean \"enter\"?"),
        ] {
            assert!(ended.error.contains(&says), "{}", ended.error);
        }
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let config = elsewhere.path().join("c.toml");
    std::fs::write(&config, "").unwrap();
    let ended = demo(folder.path(), &["--config", config.to_str().unwrap()]);
    assert!(ended.error.contains("needs a terminal"), "{}", ended.error);
    std::fs::write(&path, "[keys]\nfreeze = ['f']\n").unwrap();
    let ended = demo(folder.path(), &[]);
    assert!(ended.error.contains("needs a terminal"), "{}", ended.error);
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    let ended = demo(folder.path(), &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.error.contains("keymap.toml can't be read"), "{}", ended.error);
}
