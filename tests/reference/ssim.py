"""Has scikit-image say how similar squares of values are, for `src/explain/truth/ssim.rs`.

    pip install scikit-image==0.26.0
    python tests/reference/ssim.py
"""

import json
import pathlib

import numpy as np
from skimage.metrics import structural_similarity

y, x = np.mgrid[0:64, 0:64].astype(np.float64)
square = lambda a, b: np.abs(np.sin(x * a) * np.cos(y * b))
of = lambda one, other: structural_similarity(
    one, other, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
)
one = square(0.11, 0.07)
found = {
    "near": of(one, square(0.12, 0.07)),
    "far": of(one, square(0.9, 0.5)),
    "turned": of(one, square(0.07, 0.11)),
    "empty": of(one, np.zeros_like(one)),
}
to = pathlib.Path(__file__).parent / "expected" / "ssim.json"
to.write_text(json.dumps(found, indent=1) + "\n")
