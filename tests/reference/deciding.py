"""Makes expected/deciding.json: temperatures by scikit-learn and SciPy, and answers of several classes by MAPIE.

    pip install scikit-learn==1.9.1 mapie==1.6.0
    python tests/reference/deciding.py
"""

import json
import pathlib
import warnings

import mapie
import numpy as np
import scipy
import sklearn
from mapie.classification import SplitConformalClassifier
from mapie.metrics.classification import classification_coverage_score, classification_mean_width_score
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261130)


class Given(ClassifierMixin, BaseEstimator):
    """A model whose answers are given: `decision_function` and `predict_proba` of a row are the row."""

    def __init__(self, of):
        self.of = of

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return X[:, 1] - X[:, 0] if X.shape[1] == 2 else X

    def predict_proba(self, X):
        return X if self.of == "probabilities" else softmax(X, axis=1)

    def predict(self, X):
        return X.argmax(axis=1)


def rows(n, classes, sure):
    """Logits that are `sure` times as extreme as they should be."""
    shares = rng.dirichlet(np.full(classes, 0.7), n)
    truth = np.array([rng.choice(classes, p=share) for share in shares])
    logits = sure * np.log(shares + 1e-4) + rng.normal(scale=0.3, size=(n, classes))
    return truth, logits.astype(np.float32).astype(np.float64)


def temperature(truth, logits):
    def loss(inverse):
        return -log_softmax(logits * inverse, axis=1)[np.arange(len(truth)), truth].mean()

    best = minimize_scalar(lambda log: loss(np.exp(log)), bounds=(-4, 4), method="bounded", options={"xatol": 1e-12})
    found = float(np.exp(-best.x))
    of_sklearn = CalibratedClassifierCV(FrozenEstimator(Given("logits").fit(logits, truth)), method="temperature")
    calibrated = of_sklearn.fit(logits, truth).predict_proba(logits)
    # scikit-learn stops its search earlier than SciPy does here.
    assert np.abs(calibrated - softmax(logits / found, axis=1)).max() < 1e-4
    return found


def loss(truth, p):
    """Of probabilities as models give them, in 32 bits; of two classes that of the second."""
    p = p.astype(np.float32).astype(np.float64)
    return log_loss(truth, p[:, 1] if p.shape[1] == 2 else p, labels=range(p.shape[1]))


def answers(truth, p, test_truth, test_p, miss):
    model = SplitConformalClassifier(
        Given("probabilities").fit(p, truth), confidence_level=1 - miss, conformity_score="lac", prefit=True
    )
    model.conformalize(p, truth)
    sets = model.predict_set(test_p)[1][:, :, 0]
    return {
        "miss": miss,
        "score": float(np.ravel(model._mapie_classifier.conformity_score_function_.quantiles_)[0]),
        "named": sets.sum(axis=1).tolist(),
        "covered": [bool(sets[at, t]) for at, t in enumerate(test_truth)],
        "coverage": float(np.ravel(classification_coverage_score(test_truth, sets[:, :, None]))[0]),
        "width": float(np.ravel(classification_mean_width_score(sets[:, :, None]))[0]),
    }


def case(name, n, classes, sure):
    truth, logits = rows(n, classes, sure)
    test_truth, test_logits = rows(60, classes, sure)
    found = temperature(truth, logits)
    soft = softmax(logits / found, axis=1)
    p = soft.astype(np.float32).astype(np.float64)
    test_p = softmax(test_logits / found, axis=1).astype(np.float32).astype(np.float64)
    return {
        "name": name,
        "truth": truth.tolist(),
        "logits": logits.tolist(),
        "test_truth": test_truth.tolist(),
        "test_logits": test_logits.tolist(),
        "temperature": found,
        "log_loss": [loss(truth, softmax(logits, axis=1)), loss(truth, soft)],
        "answers": [answers(truth, p, test_truth, test_p, miss) for miss in (0.05, 0.1, 0.25)],
    }


def main():
    out = {
        "versions": {"scikit-learn": sklearn.__version__, "mapie": mapie.__version__, "scipy": scipy.__version__},
        "cases": [
            case("two classes, too sure", 200, 2, 2.5),
            case("two classes, not sure enough", 150, 2, 0.4),
            case("four classes, too sure", 180, 4, 1.8),
        ],
    }
    to = pathlib.Path(__file__).parent / "expected" / "deciding.json"
    to.write_text(json.dumps(out, indent=0) + "\n")


if __name__ == "__main__":
    main()
