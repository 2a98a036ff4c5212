#!/bin/sh
# scikit-learn 1.9.1.
#
# One would guess: where no image of a test set has one of three findings, the averages of AUROC and of average precision
# treat that finding alike: all undefined, or all of the other two.
# Seen: macro AUROC is nan, weighted and micro AUROC are numbers; macro average precision is a number as well, in which the
# absent finding counts as 0, so that two findings told apart without a mistake come to 0.667.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q scikit-learn==1.9.1 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import math
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

truth = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
score = np.array([[0.9, 0.2, 0.3], [0.1, 0.8, 0.2], [0.7, 0.6, 0.1], [0.3, 0.1, 0.4]])
seen = {}
for average in ("macro", "weighted", "micro"):
    seen[average] = roc_auc_score(truth, score, average=average), average_precision_score(truth, score, average=average)
    print(average, "AUROC %.3f, average precision %.3f" % seen[average])
assert math.isnan(seen["macro"][0]) and seen["weighted"][0] == seen["micro"][0] == 1.0
assert abs(seen["macro"][1] - 2 / 3) < 1e-12 and seen["weighted"][1] == 1.0
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
