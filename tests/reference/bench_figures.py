"""Times the figures of `overread bench figures` in scikit-learn, on the same invented images and groups.

    pip install scikit-learn==1.9.1
    overread bench figures --images 10000 --draws 2000
    python tests/reference/bench_figures.py 10000 100

Draws take equally long, so that a hundred of them tell what two thousand take.
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")


def even(at):
    return (at * 2_654_435_761 % 2**32) / 2**32


def of(truth, p):
    called = p >= 0.5
    odds = np.log(p / (1 - p))[:, None]
    both = metrics.confusion_matrix(truth, called, labels=[0, 1]).ravel()
    index = np.clip(np.ceil(p * 10).astype(int), 1, 10) - 1
    apart = np.abs(np.bincount(index, p - truth, 10)).sum() / len(p)
    return [
        metrics.roc_auc_score(truth, p),
        LogisticRegression(penalty=None, tol=1e-8).fit(odds, truth).coef_[0, 0],
        (both[3] - both[1]) / len(truth),
        metrics.recall_score(truth, called),
        metrics.recall_score(1 - truth, ~called),
        metrics.precision_score(truth, called),
        metrics.precision_score(1 - truth, ~called),
        metrics.balanced_accuracy_score(truth, called),
        metrics.f1_score(truth, called),
        metrics.average_precision_score(truth, p),
        metrics.matthews_corrcoef(truth, called),
        metrics.brier_score_loss(truth, p),
        metrics.log_loss(truth, p),
        apart,
        metrics.accuracy_score(truth, called),
        metrics.cohen_kappa_score(truth, called),
    ]


def main():
    images, draws = int(sys.argv[1]), int(sys.argv[2])
    at = np.arange(images, dtype=np.int64)
    truth = (even(at) < 0.3).astype(int)
    logit = 4 * even(at + 1_000_003) - 2 + np.where(truth == 1, 0.8, -0.8)
    p = (1 / (1 + np.exp(-logit))).astype(np.float32).astype(np.float64)
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    values = [of(truth, p)]
    for _ in range(draws):
        groups = rng.integers(0, (images + 1) // 2, (images + 1) // 2)
        drawn = np.concatenate([2 * groups, 2 * groups + 1])
        drawn = drawn[drawn < images]
        values.append(of(truth[drawn], p[drawn]))
    seconds = time.perf_counter() - started
    low, high = np.percentile([value[0] for value in values[1:]], [2.5, 97.5])
    print(json.dumps({"images": images, "draws": draws, "seconds": seconds, "auroc": values[0][0], "interval": [low, high]}))


if __name__ == "__main__":
    main()
