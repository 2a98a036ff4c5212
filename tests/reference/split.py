"""Divides sixty made-up images as overread does, written anew from the description in src/interchange/split.rs: prints the
second letter of each image's split (r: train, a: validation, e: test), which src/interchange/split.rs's test holds to.

Python 3 alone; written for 3.12.
"""

import hashlib

SEED, SHARES = 42, [0.6, 0.2, 0.2]
IMAGES = [(at % 3 if at % 7 else None, f"p{at // 9}" if at % 4 == 0 else None) for at in range(60)]
CLASSES = sorted({label for label, _ in IMAGES}, key=lambda label: -1 if label is None else label)
STRATUM = {label: at for at, label in enumerate(CLASSES)}


def draw(name):
    return hashlib.sha256(SEED.to_bytes(8, "little") + name.encode()).digest()


def units():
    """Images of one group, or one image without a group, with what each draws: large ones first."""
    found, groups, seen = [], {}, {}
    for at, (label, group) in enumerate(IMAGES):
        if group is not None:
            groups.setdefault(group, []).append(at)
            continue
        seen[label] = seen.get(label, 0) + 1
        text = "None" if label is None else f"Some({label})"
        found.append(([at], draw(f"image {seen[label]} of {text}")))
    found += [(members, draw(f"group {group}")) for group, members in groups.items()]
    return [members for members, _ in sorted(found, key=lambda unit: (-len(unit[0]), unit[1]))]


def strata(unit):
    counts = {}
    for at in unit:
        stratum = STRATUM[IMAGES[at][0]]
        counts[stratum] = counts.get(stratum, 0) + 1
    return counts


def main():
    all_units = units()
    totals = [sum(strata(unit).get(at, 0) for unit in all_units) for at in range(len(CLASSES))]
    need = [[share * total for share in SHARES] for total in totals]
    overall = [share * len(IMAGES) for share in SHARES]
    chosen = {}

    def take(at, split):
        chosen[at] = split
        for stratum, count in strata(all_units[at]).items():
            need[stratum][split] -= count
            overall[split] -= count

    def lack(at, split):
        own = sum(count * need[s][split] / totals[s] for s, count in sorted(strata(all_units[at]).items()))
        return own + 0.01 * len(all_units[at]) * overall[split] / len(IMAGES)

    having = [[at for at, unit in enumerate(all_units) if s in strata(unit)] for s in range(len(CLASSES))]
    for members in sorted((m for m in having if len(m) >= 3), key=len):
        for split in (2, 1, 0):
            free = [at for at in members if at not in chosen]
            if free and all(chosen.get(at) != split for at in members):
                take(free[-1], split)
    for at in range(len(all_units)):
        if at not in chosen:
            take(at, max(range(3), key=lambda split: (lack(at, split), -split)))
    split_of = {image: chosen[at] for at, unit in enumerate(all_units) for image in unit}
    print("".join("rae"[split_of[image]] for image in range(len(IMAGES))))


if __name__ == "__main__":
    main()
