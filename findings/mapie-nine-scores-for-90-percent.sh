#!/bin/sh
# mapie 1.6.0, scikit-learn 1.9.1.
#
# One would guess: nine calibration scores are enough for intervals at 90 %: the k-th smallest with
# k = ceil((9 + 1) * 0.9) = 9 is the largest of them.
# Seen: nine are refused (the number must be greater than 1 / (1 - confidence), not equal to k's least), ten are taken.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q mapie==1.6.0 scikit-learn==1.9.1 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import numpy as np
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression

rng = np.random.default_rng(0)
x, y = rng.normal(size=(50, 1)), rng.normal(size=50)
for count in (9, 10):
    model = SplitConformalRegressor(LinearRegression(), confidence_level=0.9, prefit=False).fit(x, y)
    try:
        model.conformalize(x[:count], y[:count])
        model.predict_interval(np.zeros((1, 1)))
        taken = True
    except ValueError as error:
        print(count, "refused:", " ".join(str(error).split()))
        taken = False
    assert taken == (count == 10)
print("10 taken")
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
