#!/bin/sh
# csv 1.4.0 (Rust).
#
# One would guess: Position::line of a record is the line of the file on which the record begins, as an editor counts.
# Seen: where empty lines lie before a record, which the reader skips, it is the first of those empty lines; so a message
# that names this line sends people to an empty one.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat > "$dir/Cargo.toml" <<'TOML'
[package]
name = "try"
version = "0.0.0"
edition = "2024"
[dependencies]
csv = "=1.4.0"
TOML
cat > "$dir/src/main.rs" <<'RS'
fn main() {
    let text = "image,class\na.png,0\n\n\nb.png,1\n";
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let said: Vec<(String, u64)> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            (record[0].to_owned(), record.position().unwrap().line())
        })
        .collect();
    println!("{said:?}; b.png stands on line 5");
    assert_eq!(said, [("a.png".to_owned(), 2), ("b.png".to_owned(), 3)]);
}
RS
cd "$dir" && cargo run -q
