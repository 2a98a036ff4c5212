"""Writes expected/logistic.json: logistic regressions by scikit-learn, and toward a model's own logits by SciPy.

    pip install scikit-learn==1.9.1
    python tests/reference/logistic.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression


def pooled(rng, rows, width, classes):
    """Features as a network's last stage pools them: not negative, of one direction, of different size."""
    truth = rng.integers(0, classes, rows)
    factors = rng.normal(size=(rows, 6)) + 1.2 * np.eye(classes, 6)[truth]
    mixed = factors @ rng.normal(size=(6, width)) + rng.normal(size=(rows, width)) + 1
    return np.round(np.maximum(mixed, 0) * rng.uniform(0.2, 3, width), 4), truth


def regression(c):
    return LogisticRegression(C=c, tol=1e-10, max_iter=100_000)


def classes(rng, rows, width, count, c, weighted):
    x, truth = pooled(rng, rows, width, count)
    weights = np.round(rng.uniform(0, 3, rows), 3) if weighted else None
    fitted = regression(c).fit(x, truth, sample_weight=weights)
    return {
        "features": x.ravel().tolist(), "width": width, "answers": count, "classes": truth.tolist(), "c": c,
        "weights": None if weights is None else weights.tolist(),
        "coefficients": fitted.coef_.tolist(), "intercepts": fitted.intercept_.tolist(),
        "probabilities": fitted.predict_proba(x).ravel().tolist(),
    }


def findings(rng, rows, width, count):
    x, truth = pooled(rng, rows, width, count)
    known = np.stack([truth == at for at in range(count)], 1) | (rng.uniform(size=(rows, count)) < 0.15)
    unknown = rng.uniform(size=(rows, count)) < 0.3
    fits = [regression(1.0).fit(x[~unknown[:, at]], known[~unknown[:, at], at]) for at in range(count)]
    stated = [[None if unknown[i, k] else bool(known[i, k]) for k in range(count)] for i in range(rows)]
    return {
        "features": x.ravel().tolist(), "width": width, "answers": count, "findings": sum(stated, []), "c": 1.0,
        "probabilities": np.stack([one.predict_proba(x)[:, 1] for one in fits], 1).ravel().tolist(),
    }


def toward(rng, rows, width, count, c, shares=False):
    """sum of the weighted cross-entropy of softmax(o + W x + b), and (|W|^2 + |b|^2) / (2 C)."""
    x, truth = pooled(rng, rows, width, count)
    o = np.round(rng.normal(size=(rows, count)) + 2 * np.eye(count)[truth], 4)
    hot, ones = np.eye(count)[truth], np.column_stack([x, np.ones(rows)])
    s = np.ones(rows)
    if shares:
        # The first half is true by a tenth of its weight as far as another model says.
        half = rows // 2
        hot[:half], s[:half] = np.round(softmax(o[:half] + rng.normal(size=(half, count)), 1), 4), 0.1
        hot[:half, -1] = np.round(1 - hot[:half, :-1].sum(1), 4)

    def loss(flat):
        w = flat.reshape(count, width + 1)
        z = o + ones @ w.T
        residual = s[:, None] * (softmax(z, 1) - hot)
        return -(s[:, None] * hot * log_softmax(z, 1)).sum() + flat @ flat / (2 * c), (residual.T @ ones + w / c).ravel()

    found = minimize(loss, np.zeros(count * (width + 1)), jac=True, method="L-BFGS-B",
                     options={"maxiter": 100_000, "maxfun": 100_000, "ftol": 1e-16, "gtol": 1e-9})
    w = found.x.reshape(count, width + 1)
    return {
        "features": x.ravel().tolist(), "width": width, "answers": count, "c": c,
        "classes": None if shares else truth.tolist(), "shares": hot.ravel().tolist() if shares else None,
        "weights": s.tolist() if shares else None, "offsets": o.ravel().tolist(), "probabilities": softmax(o + ones @ w.T, 1).ravel().tolist(),
    }


def main():
    rng = np.random.default_rng(19)
    cases = {
        "classes": [
            classes(rng, 150, 9, 4, 1.0, False),
            classes(rng, 150, 9, 3, 0.05, True),
            classes(rng, 150, 9, 2, 1.0, False),
            # More features than rows.
            classes(rng, 40, 60, 3, 1.0, False),
        ],
        "findings": findings(rng, 150, 8, 4),
        # Few rows and many, little and much freedom; two classes, whose logits are both there.
        "toward": [toward(rng, 12, 8, 3, 0.02), toward(rng, 120, 8, 3, 1.0), toward(rng, 60, 8, 2, 1e-9),
                   toward(rng, 90, 8, 3, 1.0, shares=True)],
    }
    path = Path(__file__).parent / "expected" / "logistic.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
