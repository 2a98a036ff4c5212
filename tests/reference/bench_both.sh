#!/bin/bash
# Measures `overread bench` and PyTorch in turn, five times each, and prints the medians and their ratio as a table.
#
#     tests/reference/bench_both.sh [OVERREAD] [PYTHON]
#
# ROUNDS, ARCHS, TASKS, BATCH, SIZE, THREADS and TORCH_OPTIONS (--channels-last, --bf16) may be set in the environment.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
overread=${1:-target/release/overread}
python=${2:-python3}
rounds=${ROUNDS:-5} batch=${BATCH:-32} size=${SIZE:-224} threads=${THREADS:-$(nproc)}
export RAYON_NUM_THREADS=$threads
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for arch in ${ARCHS:-simple-cnn resnet18 resnet50 efficientnet-b0}; do
    for task in ${TASKS:-train infer}; do
        for _ in $(seq "$rounds"); do
            ours=$("$overread" bench "$task" --arch "$arch" --batch "$batch" --size "$size" --device cpu --json)
            # shellcheck disable=SC2086 # options are words
            theirs=$("$python" "$here/bench_torch.py" --arch "$arch" --task "$task" --batch "$batch" --size "$size" \
                --threads "$threads" ${TORCH_OPTIONS:-})
            printf '[%s, %s]\n' "$ours" "$theirs" >>"$results"
        done
    done
done
"$python" - "$results" <<'PYTHON'
import json, statistics, sys

cases = {}
for line in open(sys.argv[1]):
    ours, theirs = json.loads(line)
    cases.setdefault((ours["arch"], ours["task"]), []).append((ours, theirs))
print("| network | task | Overread, images/s | PyTorch, images/s | ratio | Overread, MB | PyTorch, MB |")
print("|---|---|---|---|---|---|---|")
for (arch, task), pairs in cases.items():
    speed = [statistics.median(side["images_per_second"] for side in sides) for sides in zip(*pairs)]
    peak = [statistics.median(side["peak_bytes"] or 0 for side in sides) / 1e6 for sides in zip(*pairs)]
    print(f"| {arch} | {task} | {speed[0]:.3g} | {speed[1]:.3g} | {speed[0] / speed[1]:.2f} | {peak[0]:.0f} | {peak[1]:.0f} |")
PYTHON
