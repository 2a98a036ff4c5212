#!/bin/sh
# scikit-learn 1.9.1.
#
# One would guess: the quadratic weights of cohen_kappa_score are the squared differences of the grades, since grades are
# numbers: 1 and 3 are two apart.
# Seen: they go by the place of a grade among those that occur. Of readings with grades 0, 1, 3 and 4 the kappa is 0.778 as
# if 1 and 3 were neighbours, and 0.811 once labels=[0, 1, 2, 3, 4] is handed over.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q scikit-learn==1.9.1 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import numpy as np
from sklearn.metrics import cohen_kappa_score

first = np.array([0, 0, 1, 1, 3, 4, 4, 3])
second = np.array([0, 1, 1, 3, 3, 4, 3, 4])
as_found = cohen_kappa_score(first, second, weights="quadratic")
all_grades = cohen_kappa_score(first, second, weights="quadratic", labels=[0, 1, 2, 3, 4])
expected = np.mean((first[:, None] - second[None, :]) ** 2)
by_value = 1 - np.mean((first - second) ** 2) / expected
print(f"as found {as_found:.4f}, with all grades {all_grades:.4f}, by the grades' values {by_value:.4f}")
assert abs(all_grades - by_value) < 1e-12 and abs(as_found - 7 / 9) < 1e-9
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
