"""Makes expected/metrics.json: classification figures of random predictions, by scikit-learn.

    python tests/reference/metrics.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20260101)


def calibration_error(truth, p, bins=10):
    """Guo et al. 2017, equation 3; scikit-learn has none."""
    confidence = p.max(axis=1).astype(np.float64)
    right = p.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def case(classes, images, ordinal, absent=None, ties=False):
    k = len(classes)
    truth = rng.integers(0, k, images)
    if absent is not None:
        truth[truth == absent] = 0
    logits = rng.normal(size=(images, k))
    logits[np.arange(images), truth] += 1.0
    if ties:
        logits = np.round(logits)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p = np.round(p, 1 if ties and k == 2 else 6).astype(np.float32)
    predicted = p.argmax(axis=1)
    labels = list(range(k))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=0
    )
    # Classes that are numbers are grades of a scale of which some may be missing.
    grades = np.array([int(name) for name in classes] if all(name.isdigit() for name in classes) else labels)
    graded, scale = (grades[truth], grades[predicted]), list(range(grades.min(), grades.max() + 1))
    if absent is not None:
        auc = None
    elif k == 2:
        auc = metrics.roc_auc_score(truth, p[:, 1])
    else:
        auc = float(np.mean([metrics.roc_auc_score(truth == c, p[:, c]) for c in labels]))
    report = {
        "images": images,
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "per_class": {
            name: {"precision": precision[i], "recall": recall[i], "f1": f1[i], "support": int(support[i])}
            for i, name in enumerate(classes)
        },
        "confusion_matrix": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "auc": auc,
        "calibration_error": calibration_error(truth, p),
    }
    if ordinal:
        report["quadratic_kappa"] = metrics.cohen_kappa_score(*graded, labels=scale, weights="quadratic")
        report["mean_absolute_error"] = metrics.mean_absolute_error(*graded)
    return {
        "ordinal": ordinal,
        "classes": classes,
        "truth": truth.tolist(),
        "probabilities": [[round(float(v), 6) for v in row] for row in p],
        "report": report,
        "kappa": metrics.cohen_kappa_score(truth, predicted, labels=labels),
        "linear_kappa": metrics.cohen_kappa_score(*graded, labels=scale, weights="linear"),
    }


cases = [
    case(["fractured", "intact"], 40, False),
    case(["fractured", "intact"], 60, False, ties=True),
    case(["0", "1", "2", "3", "4"], 80, True),
    case(["pronation", "neutral", "supination"], 30, True, absent=2),
    case(["0", "1", "3", "4"], 50, True),
]
out = pathlib.Path(__file__).parent / "expected" / "metrics.json"
out.write_text(json.dumps({"scikit_learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}) + "\n")
