#!/usr/bin/env bash
# Makes the models of assets/demo again with the program itself; about two minutes a kind on two cores.
# The seed differs from those the demo uses, so that the demo's images are new to its model.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cargo build --locked --release
for kind in fracture knee ankle; do
    # Without a shipped model the run starts from nothing either way: the demo trains anew.
    "${CARGO_TARGET_DIR:-target}/release/overread" demo --headless --kind "$kind" --seed 7 --json --dir "$work/$kind" | tail -n 1
    newest="$(ls -t "$work/$kind/$kind.overread/models/"*.safetensors | head -n 1)"
    install -m 644 "$newest" "assets/demo/$kind.safetensors"
done
