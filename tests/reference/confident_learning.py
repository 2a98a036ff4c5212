"""Makes expected/confident_learning.json: likely label errors in random labels, by cleanlab 2.9.0.

    pip install cleanlab==2.9.0
    python tests/reference/confident_learning.py

Probabilities are rounded to f32 and handed over as f64, so that both sides add up the same numbers.
"""

import json
import pathlib
import warnings

import cleanlab
import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

warnings.filterwarnings("ignore")
assert cleanlab.__version__ == "2.9.0", cleanlab.__version__
rng = np.random.default_rng(20261130)
# Of equal numbers numpy takes one or the other, as the processor has it; here the first.
argsort = np.argsort
np.argsort = lambda a, *rest, **named: argsort(a, *rest, **(named | {"kind": "stable"}))
METHODS = ["self_confidence", "normalized_margin"]


def case(name, classes, images, noise, skill, weights=None):
    truth = rng.choice(classes, size=images, p=weights)
    labels = truth.copy()
    wrong = rng.random(images) < noise
    labels[wrong] = rng.integers(0, classes, wrong.sum())
    logits = rng.normal(size=(images, classes))
    logits[np.arange(images), truth] += skill
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p = p.astype(np.float32).astype(np.float64)
    margins = p[:, :, None] - p[:, None, :]
    for k in range(classes):
        for j in range(classes):
            mine = margins[labels == k, j, k]
            assert j == k or len(np.unique(mine)) == len(mine), "a tie, of which cleanlab leaves the order open"
    issues = find_label_issues(labels, p, filter_by="prune_by_noise_rate", n_jobs=1)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "probabilities": [float(f"{x:.9g}") for x in p.ravel()],
        "thresholds": get_confident_thresholds(labels, p).tolist(),
        "joint": compute_confident_joint(labels, p).tolist(),
        "issues": np.flatnonzero(issues).tolist(),
        "scores": {m: get_label_quality_scores(labels, p, method=m).tolist() for m in METHODS},
        "ranked": {m: find_label_issues(labels, p, return_indices_ranked_by=m, n_jobs=1).tolist() for m in METHODS},
    }


cases = [
    case("two classes, some noise", 2, 200, 0.15, 2.5),
    case("two classes, one of them rare", 2, 150, 0.1, 2.0, [0.94, 0.06]),
    case("five grades", 5, 240, 0.2, 2.0),
    case("five grades that are hard to tell", 5, 200, 0.3, 0.6),
    case("a class with one or two images", 4, 80, 0.1, 2.0, [0.5, 0.3, 0.19, 0.01]),
    case("no noise, a good model", 3, 90, 0.0, 6.0),
    case("labels that mean nothing", 3, 90, 1.0, 3.0),
]
out = pathlib.Path(__file__).parent / "expected" / "confident_learning.json"
out.write_text(json.dumps(cases))
for one in cases:
    print(one["name"], "-", len(one["issues"]), "issues;", np.bincount(one["labels"], minlength=one["classes"]))
