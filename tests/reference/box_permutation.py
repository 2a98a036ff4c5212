"""Writes expected/box_permutation.json: the permutation test of two models' boxes by every arrangement, counted by pycocotools.

    python tests/reference/box_permutation.py

With pycocotools and numpy installed. Ten groups of two images; in each of the 1024 arrangements the answers of the two models
are exchanged in some groups, and both are judged anew.
"""

import contextlib
import io
import itertools
import json
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

GROUPS, EACH = 10, 2


def boxes(rng):
    """Truth, and what three models draw: a good one, one a little worse, one much worse."""
    truth, models = [], {"good": [], "fair": [], "poor": []}
    for _ in range(GROUPS * EACH):
        there = []
        for _ in range(rng.integers(0, 3)):
            x, y = rng.integers(0, 60, 2)
            w, h = rng.integers(12, 40, 2)
            there.append([int(x), int(y), int(x + w), int(y + h), int(rng.integers(0, 2))])
        truth.append(there)
        for name, jitter, extra in [("good", 2, 0.3), ("fair", 4, 0.6), ("poor", 8, 1.5)]:
            drawn = []
            for xmin, ymin, xmax, ymax, kind in there:
                off = [round(float(v), 2) for v in rng.normal(0, jitter, 4)]
                left, top = round(xmin + off[0], 2), round(ymin + off[1], 2)
                right, bottom = max(left + 4, round(xmax + off[2], 2)), max(top + 4, round(ymax + off[3], 2))
                box = [left, top, right, bottom, kind]
                drawn.append(box + [round(float(rng.uniform(0.4, 1.0)), 4)])
            for _ in range(rng.poisson(extra)):
                x, y = rng.integers(0, 60, 2)
                score = round(float(rng.uniform(0.1, 0.9)), 4)
                drawn.append([int(x), int(y), int(x + 20), int(y + 20), int(rng.integers(0, 2)), score])
            models[name].append(drawn)
    return truth, models


def maps(truth, found):
    coco = COCO()
    annotations = []
    for image, there in enumerate(truth):
        for xmin, ymin, xmax, ymax, kind in there:
            box = [xmin, ymin, xmax - xmin, ymax - ymin]
            annotations.append({"id": len(annotations) + 1, "image_id": image + 1, "category_id": kind + 1, "bbox": box,
                                "area": box[2] * box[3], "iscrowd": 0})
    coco.dataset = {"images": [{"id": at + 1} for at in range(len(truth))], "annotations": annotations,
                    "categories": [{"id": 1}, {"id": 2}]}
    results = [
        # Scores as single precision has them.
        {"image_id": image + 1, "category_id": b[4] + 1, "bbox": [b[0], b[1], b[2] - b[0], b[3] - b[1]],
         "score": float(np.float32(b[5]))}
        for image, drawn in enumerate(found) for b in drawn
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(results), "bbox")
        judge.params.areaRng = [[0, 1e10]]
        judge.params.areaRngLbl = ["all"]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, :, 0, -1]
    kept = precision[precision > -1]
    return float(precision[0][precision[0] > -1].mean()), float(kept.mean())


def case(truth, models, first, second):
    a, b = models[first], models[second]
    seen = np.subtract(maps(truth, a), maps(truth, b))
    as_large = np.zeros(2)
    for exchanged in itertools.product([False, True], repeat=GROUPS):
        one = [b[at] if exchanged[at // EACH] else a[at] for at in range(len(truth))]
        two = [a[at] if exchanged[at // EACH] else b[at] for at in range(len(truth))]
        apart = np.subtract(maps(truth, one), maps(truth, two))
        as_large += np.abs(apart) >= np.abs(seen) - 1e-12
    p = as_large / 2 ** GROUPS
    figures = {name: {"difference": float(seen[at]), "p": float(p[at])} for at, name in enumerate(["map50", "map"])}
    return {"first": first, "second": second, **figures}


def main():
    truth, models = boxes(np.random.default_rng(5))
    out = {"truth": truth, "groups": [at // EACH for at in range(len(truth))], **models}
    out["cases"] = [case(truth, models, "good", "fair"), case(truth, models, "good", "poor")]
    path = Path(__file__).parent / "expected" / "box_permutation.json"
    path.write_text(json.dumps(out) + "\n")


main()
