#!/bin/sh
# statsmodels 0.15.0 beside irrCAC 0.4.4 and krippendorff 0.9.0.
#
# One would guess: a reading that is not there, NaN as pandas and numpy write it, is left out of Fleiss' kappa, as irrCAC and
# krippendorff leave it out; or it is refused.
# Seen: aggregate_raters makes a class "nan" of it, in which the readers who did not read an image agree with each other and
# differ from those who did. Five images, three readers, one image on which two differ, two images that only two have read:
# 0.338 from statsmodels, 0.732 from irrCAC, 0.714 from krippendorff (another coefficient, near Fleiss' here). Without that
# column fleiss_kappa has no answer: it ends in an AssertionError without a word.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q statsmodels==0.15.0 irrCAC==0.4.4 krippendorff==0.9.0 numpy==1.26.4
cat > "$dir/try.py" <<'PY'
import krippendorff
import numpy as np, pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

not_read = np.nan
images = np.array([[0, 0, 0], [1, 1, 1], [0, 0, not_read], [1, 1, not_read], [0, 1, 0]])
table, classes = aggregate_raters(images)
print("classes", classes, "table", table.tolist())
assert len(classes) == 3 and np.isnan(classes[-1]) and table[:, 2].tolist() == [0, 0, 1, 1, 0]
statsmodels = fleiss_kappa(table)
irrcac = CAC(pd.DataFrame(images)).fleiss()["est"]["coefficient_value"]
alpha = krippendorff.alpha(images.T, level_of_measurement="nominal")
print(f"statsmodels {statsmodels:.3f}, irrCAC {irrcac:.3f}, krippendorff's alpha {alpha:.3f}")
assert (round(statsmodels, 3), round(irrcac, 3), round(alpha, 3)) == (0.338, 0.732, 0.714)
try:
    fleiss_kappa(table[:, :2])
    raise SystemExit("fleiss_kappa takes images that not all have read now")
except AssertionError as error:
    print("without the column: AssertionError", repr(str(error)))
    assert str(error) == ""
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
