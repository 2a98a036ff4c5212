"""What numpy, SciPy and scikit-learn make of reading times and of repeated readings, for `src/evaluation/learning_curve.rs`,
`src/evaluation/repeats.rs` and `src/evaluation/readers.rs`.

    pip install numpy scipy scikit-learn
    python tests/reference/reading.py
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

# Times in ms of 23 readings in order, with equal ones among them.
times = [9100, 8700, 9100, 12050, 7400, 6900, 8800, 5100, 6100, 5100, 4800, 30500,
         5300, 4700, 4650, 4100, 5100, 3900, 4000, 4400, 3800, 4200, 2950]
for at in range(0, len(times), 10):
    block = times[at : at + 10]
    print("block", at, np.percentile(block, [25, 50, 75]).tolist())
print("all", np.percentile(times, [25, 50, 75]).tolist())
found = spearmanr(np.arange(len(times)), times)
print("spearman", repr(float(found.statistic)), repr(float(found.pvalue)))
tied = spearmanr(np.arange(4), [5, 5, 4, 3])
print("short", repr(float(tied.statistic)), repr(float(tied.pvalue)))

# The first and the second reading of 14 images by one reader, three classes.
first = [0, 1, 2, 0, 1, 1, 0, 2, 2, 0, 1, 0, 2, 0]
again = [0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 1, 0, 2, 2]
print("repeats", repr(accuracy_score(first, again)), repr(float(cohen_kappa_score(first, again))))

# Specific agreement of a class is F1, whichever of the two is taken for the truth.
one = [0, 1, 2, 3, 1, 1, 0, 2, 3, 3, 2, 1]
other = [0, 1, 3, 3, 0, 1, 1, 2, 3, 2, 2, 3]
print("specific", f1_score(one, other, labels=range(5), average=None, zero_division=0).tolist())
print("block", repr(float(cohen_kappa_score(one[:6], other[:6]))), repr(float(cohen_kappa_score(one[6:], other[6:]))))

# Scores of boxes recalibrated toward the model's own, for `src/evaluation/box_recalibration.rs`.
scores = np.array([0.9, 0.8, 0.85, 0.7, 0.6, 0.95, 0.3, 0.4, 0.55, 0.2, 0.75, 0.65])
right = np.array([1, 1, 0, 0, 0, 1, 0, 0, 1, np.nan, np.nan, np.nan])
z = logit(scores)
truth = np.where(np.isnan(right), scores, right)
weight = np.where(np.isnan(right), 0.1, 1.0)


def loss(t):
    odds = (1 + t[0]) * z + t[1]
    return (weight * (np.logaddexp(0, odds) - truth * odds)).sum() + (t**2).sum() / 2


def slope(t):
    d = weight * (expit((1 + t[0]) * z + t[1]) - truth)
    return np.array([(d * z).sum(), d.sum()]) + t


found = minimize(loss, np.zeros(2), jac=slope, method="BFGS", options={"gtol": 1e-13})
print("boxes", repr(float(1 + found.x[0])), repr(float(found.x[1])))
