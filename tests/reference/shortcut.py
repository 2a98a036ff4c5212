"""Makes expected/shortcut.json: how well one attribute tells the class, by scikit-learn, with the posterior of its
balanced accuracy (Brodersen et al. 2010) by SciPy, and bins at quantiles by NumPy.

    python tests/reference/shortcut.py
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(20261121)
rules = []
for classes, values, images, strength in [(2, 2, 240, 0.3), (2, 6, 300, 0.0), (3, 4, 260, 0.2), (5, 9, 400, 0.1)]:
    labels = rng.integers(0, classes, images)
    # Classes of different sizes.
    labels = np.where(rng.random(images) < 0.25, 0, labels)
    attribute = np.where(rng.random(images) < strength, labels % values, rng.integers(0, values, images))
    folds = rng.integers(0, 5, images)
    tree = DecisionTreeClassifier(class_weight="balanced")
    one_hot = OneHotEncoder(sparse_output=False).fit_transform(attribute[:, None])
    said = cross_val_predict(tree, one_hot, labels, cv=PredefinedSplit(folds))
    recall = recall_score(labels, said, average=None)
    sizes = np.bincount(labels)
    right = np.round(recall * sizes).astype(int)
    draws = np.mean(
        [stats.beta(1 + r, 1 + n - r).rvs(1_000_000, random_state=rng) for r, n in zip(right, sizes)], axis=0
    )
    rules.append(
        {
            "values": attribute.tolist(),
            "labels": labels.tolist(),
            "folds": folds.tolist(),
            "balanced_accuracy": balanced_accuracy_score(labels, said),
            "low": float(np.quantile(draws, 0.025)),
        }
    )

numbers = np.round(rng.normal(100, 20, 150)).astype(float)
numbers[::3] = 64.0
edges = np.unique(np.quantile(numbers, np.arange(1, 8) / 8))
bins = np.searchsorted(edges, numbers, side="right")

out = pathlib.Path(__file__).parent / "expected" / "shortcut.json"
made_with = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit_learn": sklearn.__version__}
out.write_text(
    json.dumps({"made_with": made_with, "rules": rules, "numbers": numbers.tolist(), "bins": bins.tolist()})
)
