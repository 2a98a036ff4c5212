#!/bin/sh
# scikit-learn 1.9.1.
#
# One would guess: after temperature scaling of a model with one decision value f, the calibrated probability is
# sigmoid(beta_ * f), with the beta_ that the calibrator shows: an exported model multiplies its logit by that.
# Seen: the value is spread to the two columns (-f, f) first, so that the probability is sigmoid(2 * beta_ * f): of a
# model whose logits are four times too large beta_ is 0.125 and not 0.25.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q scikit-learn==1.9.1 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(1)
x = rng.normal(size=(4000, 1))
y = (rng.random(4000) < 1 / (1 + np.exp(-1.5 * x[:, 0]))).astype(int)
model = LogisticRegression(C=1e6).fit(x, y)
# Four times too sure of itself.
model.coef_ *= 4
model.intercept_ *= 4
scaled = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(x, y)
beta = scaled.calibrated_classifiers_[0].calibrators[0].beta_
f, p = model.decision_function(x), scaled.predict_proba(x)[:, 1]
slope = np.polyfit(f, np.log(p / (1 - p)), 1)[0]
print(f"beta_ {beta:.4f}, slope of the calibrated logit over the decision value {slope:.4f}")
assert abs(beta - 0.125) < 0.001 and abs(slope - 0.25) < 0.001
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
