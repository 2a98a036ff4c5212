"""Makes expected/afroc.json: areas under the AFROC curve as Wilcoxon statistics, by scikit-learn.

    pip install scikit-learn==1.9.1
    python tests/reference/afroc.py

A box that is there has the score of the box that finds it, or -1; an image without any has the score of its surest
wrong box, or -1. The area is that of the ROC curve of these scores. Right boxes lie exactly on the true ones, wrong ones
far from all.
"""

import json
import pathlib

import numpy as np
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(20261129)


def case(images, levels):
    """Images as (scores of boxes that are there, -1 for missed; scores of wrong boxes), with a weight each."""
    content = []
    for _ in range(images):
        there = int(rng.integers(0, 3))
        right = [float(s) if rng.random() < 0.75 else -1.0 for s in rng.integers(1, levels, there) / levels]
        wrong = [float(s) for s in rng.integers(0, levels - 1, int(rng.integers(0, 3))) / levels]
        content.append({"right": right, "wrong": wrong, "weight": int(rng.integers(0, 4))})

    def area(weighted):
        truth, scores, weights = [], [], []
        for image in content:
            weight = image["weight"] if weighted else 1
            for score in image["right"]:
                truth.append(1), scores.append(score), weights.append(weight)
            if not image["right"]:
                truth.append(0), scores.append(max(image["wrong"], default=-1.0)), weights.append(weight)
        return roc_auc_score(truth, scores, sample_weight=weights)

    return {"images": content, "area": area(False), "weighted": area(True)}


out = {"cases": [case(40, 8), case(60, 1000), case(25, 4)]}
path = pathlib.Path(__file__).parent / "expected" / "afroc.json"
path.write_text(json.dumps(out, indent=1) + "\n")
