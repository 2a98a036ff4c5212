//! What the program is linked with is allowed by `packaging/deny.toml`, for whoever has no `cargo deny` at hand: the licence
//! of every crate, and where it came from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

use serde_json::Value;
use spdx::{Expression, LicenseReq, Licensee, ParseMode};
use std::path::Path;
use std::process::Command;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every crate that some platform is built with, as cargo describes it.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn allowed() -> Vec<Licensee> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/deny.toml");
    let config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let names = config["licenses"]["allow"].as_array().unwrap();
    names.iter().map(|name| Licensee::parse(name.as_str().unwrap()).unwrap()).collect()
}

/// Why a crate may not be linked with; `None` where it may.
fn refused(package: &Value, allowed: &[Licensee]) -> Option<String> {
    let name = package["name"].as_str().unwrap_or_default();
    // The program itself has no source.
    let source = package["source"].as_str()?;
    if source != REGISTRY {
        return Some(format!("{name} comes from {source}"));
    }
    let Some(licence) = package["license"].as_str() else { return Some(format!("{name} states no licence")) };
    let holds = |wanted: &LicenseReq| allowed.iter().any(|licensee| licensee.satisfies(wanted));
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Ok(expression) if expression.evaluate(holds) => None,
        Ok(_) => Some(format!("{name} is under {licence}")),
        Err(error) => Some(format!("{name}: {error}")),
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed_and_comes_from_the_registry() {
    let (packages, allowed) = (packages(), allowed());
    assert!(packages.len() > 100, "{} crates", packages.len());
    let refused: Vec<String> = packages.iter().filter_map(|package| refused(package, &allowed)).collect();
    assert_eq!(refused, [""; 0]);
}

#[test]
fn others_are_refused() {
    let package =
        |source: &str, license: &str| serde_json::json!({ "name": "x", "source": source, "license": license });
    let allowed = allowed();
    assert_eq!(refused(&package(REGISTRY, "MIT OR GPL-3.0-only"), &allowed), None);
    for (source, license) in [(REGISTRY, "GPL-3.0-only"), (REGISTRY, "MIT AND AGPL-3.0-only"), ("git+https://x", "MIT")]
    {
        assert!(refused(&package(source, license), &allowed).is_some(), "{source} {license}");
    }
}
