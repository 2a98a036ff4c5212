#!/bin/sh
# pycocotools 2.0.11.
#
# One would guess: with params.maxDets = [1, 5, 10] (a film has few findings) the summary's first figure is AP at 10
# detections, as the lines below it are.
# Seen: the first figure looks for 100 detections by that number and is -1 where it is not in the list, while AP at 0.5 and
# at 0.75 beside it are of the last number of the list: -1, 1 and 1 of one box that is found.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q pycocotools==2.0.11 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import contextlib, io
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}
quiet = io.StringIO()
for most in ([1, 10, 100], [1, 5, 10]):
    with contextlib.redirect_stdout(quiet):
        truth = COCO()
        truth.dataset = {
            "info": {}, "images": [{"id": 1, "width": 100, "height": 100}], "categories": [{"id": 1, "name": "mass"}],
            "annotations": [{**box, "id": 1, "area": 400, "iscrowd": 0}],
        }
        truth.createIndex()
        result = COCOeval(truth, truth.loadRes([{**box, "score": 0.9}]), "bbox")
        result.params.maxDets = most
        result.evaluate()
        result.accumulate()
        result.summarize()
    ap, ap50, ap75 = result.stats[:3]
    print(most, "AP", ap, "AP50", ap50, "AP75", ap75)
    assert min(ap50, ap75) > 0.999 and abs(ap - (1 if 100 in most else -1)) < 0.001
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
