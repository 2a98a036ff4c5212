"""Times the head of `overread bench head` in scikit-learn, on the same invented features, one after the other.

    pip install scikit-learn==1.9.1
    python tests/reference/bench_head.py target/release/overread [IMAGES FEATURES CLASSES]

Both learn once, then again after corrections from where they were (`warm_start`): Overread after twenty, scikit-learn, which
takes longer, after three. scikit-learn runs until its own tolerance is reached, in single precision and in double.
THREADS (2) may be set in the environment.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import warnings

threads = os.environ.get("THREADS", "2")
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads, RAYON_NUM_THREADS=threads)

import numpy as np
from sklearn.linear_model import LogisticRegression

CORRECTIONS, FACTORS = 3, 16
warnings.filterwarnings("ignore")


def even(at):
    z = (at * 0x9E3779B9) & 0xFFFFFFFF
    z = ((z ^ (z >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    z = ((z ^ (z >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (z ^ (z >> 16)) / 2**32


def normal(at):
    first = (at * 4) & 0xFFFFFFFF
    return (sum(even((first + more) & 0xFFFFFFFF) for more in range(4)) - 2) * 3**0.5


def invented(rows, width, classes):
    count = lambda start, size: np.arange(size, dtype=np.uint64) + np.uint64(start)
    loads = normal(count(0x40000000, width * FACTORS)).reshape(width, FACTORS)
    factors = normal(count(0x20000000, rows * FACTORS)).reshape(rows, FACTORS)
    own = even(count(0, rows * width)).reshape(rows, width) - 0.5
    x = np.maximum(0.25 * (factors @ loads.T) + own + 0.5, 0).astype(np.float32)
    noise = normal(count(0x60000000, rows * classes)).reshape(rows, classes)
    return x, (factors[:, np.arange(classes) % FACTORS] + 0.7 * noise).argmax(1)


def theirs(x, truth, classes):
    model = LogisticRegression(C=1, max_iter=100_000, warm_start=True)
    truth = truth.copy()

    def learn():
        started = time.perf_counter()
        model.fit(x, truth).predict_proba(x)
        return time.perf_counter() - started

    first = learn()
    again = []
    for correction in range(CORRECTIONS):
        row = correction * 37 % len(x)
        truth[row] = (truth[row] + 1) % classes
        again.append(learn())
    return first, statistics.median(again), max(again)


def main():
    overread = sys.argv[1]
    rows, width, classes = (int(word) for word in (sys.argv[2:] or ["5000", "512", "5"]))
    command = [overread, "bench", "head", "--images", rows, "--features", width, "--classes", classes, "--json"]
    ours = json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)
    print(f"{rows} x {width}, {classes} classes, {threads} threads: milliseconds")
    line = "| {:22} | {:>8.0f} | {:>8.0f} | {:>8.0f} |"
    print("| | first | again, median | again, most |\n|---|---|---|---|")
    print(line.format("Overread", *(1e3 * ours[k] for k in ["first_seconds", "again_median_seconds", "again_largest_seconds"])), flush=True)
    x, truth = invented(rows, width, classes)
    for kind in [np.float32, np.float64]:
        seconds = theirs(x.astype(kind), truth, classes)
        print(line.format(f"scikit-learn, {np.dtype(kind).name}", *(1e3 * s for s in seconds)), flush=True)


if __name__ == "__main__":
    main()
