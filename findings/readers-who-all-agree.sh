#!/bin/sh
# irrCAC 0.4.4, krippendorff 0.9.0, statsmodels 0.15.0.
#
# One would guess: of two readers who call all images by the same class, every program says the same of their agreement,
# be it that it is perfect or that no coefficient beyond chance is defined (0 / 0).
# Seen: three answers. irrCAC says 1.0 with an interval from 1 to 1 and p = 0; krippendorff raises ValueError; statsmodels
# gives nan.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q irrCAC==0.4.4 krippendorff==0.9.0 statsmodels==0.15.0 numpy==1.26.4
cat > "$dir/try.py" <<'PY'
import krippendorff, math
import numpy as np, pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import fleiss_kappa

readers = [[1] * 6, [1] * 6]
found = CAC(pd.DataFrame({"a": readers[0], "b": readers[1]})).fleiss()["est"]
print("irrCAC", found["coefficient_value"], found["confidence_interval"], "p", found["p_value"], "chance", found["pe"])
assert found["coefficient_value"] == 1.0 and tuple(found["confidence_interval"]) == (1.0, 1) and found["pe"] == 1.0
try:
    krippendorff.alpha(readers, level_of_measurement="nominal")
    raise SystemExit("krippendorff has an answer now")
except ValueError as error:
    print("krippendorff", error)
kappa = fleiss_kappa(np.array([[2, 0]] * 6))
print("statsmodels", kappa)
assert math.isnan(kappa)
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
