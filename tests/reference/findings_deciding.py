"""Makes expected/findings_deciding.json: the temperature of each finding by SciPy and scikit-learn, figures before and after by
scikit-learn, and answers that may be "not sure" by MAPIE.

Each finding has a logit of its own, is uncertain or not looked at on some images, and counts on the others alone.

    pip install scikit-learn==1.9.1 mapie==1.6.0
    python tests/reference/findings_deciding.py
"""

import json
import pathlib
import warnings

import mapie
import numpy as np
import scipy
import sklearn
from deciding import Given
from mapie.classification import SplitConformalClassifier
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss, log_loss

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261130)

NAMES = ["Effusion", "Mass", "Nodule"]
# How much surer each finding's logits are than they should be, and how rare it is.
SURE, SHIFT = [2.4, 0.5, 1.6], [0.0, -1.0, -2.0]
# What is said of a finding, as the test reads it.
ABSENT, PRESENT, UNCERTAIN, UNSEEN = 0, 1, 2, 3


def images(n):
    """Statements and logits of n images."""
    odds = rng.normal(scale=1.5, size=(n, 3)) + SHIFT
    truth = (rng.random((n, 3)) < expit(odds)).astype(int)
    logits = (odds * SURE + rng.normal(scale=0.2, size=(n, 3))).astype(np.float32).astype(np.float64)
    said = truth.copy()
    # What is uncertain or was not looked at is what the model is far off of, so that taking it in would be seen.
    for at in range(n):
        for finding in range(3):
            draw = rng.random()
            if draw < 0.15:
                said[at, finding] = UNCERTAIN if draw < 0.08 else UNSEEN
                logits[at, finding] = 9.0 * (1 - 2 * truth[at, finding])
    return said, logits


def known(said, logits, finding):
    which = said[:, finding] < 2
    return said[which, finding], logits[which, finding]


def temperature(truth, z):
    def loss(inverse):
        return np.logaddexp(0, np.where(truth == 1, -z, z) * inverse).mean()

    best = minimize_scalar(lambda log: loss(np.exp(log)), bounds=(-4, 4), method="bounded", options={"xatol": 1e-12})
    found = float(np.exp(-best.x))
    two = np.column_stack([np.zeros_like(z), z])
    of_sklearn = CalibratedClassifierCV(FrozenEstimator(Given("logits").fit(two, truth)), method="temperature")
    calibrated = of_sklearn.fit(two, truth).predict_proba(two)[:, 1]
    # scikit-learn stops its search earlier than SciPy does here.
    assert np.abs(calibrated - expit(z / found)).max() < 1e-4
    return found


def single(p):
    """Probabilities as models give them, in 32 bits."""
    return p.astype(np.float32).astype(np.float64)


def calibration_error(truth, p):
    """Over ten ranges, open on the left."""
    at = np.clip(np.ceil(p * 10).astype(int), 1, 10)
    return float(sum(abs((p[at == b] - truth[at == b]).sum()) for b in range(1, 11)) / len(p))


def figures(truth, p):
    p = single(p)
    return {
        "log_loss": log_loss(truth, p, labels=[0, 1]),
        "brier": brier_score_loss(truth, p),
        "calibration_error": calibration_error(truth, p),
    }


def answers(truth, p, test_truth, test_p, miss):
    two = lambda p: np.column_stack([1 - p, p])
    model = SplitConformalClassifier(
        Given("probabilities").fit(two(p), truth), confidence_level=1 - miss, conformity_score="lac", prefit=True
    )
    model.conformalize(two(p), truth)
    sets = model.predict_set(two(test_p))[1][:, :, 0]
    held = sets[np.arange(len(test_truth)), test_truth]
    return {
        "miss": miss,
        "score": float(np.ravel(model._mapie_classifier.conformity_score_function_.quantiles_)[0]),
        "covered": int(held.sum()),
        "covered_positives": int(held[test_truth == 1].sum()),
        "not_sure": int((sets.sum(axis=1) != 1).sum()),
        "neither": int((sets.sum(axis=1) == 0).sum()),
    }


def main():
    said, logits = images(160)
    test_said, test_logits = images(90)
    findings = []
    for at, name in enumerate(NAMES):
        truth, z = known(said, logits, at)
        test_truth, test_z = known(test_said, test_logits, at)
        found = temperature(truth, z)
        p, test_p = single(expit(z / found)), single(expit(test_z / found))
        findings.append(
            {
                "name": name,
                "images": len(truth),
                "positives": int(truth.sum()),
                "temperature": found,
                "own": figures(test_truth, expit(test_z)),
                "calibrated": figures(test_truth, expit(test_z / found)),
                "answers": [answers(truth, p, test_truth, test_p, miss) for miss in (0.05, 0.1, 0.3)],
            }
        )
    out = {
        "versions": {"scikit-learn": sklearn.__version__, "mapie": mapie.__version__, "scipy": scipy.__version__},
        "findings": findings,
        "said": said.tolist(),
        "logits": logits.tolist(),
        "test_said": test_said.tolist(),
        "test_logits": test_logits.tolist(),
    }
    to = pathlib.Path(__file__).parent / "expected" / "findings_deciding.json"
    to.write_text(json.dumps(out, indent=0) + "\n")


if __name__ == "__main__":
    main()
