"""Checks the hash chain of an exported audit log with nothing but Python's own library.

    overread export --project P --format audit-log --out log.jsonl
    python tests/reference/audit_log.py log.jsonl

Each line's hash is SHA-256 over the fields below, each with its length before it as a signed 64-bit little-endian
number, -1 for an absent one; numbers are eight bytes, signed, little-endian. The last line's hash is what `overread
verify` calls the head.
"""

import hashlib
import json
import sys

FIELDS = ("previous_hash", "id", "time_ms", "reader", "image", "change", "shown", "display", "undoes")


def number(value):
    return value.to_bytes(8, "little", signed=True)


def field(value):
    if value is None:
        return number(-1)
    content = number(value) if isinstance(value, int) else value.encode()
    return number(len(content)) + content


head, events = "0" * 64, 0
with open(sys.argv[1], encoding="utf-8") as log:
    for events, line in enumerate(log, 1):
        event = json.loads(line)
        content = b"".join(field(event[name]) for name in FIELDS)
        if event.get("stated_ms") is not None:
            content += field(event["stated_ms"])
        if event["id"] != events or event["previous_hash"] != head or hashlib.sha256(content).hexdigest() != event["hash"]:
            sys.exit(f"line {events} does not follow from the one before")
        head = event["hash"]
print(f"{events} events\nhead {head}")
