"""Has irrCAC, krippendorff and statsmodels say how far several readers agree, for `src/evaluation/raters.rs`.

    pip install irrCAC==0.4.4 krippendorff==0.9.0 statsmodels==0.15.0
    python tests/reference/agreement.py
"""

import json
import pathlib
import warnings

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

# irrCAC 0.4.4 asks pandas for what it will not give any more.
warnings.simplefilter("ignore", FutureWarning)


def table(seed, images, readers, classes, missing):
    """Readers who mostly see what is there, with answers left out by chance."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, images)
    seen = np.where(rng.random((images, readers)) < 0.6, truth[:, None], rng.integers(0, classes, (images, readers)))
    return np.where(rng.random((images, readers)) < missing, -1, seen)


def of(ratings, classes):
    answers = pd.DataFrame(np.where(ratings < 0, np.nan, ratings))
    # Without `digits` irrCAC rounds to five places.
    plain = CAC(answers, weights="identity", categories=list(range(classes)), digits=15)
    far = CAC(answers, weights="quadratic", categories=list(range(classes)), digits=15)
    value = lambda one: float(one["est"]["coefficient_value"])
    matrix = np.where(ratings < 0, np.nan, ratings).T.astype(float)
    found = {
        "ratings": [[None if one < 0 else int(one) for one in row] for row in ratings],
        "classes": classes,
        "observed": float(plain.gwet()["est"]["pa"]),
        "fleiss": value(plain.fleiss()),
        "ac1": value(plain.gwet()),
        "ac2": value(far.gwet()),
        "irrcac_alpha": value(plain.krippendorff()),
        "irrcac_alpha_interval": value(far.krippendorff()),
        "alpha": krippendorff.alpha(matrix, level_of_measurement="nominal", value_domain=list(range(classes))),
        "alpha_interval": krippendorff.alpha(matrix, level_of_measurement="interval", value_domain=list(range(classes))),
    }
    if (ratings >= 0).all():
        found["statsmodels_fleiss"] = float(fleiss_kappa(aggregate_raters(ratings, n_cat=classes)[0]))
    return found


tables = [
    of(table(1, 40, 3, 2, 0.0), 2),
    of(table(2, 60, 5, 5, 0.0), 5),
    of(table(3, 60, 4, 3, 0.3), 3),
    of(table(4, 200, 6, 5, 0.6), 5),
]
to = pathlib.Path(__file__).parent / "expected" / "agreement.json"
to.write_text(json.dumps(tables) + "\n")
for one in tables:
    print({key: value for key, value in one.items() if key != "ratings"})
