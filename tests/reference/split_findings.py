"""Makes expected/split_findings.json: divisions of made-up images with several findings.

"equal": what iterative-stratification (iterstrat.ml_stratifiers.IterativeStratification) makes of images in the order in
which src/splits/findings.rs takes them; its generator fails when it is asked, so no tie occurred. "quality": the label
distribution (LD) and examples distribution (ED) of Sechidis et al. 2011, section 5, of its divisions by 40 generators, and of
divisions at random. "patients": groups and findings not looked at, by the description in src/splits/findings.rs written anew.

    python tests/reference/split_findings.py      # iterative-stratification 0.1.9, scikit-learn 1.9.1
"""

import hashlib
import json
import pathlib

import numpy as np
from iterstrat.ml_stratifiers import IterativeStratification

rng = np.random.default_rng(20261130)


class NoTies:
    """A generator that must not be asked."""

    def choice(self, _):
        raise AssertionError("a tie")


def draw(seed, name):
    return int.from_bytes(hashlib.sha256(seed.to_bytes(8, "little") + name.encode()).digest()[:8], "big")


def has(row):
    return [at for at, letter in enumerate(row) if letter == "1"]


def rows(truth):
    return ["".join(str(value) for value in row) for row in truth]


def matrix(images):
    return np.array([[letter == "1" for letter in row] for row in images])


def findings(images, shares):
    """Rare and common findings, some of which come together."""
    truth = (rng.random((images, len(shares))) < shares).astype(int)
    together = rng.random(images) < 0.5
    truth[together, 1] |= truth[together, 0]
    return rows(truth)


def draws_of(images, seed):
    seen, draws = {}, []
    for row in images:
        seen[row] = seen.get(row, 0) + 1
        draws.append(draw(seed, f"image {seen[row]} of {has(row)}"))
    return draws


def letters(chosen):
    return "".join("rae"[split] for split in chosen)


def equal(seed, ratios):
    while True:
        images = findings(300, [0.05, 0.1, 0.22, 0.3, 0.42])
        order = np.argsort(np.array(draws_of(images, seed), dtype=np.uint64), kind="stable")
        try:
            of_sorted = IterativeStratification(matrix(images)[order], np.array(ratios), NoTies())
        except AssertionError:
            continue
        chosen = np.empty(len(images), dtype=int)
        chosen[order] = of_sorted
        return {"images": images, "ratios": ratios, "seed": seed, "splits": letters(chosen)}


def deviations(truth, chosen, ratios):
    """LD and ED."""
    odds = lambda part: part.sum(axis=0) / (len(part) - part.sum(axis=0))
    parts = [truth[chosen == split] for split in range(3)]
    label = np.mean([np.abs(odds(part) - odds(truth)) for part in parts])
    examples = np.mean([abs(len(part) - share * len(truth)) for part, share in zip(parts, ratios)])
    return float(label), float(examples)


def quality(images, ratios):
    truth = matrix(images)
    theirs = [
        deviations(truth, IterativeStratification(truth, np.array(ratios), np.random.RandomState(state)), ratios)
        for state in range(40)
    ]
    blind = [deviations(truth, rng.permutation(np.repeat(range(3), np.round(np.array(ratios) * len(images)).astype(int))),
                        ratios) for _ in range(40)]
    label, examples = np.mean(theirs, axis=0)
    return {"images": images, "ratios": ratios, "label": label, "examples": examples,
            "label_at_random": float(np.mean([label for label, _ in blind]))}


def patients(seed, ratios):
    images, groups = [], []
    for patient in range(60):
        tendency = rng.random(4) < [0.1, 0.25, 0.4, 0.1]
        for _ in range(int(rng.integers(1, 7))):
            there = (rng.random(4) < np.where(tendency, 0.8, 0.02)).astype(int)
            images.append("".join("?" if rng.random() < 0.1 else str(value) for value in there))
            groups.append(None if patient % 7 == 6 else f"p{patient}")
    units, seen = {}, {}
    for at, (row, group) in enumerate(zip(images, groups)):
        name = f"group {group}"
        if group is None:
            key = tuple(has(row))
            seen[key] = seen.get(key, 0) + 1
            name = f"image {seen[key]} of {has(row)}"
        units.setdefault(name, []).append(at)
    order = sorted(units, key=lambda name: (-len(units[name]), draw(seed, name)))
    counts = {name: [sum(images[at][k] == "1" for at in units[name]) for k in range(4)] for name in order}
    total = [sum(counts[name][k] for name in order) for k in range(4)]
    lack = [[share * total[k] for share in ratios] for k in range(4)]
    lack_all = [share * len(images) for share in ratios]
    chosen = {}

    def place(name, lacks):
        among = [0, 1, 2]
        for lacking in lacks:
            most = max(lacking[split] for split in among)
            among = [split for split in among if abs(lacking[split] - most) < 1e-6]
        split = max(among, key=lambda split: draw(draw(seed, name), f"split {split}"))
        chosen[name] = split
        lack_all[split] -= len(units[name])
        for k in range(4):
            lack[k][split] -= counts[name][k]

    while True:
        left = [sum(counts[name][k] for name in order if name not in chosen) for k in range(4)]
        if not any(left):
            break
        k = min((k for k in range(4) if left[k]), key=lambda k: (left[k], draw(seed, f"finding {k}")))
        having = [name for name in order if name not in chosen and counts[name][k]]
        for name in sorted(having, key=lambda name: -counts[name][k]):
            place(name, [lack[k], lack_all])
    for name in order:
        if name not in chosen:
            place(name, [lack_all])
    of_image = {at: chosen[name] for name in order for at in units[name]}
    return {"images": images, "groups": groups, "ratios": ratios, "seed": seed,
            "splits": letters(of_image[at] for at in range(len(images)))}


def main():
    out = pathlib.Path(__file__).parent / "expected" / "split_findings.json"
    rare = [0.01, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5]
    made = {
        "equal": [equal(7, [0.5312, 0.2871, 0.1817]), equal(8, [0.7613, 0.1322, 0.1065])],
        "quality": [quality(findings(1000, rare), [0.8, 0.1, 0.1]), quality(findings(250, rare[2:]), [0.6, 0.2, 0.2])],
        "patients": [patients(5, [0.6, 0.2, 0.2]), patients(6, [0.8, 0.1, 0.1])],
    }
    out.write_text(json.dumps(made) + "\n")
    for one in made["quality"]:
        print({name: value for name, value in one.items() if name != "images"})
    print(out.stat().st_size)


if __name__ == "__main__":
    main()
