"""Makes expected/findings_metrics.json: figures of several findings an image by scikit-learn, on random and on nasty images.

What was not looked at (-1 in the truth) is taken out before scikit-learn sees it: from the column of a finding, from the
list of all pairs for micro averages, and with its whole image for figures over images. Where scikit-learn has no value
(nan, an error, or a stand-in of 0) null is written; macro averages are over the findings that have a value. Where all
was looked at and all is defined the averages are asserted to be those of average="macro" and average="micro".

    python tests/reference/findings_metrics.py      # scikit-learn 1.9.1
"""

import json
import math
import pathlib
import warnings

import numpy as np
from sklearn import metrics

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261130)
averaged = 0


def number(value):
    return None if value is None or math.isnan(value) else float(value)


def of_pairs(truth, scores, called):
    """Figures of a list of statements."""
    one = {"zero_division": np.nan}
    both = 0 < truth.sum() < len(truth)
    figures = {
        "auroc": metrics.roc_auc_score(truth, scores) if both else None,
        "average_precision": metrics.average_precision_score(truth, scores) if truth.any() else None,
        "sensitivity": metrics.recall_score(truth, called, **one) if len(truth) else None,
        "specificity": metrics.recall_score(truth, called, pos_label=0, **one) if len(truth) else None,
        "positive_predictive_value": metrics.precision_score(truth, called, **one) if len(truth) else None,
        "negative_predictive_value": metrics.precision_score(truth, called, pos_label=0, **one) if len(truth) else None,
        "f1": metrics.f1_score(truth, called, **one) if len(truth) else None,
        "brier": metrics.brier_score_loss(truth, scores, labels=[0, 1], pos_label=1) if len(truth) else None,
        "log_loss": metrics.log_loss(truth, scores, labels=[0, 1]) if len(truth) else None,
    }
    return {name: number(value) for name, value in figures.items()}


def check_averages(truth, scores, called, averages):
    global averaged
    averaged += 1
    for average, figures in averages.items():
        theirs = {
            "auroc": metrics.roc_auc_score(truth, scores, average=average),
            "average_precision": metrics.average_precision_score(truth, scores, average=average),
            "sensitivity": metrics.recall_score(truth, called, average=average),
            "positive_predictive_value": metrics.precision_score(truth, called, average=average),
            "f1": metrics.f1_score(truth, called, average=average),
        }
        for name, value in theirs.items():
            assert abs(value - figures[name]) < 1e-12, (average, name, value, figures[name])


def case(name, truth, scores, thresholds):
    truth, scores, thresholds = np.array(truth), np.float64(np.float32(scores)), np.array(thresholds)
    called = (scores >= thresholds).astype(int)
    seen = truth >= 0
    findings = [of_pairs(*(a[seen[:, k], k] for a in (truth, scores, called))) for k in range(truth.shape[1])]
    macro = {}
    for figure in findings[0]:
        values = [finding[figure] for finding in findings if finding[figure] is not None]
        macro[figure] = {"value": float(np.mean(values)) if values else None, "over": len(values)}
    # Column by column, as the micro average of scikit-learn does not mind.
    micro = of_pairs(*(a.T[seen.T] for a in (truth, scores, called)))
    if seen.all() and all(value is not None for finding in findings for value in finding.values()):
        means = {figure: both["value"] for figure, both in macro.items()}
        check_averages(truth, scores, called, {"macro": means, "micro": micro})
    whole = seen.all(axis=1)
    t, s, c = truth[whole], scores[whole], called[whole]
    over_images = None
    if len(t):
        over_images = {
            "exact_match": metrics.accuracy_score(t, c),
            "hamming_loss": metrics.hamming_loss(t, c),
            "coverage_error": metrics.coverage_error(t, s),
            "ranking_loss": metrics.label_ranking_loss(t, s),
            "ranking_average_precision": metrics.label_ranking_average_precision_score(t, s),
        }
        over_images = {name: number(value) for name, value in over_images.items()}
    return {"name": name, "truth": truth.tolist(), "probabilities": scores.tolist(), "thresholds": thresholds.tolist(),
            "findings": findings, "macro": macro, "micro": micro, "complete": int(whole.sum()),
            "over_images": over_images}


def random_truth(images, findings, share=0.3):
    return (rng.random((images, findings)) < share).astype(int)


def noisy(truth, sharpness=1.0):
    return 1 / (1 + np.exp(-(sharpness * (2 * np.maximum(truth, 0) - 1) + rng.normal(size=truth.shape))))


def hidden(truth, share):
    return np.where(rng.random(truth.shape) < share, -1, truth)


def main():
    cases = []
    truth = random_truth(60, 4)
    cases.append(case("all looked at", truth, noisy(truth), [0.5, 0.4, 0.6, 0.5]))
    truth = random_truth(80, 3)
    cases.append(case("equal scores", truth, np.round(noisy(truth), 1), [0.5, 0.5, 0.3]))
    truth = hidden(random_truth(70, 4), 0.2)
    cases.append(case("a fifth not looked at", truth, noisy(truth, 2.0), [0.5, 0.5, 0.5, 0.9]))
    truth = random_truth(30, 4)
    truth[:, 1], truth[:, 2] = 0, 1
    truth[0], truth[1] = 0, 1
    scores = noisy(truth)
    cases.append(case("findings never and always there", truth, scores, [0.5] * 4))
    truth = random_truth(20, 3)
    truth[3:6] = 0
    cases.append(case("constant scores", truth, np.full(truth.shape, 0.5), [0.5, 0.7, 0.2]))
    truth = hidden(random_truth(25, 3), 0.1)
    truth[:, 2] = -1
    cases.append(case("a finding never looked at", truth, noisy(truth), [0.5, 0.5, 0.5]))
    cases.append(case("nothing there in any image", np.zeros((6, 3), dtype=int), rng.random((6, 3)), [0.5] * 3))
    truth = random_truth(12, 3)
    extreme = np.where(rng.random(truth.shape) < 0.5, 0.0, 1.0)
    cases.append(case("probabilities of 0 and 1", truth, extreme, [0.5, 1.0, 0.0]))
    cases.append(case("one image", [[1, 0, 0]], [[0.2, 0.2, 0.1]], [0.5] * 3))
    assert averaged >= 2, averaged
    out = pathlib.Path(__file__).parent / "expected" / "findings_metrics.json"
    out.write_text(json.dumps({"cases": cases}) + "\n")
    print(len(cases), "cases; averages compared in", averaged, out.stat().st_size)


if __name__ == "__main__":
    main()
