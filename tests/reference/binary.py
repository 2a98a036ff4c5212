"""Makes expected/binary.json: figures of scores for one finding, by scikit-learn, statsmodels and SciPy.

    pip install scikit-learn==1.9.1 statsmodels==0.15.0
    python tests/reference/binary.py
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn import metrics

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261129)


def calibration(truth, p, weights):
    """Logistic regression on the log odds, and with them as offset."""
    if truth.min() == truth.max():
        return None
    edge = np.finfo(np.float64).eps
    clipped = np.clip(p, edge, 1 - edge)
    odds = np.log(clipped / (1 - clipped))
    family = sm.families.Binomial()
    fit = sm.GLM(truth, sm.add_constant(odds), family=family, freq_weights=weights).fit(tol=1e-14, maxiter=200)
    large = sm.GLM(truth, np.ones(len(truth)), family=family, offset=odds, freq_weights=weights).fit(
        tol=1e-14, maxiter=200
    )
    return {"slope": fit.params[1], "intercept": large.params[0]}


def at(truth, p, weights, threshold):
    called = p >= threshold
    tn, fp, fn, tp = metrics.confusion_matrix(truth, called, labels=[0, 1], sample_weight=weights).ravel()

    def share(part, whole):
        return part / whole if whole > 0 else None

    both = tp + fn > 0 and tn + fp > 0
    mixed = min(tp + fp, tp + fn, tn + fp, tn + fn) > 0
    n = weights.sum()
    return {
        "threshold": threshold,
        "sensitivity": share(tp, tp + fn),
        "specificity": share(tn, tn + fp),
        "ppv": share(tp, tp + fp),
        "npv": share(tn, tn + fn),
        "accuracy": metrics.accuracy_score(truth, called, sample_weight=weights),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, called, sample_weight=weights) if both else None,
        "f1": metrics.f1_score(truth, called, sample_weight=weights) if tp + fp + fn > 0 else None,
        "mcc": metrics.matthews_corrcoef(truth, called, sample_weight=weights) if mixed else None,
        "net_benefit": (tp - fp * threshold / (1 - threshold)) / n if threshold < 1 else None,
    }


def delong(truth, a, b):
    """By the definition: every pair of an image with the finding and one without."""

    def parts(p):
        psi = (p[truth == 1][:, None] > p[truth == 0][None]) + 0.5 * (p[truth == 1][:, None] == p[truth == 0][None])
        return psi.mean(axis=1), psi.mean(axis=0), psi.mean()

    a10, a01, auc_a = parts(a)
    b10, b01, auc_b = parts(b)
    m, n = len(a10), len(a01)
    s10, s01 = np.cov(a10, b10), np.cov(a01, b01)
    s = s10 / m + s01 / n
    variance = s[0, 0] + s[1, 1] - 2 * s[0, 1]
    z = (auc_b - auc_a) / np.sqrt(variance)
    return {
        "areas": [auc_a, auc_b],
        "variances": [s[0, 0], s[1, 1]],
        "covariance": s[0, 1],
        "p": 2 * scipy.stats.norm.sf(abs(z)),
    }


def case(name, truth, p, weights=None, compared=True):
    truth = np.asarray(truth)
    p = np.round(np.asarray(p, dtype=np.float64), 6)
    weights = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    there = weights > 0
    t, q, w = truth[there], p[there], weights[there]
    both = t.min() != t.max()
    other = np.round(np.clip(p + rng.normal(scale=0.2, size=len(p)), 0, 1), 3)
    bins = []
    index = np.clip(np.ceil(q * 10).astype(int), 1, 10) - 1
    for b in range(10):
        inside = index == b
        bins.append([w[inside].sum(), (w * t)[inside].sum(), (w * q)[inside].sum()])
    roc = metrics.roc_curve(t, q, sample_weight=w, drop_intermediate=False) if both else None
    return {
        "name": name,
        "truth": truth.tolist(),
        "scores": p.tolist(),
        "weights": weights.tolist(),
        "auroc": metrics.roc_auc_score(t, q, sample_weight=w) if both else None,
        "average_precision": metrics.average_precision_score(t, q, sample_weight=w) if t.max() == 1 else None,
        "roc": [list(map(float, side)) for side in roc[:2]] if both else None,
        "brier": metrics.brier_score_loss(t, q, sample_weight=w, pos_label=1) if both else None,
        "log_loss": metrics.log_loss(t, q, sample_weight=w, labels=[0, 1]),
        "calibration": calibration(t, q, w) if len(np.unique(q)) > 2 else None,
        "bins": bins,
        "at": [at(t, q, w, threshold) for threshold in (0.1, 0.3, 0.5, 0.9)],
        "other": other.tolist(),
        "delong": delong(truth, p, other) if both and compared and weights.min() == 1 else None,
    }


def scored(n, prevalence, shift):
    truth = (rng.random(n) < prevalence).astype(int)
    logits = rng.normal(size=n) + shift * truth - shift / 2
    return truth, 1 / (1 + np.exp(-logits))


def main():
    truth, p = scored(400, 0.3, 1.2)
    cases = [case("plain", truth, p)]
    truth, p = scored(300, 0.1, 2.0)
    cases.append(case("ties", truth, np.round(p, 1)))
    truth, p = scored(200, 0.5, 0.8)
    cases.append(case("weighted", truth, p, rng.integers(0, 5, 200)))
    truth, p = scored(150, 0.4, 0.0)
    cases.append(case("by chance", truth, p))
    truth, p = scored(120, 0.4, 1.0)
    p[:4] = [0.0, 1.0, 0.0, 1.0]
    cases.append(case("certain", truth, p))
    cases.append(case("constant", [0, 1, 1, 0, 1], [0.5] * 5, compared=False))
    cases.append(case("one kind", [1, 1, 1], [0.2, 0.6, 0.9], compared=False))
    out = {
        "versions": {"scikit-learn": sklearn.__version__, "statsmodels": statsmodels.__version__},
        "cases": cases,
    }
    to = pathlib.Path(__file__).parent / "expected" / "binary.json"
    to.write_text(json.dumps(out, indent=0) + "\n")


if __name__ == "__main__":
    main()
