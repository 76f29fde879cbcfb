//! What a package holds: completions and manual pages that the real binary makes, the files that the package's
//! description names, the version, and the changelog.

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
        process::{Command, Stdio},
    };

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    struct Ended {
        code: Option<i32>,
        out: String,
        error: String,
    }

    /// The binary at `home`, without anything of this process's environment.
    fn run(home: &Path, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().env("HOME", home).args(arguments).stdin(Stdio::null());
        command.env("GENESYS_BASE_URL", "https://held.example");
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
    }

    fn root(path: &str) -> PathBuf {
        Path::new(ROOT).join(path)
    }

    fn manifest() -> toml::Table {
        toml::from_str(&fs::read_to_string(root("Cargo.toml")).unwrap()).unwrap()
    }

    #[test]
    fn bash_completes_a_command_an_option_and_its_values() {
        let home = tempfile::tempdir().unwrap();
        let ended = run(home.path(), &["completions", "bash", "--install"]);
        assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
        let path = home.path().join(".local/share/bash-completion/completions/floorwalker");
        assert!(ended.out.contains(path.to_str().unwrap()), "{}", ended.out);
        let completed = |words: &str| {
            let script = format!(
                "source {}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
                 _floorwalker floorwalker \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; \
                 echo \"${{COMPREPLY[@]}}\"",
                path.display()
            );
            let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            (String::from_utf8(output.stdout).unwrap().trim().to_owned(), told)
        };
        assert_eq!(completed("floorwalker hando"), ("handoff".into(), String::new()));
        assert_eq!(completed("floorwalker audit ver").0, "verify");
        assert_eq!(completed("floorwalker queues --outp").0, "--output");
        assert_eq!(completed("floorwalker queues --output js").0, "json jsonl");
    }

    #[test]
    fn each_shell_s_completions_go_where_it_looks() {
        let home = tempfile::tempdir().unwrap();
        for (shell, place, begin) in [
            ("zsh", ".local/share/zsh/site-functions/_floorwalker", "#compdef floorwalker"),
            ("fish", ".config/fish/completions/floorwalker.fish", ""),
        ] {
            let printed = run(home.path(), &["completions", shell]);
            assert_eq!((printed.code, printed.error.as_str()), (Some(0), ""), "{shell}");
            assert!(printed.out.starts_with(begin) && printed.out.contains("handoff"), "{shell}");
            assert!(!home.path().join(place).exists());
            // Twice: what a version before has put there is replaced.
            for _ in 0..2 {
                let ended = run(home.path(), &["completions", shell, "--install"]);
                assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""), "{shell}");
                assert_eq!(fs::read_to_string(home.path().join(place)).unwrap(), printed.out);
                assert_eq!(ended.out.contains("fpath"), shell == "zsh", "{}", ended.out);
            }
        }
        let refused = run(home.path(), &["completions", "elvish", "--install"]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        assert!(refused.error.contains("no place of its own"), "{}", refused.error);
        assert!(run(home.path(), &["completions", "elvish"]).out.contains("handoff"));
        assert_eq!(run(home.path(), &["completions", "dos"]).code, Some(2));
    }

    #[test]
    fn the_manual_has_a_page_for_each_command() {
        let home = tempfile::tempdir().unwrap();
        let printed = run(home.path(), &["man"]);
        assert_eq!((printed.code, printed.error.as_str()), (Some(0), ""));
        assert!(printed.out.contains(".TH floorwalker 1"), "{}", printed.out);
        let ended = run(home.path(), &["man", "--install"]);
        assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
        let page = |name: &str| {
            fs::read_to_string(home.path().join(".local/share/man/man1").join(name)).unwrap()
        };
        assert_eq!(page("floorwalker.1"), printed.out);
        // It is the same on every machine.
        assert!(printed.out.contains("GENESYS_BASE_URL") && !printed.out.contains("held"));
        assert!(page("floorwalker-handoff.1").contains("outcome"), "its exit codes");
        assert!(page("floorwalker-audit-verify.1").contains("anchor"));
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = run(home.path(), &["man", "--install", file.to_str().unwrap()]);
        assert_eq!(refused.code, Some(1));
        assert!(refused.error.contains("can't be written"), "{}", refused.error);
    }

    #[test]
    fn the_version_tells_the_commit() {
        let home = tempfile::tempdir().unwrap();
        let ended = run(home.path(), &["--version"]);
        let expected =
            format!("floorwalker {} ({})\n", env!("CARGO_PKG_VERSION"), env!("FLOORWALKER_COMMIT"));
        assert_eq!((ended.code, ended.out), (Some(0), expected));
        let commit = env!("FLOORWALKER_COMMIT").trim_end_matches("-debug");
        let known = commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(known || !root(".git").exists(), "{commit}");
    }

    #[test]
    fn the_newest_version_of_the_changelog_is_this_one() {
        let text = fs::read_to_string(root("CHANGELOG.md")).unwrap();
        let newest = text.lines().find_map(|line| line.strip_prefix("## [")).unwrap();
        assert_eq!(newest.split(']').next(), Some(env!("CARGO_PKG_VERSION")));
    }

    /// Each file of the package: where it is, where it goes, and its rights.
    fn assets() -> Vec<[String; 3]> {
        let table = manifest();
        let all = table["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
        all.iter().map(|asset| asset.clone().try_into().unwrap()).collect()
    }

    #[test]
    fn all_that_the_package_names_is_there_or_is_made() {
        let made = tempfile::tempdir().unwrap();
        let mut prepare = Command::new("sh");
        prepare.arg(root("assets/package.sh")).arg(env!("CARGO_BIN_EXE_floorwalker"));
        let prepared = prepare.arg(made.path()).output().unwrap();
        assert!(prepared.status.success(), "{}", String::from_utf8_lossy(&prepared.stderr));
        let all = assets();
        assert!(all.len() > 8, "{}", all.len());
        for [from, to, _] in &all {
            match from.strip_prefix("target/package/") {
                Some("man/*.1") => {
                    let pages = fs::read_dir(made.path().join("man")).unwrap().count();
                    assert!(pages > 20, "{pages}");
                }
                Some(name) => assert!(made.path().join(name).is_file(), "{from}"),
                None if from == "target/release/floorwalker" => assert_eq!(to, "usr/bin/"),
                None => assert!(root(from).is_file(), "{from}"),
            }
        }
        let deb = &manifest()["package"]["metadata"]["deb"];
        let scripts = root(deb["maintainer-scripts"].as_str().unwrap());
        let checked = Command::new("sh").arg("-n").arg(scripts.join("postinst")).status().unwrap();
        assert!(checked.success());
        assert!(root(deb["license-file"][0].as_str().unwrap()).is_file());
    }

    #[test]
    fn the_unit_runs_the_program_where_the_package_puts_it_as_the_user_that_it_makes() {
        let unit = fs::read_to_string(root("assets/floorwalker.service")).unwrap();
        let value = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        assert_eq!(value("ExecStart="), "/usr/bin/floorwalker serve");
        let postinst = fs::read_to_string(root("assets/debian/postinst")).unwrap();
        let made = postinst.lines().find(|line| line.trim().starts_with("adduser")).unwrap();
        assert!(made.ends_with(value("User=")), "{made}");
        let rights = |name: &str| {
            let found = assets().into_iter().find(|[from, ..]| from.ends_with(name)).unwrap();
            found[2].clone()
        };
        assert_eq!(
            (rights("release/floorwalker"), rights(".service")),
            ("755".into(), "644".into())
        );
    }
}
