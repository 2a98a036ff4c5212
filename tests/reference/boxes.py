"""Makes expected/boxes.json: figures of boxes by pycocotools' COCOeval, images by scikit-learn, thresholds by trying
all, fused boxes by torchvision and ensemble-boxes.

    pip install pycocotools torchvision scikit-learn ensemble-boxes
    python tests/reference/boxes.py ../shared/data

Of real data only figures are kept; their found boxes come from a generator that the test repeats.
"""

import contextlib
import importlib.metadata
import io
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torchvision
from ensemble_boxes import weighted_boxes_fusion
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.metrics import confusion_matrix, roc_auc_score

rng = np.random.default_rng(20260105)


def number(value):
    return None if value is None or value < 0 else round(float(value), 9)


def evaluated(case, least=0.0):
    """COCOeval of a case whose boxes are [class, crowd or score, xmin, ymin, xmax, ymax]."""
    classes = range(len(case["classes"]))
    truth, found = [], []
    for image, content in enumerate(case["images"]):
        for klass, crowd, x0, y0, x1, y1 in content["truth"]:
            box = [x0, y0, x1 - x0, y1 - y0]
            truth.append(
                {"id": len(truth) + 1, "image_id": image, "category_id": klass, "bbox": box, "area": box[2] * box[3],
                 "iscrowd": crowd}
            )
        for klass, score, x0, y0, x1, y1 in content["found"]:
            if score >= least:
                found.append({"image_id": image, "category_id": klass, "bbox": [x0, y0, x1 - x0, y1 - y0], "score": score})
    coco = COCO()
    with contextlib.redirect_stdout(io.StringIO()):
        coco.dataset = {
            "info": {},
            "images": [{"id": i} for i in range(len(case["images"]))],
            "categories": [{"id": c} for c in classes],
            "annotations": truth,
        }
        coco.createIndex()
        other = coco.loadRes(found) if found else COCO()
        if not found:
            other.dataset = dict(coco.dataset, annotations=[])
            other.createIndex()
        result = COCOeval(coco, other, "bbox")
        result.params.imgIds = list(range(len(case["images"])))
        result.evaluate()
        result.accumulate()
        result.summarize()
    return result


def judged(result):
    """(class, score, right, wrong) of every found box at an IoU of 0.5, and the number of true ones of each class."""
    boxes, support = [], {}
    for image in result.evalImgs:
        if image is None or image["aRng"] != result.params.areaRng[0]:
            continue
        klass = image["category_id"]
        support[klass] = support.get(klass, 0) + int((np.array(image["gtIgnore"]) == 0).sum())
        for score, match, ignored in zip(image["dtScores"], image["dtMatches"][0], image["dtIgnore"][0]):
            boxes.append((klass, score, bool(match > 0 and not ignored), bool(match == 0 and not ignored)))
    return boxes, support


def ratios(boxes, support, threshold):
    right = sum(r for _, s, r, _ in boxes if s >= threshold)
    wrong = sum(w for _, s, _, w in boxes if s >= threshold)
    f1 = 2 * right / (right + wrong + support) if right + wrong + support else 0
    return [right / (right + wrong) if right + wrong else 0, right / support if support else 0, f1]


def best(candidates, merit):
    scored = [(merit(t), t) for t in candidates]
    return max(scored)[1]


def figures(case):
    result = evaluated(case)
    stats, precision = result.stats, result.eval["precision"]
    boxes, support = judged(result)
    total = sum(support.values())
    per_class = {}
    for klass, name in enumerate(case["classes"]):
        at50 = precision[0, :, klass, 0, 2]
        own = [b for b in boxes if b[0] == klass]
        per_class[name] = {
            "ap50": number(at50.mean()),
            "ap": number(precision[:, :, klass, 0, 2].mean()),
            "ratios": [number(v) for v in ratios(own, support.get(klass, 0), case["threshold"])],
            "support": support.get(klass, 0),
            "precision_by_recall": [number(v) for v in at50] if support.get(klass, 0) else [],
        }
    scores = sorted({s for _, s, _, _ in boxes}, reverse=True)
    images = len(case["images"])
    froc = []
    for t in scores:
        wrong = sum(w for _, s, _, w in boxes if s >= t)
        froc.append([t, number(wrong / images), number(ratios(boxes, total, t)[1])])
    candidates = [0.05, 0.95] + [s for s in scores if 0.05 <= s <= 0.95]
    steps = [p / 100 for p in range(5, 96)]

    def map50(t):
        value = evaluated(case, t).stats[1]
        return round(value, 12)

    positive = [int(bool(content["truth"])) for content in case["images"]]
    highest = [max([b[1] for b in content["found"]], default=0.0) for content in case["images"]]
    called = [int(s >= case["threshold"]) for s in highest]
    return {
        "map50": number(stats[1]),
        "map75": number(stats[2]),
        "map": number(stats[0]),
        "average_recall": [number(stats[6]), number(stats[7]), number(stats[8])],
        "ratios": [number(v) for v in ratios(boxes, total, case["threshold"])],
        "boxes": total,
        "per_class": per_class,
        "froc": froc,
        "best_f1": best(candidates, lambda t: ratios(boxes, total, t)[2]),
        "best_map50": best(steps, map50),
        "sensitivity_60": best(candidates, lambda t: min(ratios(boxes, total, t)[1], 0.6)),
        "confusion_matrix": confusion_matrix(positive, called, labels=[0, 1]).tolist(),
        "auc": number(roc_auc_score(positive, highest)) if 0 < sum(positive) < images else None,
    }


def random_case(classes, images, truths, founds, threshold):
    """Boxes on a grid of quarter pixels, so that many lie on a level of IoU exactly; scores in steps of 1/32."""
    content = []
    for image in range(images):
        truth, found = [], []
        if image % 5 != 3:
            for _ in range(rng.integers(1, truths + 1)):
                x, y = rng.integers(0, 60, 2)
                w, h = rng.integers(8, 30, 2)
                truth.append([int(rng.integers(0, len(classes))), int(rng.random() < 0.15)] + [int(v) for v in (x, y, x + w, y + h)])
        if image % 7 != 5:
            for klass, _, x0, y0, x1, y1 in truth:
                for _ in range(rng.integers(0, 4)):
                    dx, dy, dw, dh = rng.integers(-10, 11, 4) / 4
                    if rng.random() < 0.1:
                        klass = int(rng.integers(0, len(classes)))
                    found.append([klass, rng.integers(4, 32) / 32, x0 + dx, y0 + dy, x1 + dx + dw, y1 + dy + dh])
            for _ in range(rng.integers(0, founds + 1)):
                x, y = rng.integers(0, 70, 2)
                w, h = rng.integers(6, 30, 2)
                found.append([int(rng.integers(0, len(classes))), rng.integers(0, 28) / 32] + [int(v) for v in (x, y, x + w, y + h)])
        content.append({"truth": truth, "found": [[float(v) if i else v for i, v in enumerate(f)] for f in found]})
    return {"classes": classes, "threshold": threshold, "images": content}


class Generator:
    """Knuth's MMIX linear congruential generator; the test has the same."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2**31


def real_case(file, seed):
    """Truth moved, dropped, doubled and sometimes misnamed, and boxes where nothing is; every 29th is a crowd."""
    data = json.load(open(file))
    names = [c["name"] for c in sorted(data["categories"], key=lambda c: c["id"])]
    ids = [c["id"] for c in sorted(data["categories"], key=lambda c: c["id"])]
    draw = Generator(seed)
    content = []
    for image in sorted(data["images"], key=lambda i: i["id"]):
        truth, found = [], []
        for a in sorted((a for a in data["annotations"] if a["image_id"] == image["id"]), key=lambda a: a["id"]):
            klass = ids.index(a["category_id"])
            x, y, w, h = a["bbox"]
            truth.append([klass, int(a["id"] % 29 == 0), x, y, x + w, y + h])
            fate = draw.next()
            for _ in range(0 if fate < 0.12 else 2 if fate > 0.85 else 1):
                said = (klass + 1) % len(names) if draw.next() < 0.05 else klass
                dx, dy, dw, dh = [(draw.next() - 0.5) * 0.3 * side for side in (w, h, w, h)]
                score = math.floor(draw.next() * 64) / 64
                found.append([said, score, x + dx, y + dy, x + dx + w + dw, y + dy + h + dh])
        if draw.next() < 0.3:
            x, y = draw.next() * 0.7 * image["width"], draw.next() * 0.7 * image["height"]
            score = math.floor(draw.next() * 32) / 64
            found.append([0, score, x, y, x + 0.3 * image["width"], y + 0.2 * image["height"]])
        content.append({"truth": truth, "found": found})
    return {"classes": names, "threshold": 0.4, "images": content}


def fusion_case(passes, iou):
    boxes = []
    things = [(x, y, x + w, y + h) for x, y, w, h in rng.uniform(0.1, 0.4, (4, 4))]
    for _ in range(passes):
        one = []
        for at, thing in enumerate(things):
            for _ in range(rng.integers(0, 3)):
                moved = np.clip(np.array(thing) + rng.normal(0, 0.02, 4), 0, 1)
                one.append([at % 2, round(float(rng.uniform(0.05, 1)), 6)] + [round(float(v), 5) for v in moved])
        boxes.append(one)
    flat = [b for one in boxes for b in one]
    corners = torch.tensor([b[2:] for b in flat], dtype=torch.float64)
    scores = torch.tensor([b[1] for b in flat], dtype=torch.float64)
    kept = torchvision.ops.batched_nms(corners, scores, torch.tensor([b[0] for b in flat]), iou)
    fused = weighted_boxes_fusion(
        [[b[2:] for b in one] for one in boxes], [[b[1] for b in one] for one in boxes], [[b[0] for b in one] for one in boxes], iou_thr=iou
    )
    return {
        "iou": iou,
        "passes": boxes,
        "suppressed": [flat[i] for i in kept],
        "weighted": [[int(c), round(float(s), 7)] + [round(float(v), 7) for v in b] for b, s, c in zip(*fused)],
    }


def main():
    shared = pathlib.Path(sys.argv[1])
    cases = [
        random_case(["mass", "nodule", "effusion"], 18, 4, 3, 0.5),
        random_case(["mass", "nodule", "absent"][:2] + ["rib"], 9, 6, 1, 0.25),
        random_case(["only"], 6, 3, 2, 0.75),
    ]
    # A class that is never there but found, and an image with more than 100 found boxes of a class.
    for image in cases[1]["images"]:
        image["truth"] = [t for t in image["truth"] if t[0] != 2]
    crowded = random_case(["only"], 3, 5, 1, 0.3)
    x0, y0, x1, y1 = crowded["images"][0]["truth"][0][2:]
    crowded["images"][0]["found"] += [[0, (120 - i) / 128, float(x0 + i % 9), float(y0), float(x1 + i % 7), float(y1 + i % 5)] for i in range(120)]
    cases.append(crowded)
    nothing = random_case(["only"], 2, 1, 0, 0.5)
    for image in nothing["images"]:
        image["found"] = []
    cases.append(nothing)
    for case in cases:
        case["figures"] = figures(case)
    real = []
    for name, seed in [("chest-lungs/coco.json", 5), ("chest-mass/annotated_data/COCO/50_chest_xrays_annotated_data_in_coco_json_format.json", 6)]:
        case = real_case(shared / name, seed)
        real.append({"file": name, "seed": seed, "threshold": case["threshold"], "classes": case["classes"], "figures": figures(case)})
        real[-1]["figures"]["froc"] = real[-1]["figures"]["froc"][::8]
    packages = ["numpy", "pycocotools", "scikit-learn", "torch", "torchvision", "ensemble-boxes"]
    out = {
        "versions": {p: importlib.metadata.version(p) for p in packages},
        "cases": cases,
        "real": real,
        "fusion": [fusion_case(3, 0.3), fusion_case(5, 0.55)],
    }
    path = pathlib.Path(__file__).parent / "expected" / "boxes.json"
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


main()
