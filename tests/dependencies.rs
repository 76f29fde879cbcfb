//! What the program is built from: under which licences, from where, and how often twice.

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use serde_json::Value;
    use spdx::{Expression, LicenseReq, ParseMode};

    /// Licences that ask for no more than to be named. MPL-2.0 asks for changes to its own files alone.
    const ALLOWED: [&str; 13] = [
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];

    /// What is there in two versions because two of our dependencies have not agreed yet. One more is to be
    /// weighed, and one less to be taken out.
    const TWICE: [&str; 16] = [
        "base64",
        "bit-vec",
        "block-buffer",
        "cpufeatures",
        "crypto-common",
        "digest",
        "getrandom",
        "hashbrown",
        "rand",
        "rand_core",
        "sha1",
        "sha2",
        "syn",
        "synstructure",
        "thiserror",
        "thiserror-impl",
    ];

    fn packages() -> Vec<Value> {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["metadata", "--format-version", "1", "--locked", "--offline"]);
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let output = command.args(["--filter-platform", &host]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        told["packages"].as_array().unwrap().clone()
    }

    fn is_allowed(asked: &LicenseReq) -> bool {
        asked.license.id().is_some_and(|id| ALLOWED.contains(&id.name))
    }

    /// True if one of the ways that an expression leaves open is allowed.
    fn may_be_used(licence: &str) -> bool {
        Expression::parse_mode(licence, ParseMode::LAX).unwrap().evaluate(is_allowed)
    }

    #[test]
    fn everything_may_be_used() {
        let packages = packages();
        assert!(packages.len() > 100, "it is asked what we are built from");
        for package in &packages {
            let (name, licence) = (&package["name"], package["license"].as_str());
            assert!(licence.is_some_and(may_be_used), "{name}: {licence:?}");
        }
        assert!(may_be_used("GPL-3.0-only OR MIT") && may_be_used("MIT/Apache-2.0"));
        assert!(!may_be_used("GPL-3.0-only") && !may_be_used("MIT AND AGPL-3.0-only"));
    }

    #[test]
    fn everything_comes_from_the_registry_and_once_where_that_can_be() {
        let mut versions = BTreeMap::<String, usize>::new();
        for package in packages() {
            let name = package["name"].as_str().unwrap().to_owned();
            match package["source"].as_str() {
                None => assert_eq!(name, "floorwalker"),
                Some(source) => assert!(source.starts_with("registry+"), "{name}: {source}"),
            }
            *versions.entry(name).or_default() += 1;
        }
        let twice = versions.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name);
        assert_eq!(twice.collect::<Vec<_>>(), TWICE);
    }
}
