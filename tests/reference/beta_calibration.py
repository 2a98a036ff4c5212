"""Writes expected/beta_calibration.json: scores calibrated by betacal (the authors' own) and by statsmodels.

    python tests/reference/beta_calibration.py

With betacal, scikit-learn, statsmodels and numpy installed. betacal stops its optimiser early; statsmodels fits the same
regression to its end. Where a weight is negative it is left out, and the rest fitted anew.
"""

import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from betacal import BetaCalibration
from sklearn.metrics import brier_score_loss, log_loss


def fit(scores, right):
    x = np.column_stack([np.log(scores), -np.log1p(-scores)])

    def logit(columns):
        design = np.column_stack([x[:, columns], np.ones(len(x))])
        return sm.Logit(right, design).fit(disp=0, tol=1e-12, maxiter=200).params

    a, b, c = logit([0, 1])
    if a < 0:
        b, c = logit([1])
        return [0.0, b, c]
    if b < 0:
        a, c = logit([0])
        return [a, 0.0, c]
    return [a, b, c]


def case(rng, count, odds):
    scores = np.round(rng.beta(1.2, 1.6, count), 5).clip(0.01, 0.99)
    right = (rng.uniform(size=count) < 1 / (1 + np.exp(-odds(scores)))).astype(int)
    at = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]
    theirs = BetaCalibration(parameters="abm").fit(scores.reshape(-1, 1), right)
    return {
        "scores": scores.tolist(),
        "right": right.tolist(),
        "statsmodels": [float(v) for v in fit(scores, right)],
        "at": at,
        "betacal": [float(v) for v in theirs.predict(np.array(at).reshape(-1, 1))],
        "own_brier_and_log_loss": [float(brier_score_loss(right, scores)), float(log_loss(right, scores))],
    }


def main():
    rng = np.random.default_rng(11)
    cases = [
        # Too sure, too timid, and two where one weight is left out.
        case(rng, 400, lambda s: 0.6 * np.log(s) - 0.5 * np.log1p(-s) - 0.8),
        case(rng, 400, lambda s: 1.8 * np.log(s) - 2.2 * np.log1p(-s) + 0.3),
        case(rng, 300, lambda s: -1.2 * np.log(s) - 2.5 * np.log1p(-s) - 2.5),
        case(rng, 300, lambda s: 2.5 * np.log(s) + 1.0 * np.log1p(-s) + 2.5),
    ]
    for one in cases:
        print([round(v, 3) for v in one["statsmodels"]])
    path = Path(__file__).parent / "expected" / "beta_calibration.json"
    path.write_text(json.dumps({"cases": cases}) + "\n")


main()
