#!/bin/sh
# datumaro 1.13.12, pycocotools 2.0.11.
#
# One would guess: boxes added to a COCO set that is read, and written again, get identifiers that none has.
# Seen: the first new box gets the greatest identifier that is there, a second time. pycocotools keeps annotations by
# identifier: of the two boxes, on two images, one is gone from loadAnns, and evaluation sees that one twice.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q datumaro==1.13.12 pycocotools==2.0.11
cat > "$dir/try.py" <<'PY'
import json, os, sys
import datumaro, numpy as np
from PIL import Image
from pycocotools.coco import COCO

root = sys.argv[1] + "/set"
os.makedirs(root + "/images/train")
os.makedirs(root + "/annotations")
for number, name in enumerate("ab"):
    Image.fromarray(np.full((40, 50, 3), number, np.uint8)).save(f"{root}/images/train/{name}.png")
json.dump({
    "images": [{"id": i, "file_name": f"{n}.png", "width": 50, "height": 40} for i, n in ((1, "a"), (2, "b"))],
    "categories": [{"id": 1, "name": "mass"}],
    "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "area": 200, "iscrowd": 0}],
}, open(root + "/annotations/instances_train.json", "w"))
dataset = datumaro.Dataset.import_from(root, "coco_instances")
for item in list(dataset):
    if item.id == "b":
        item.annotations.append(datumaro.Bbox(3, 3, 5, 5, label=0))
        item.annotations.append(datumaro.Bbox(20, 3, 5, 5, label=0))
        dataset.put(item)
out = sys.argv[1] + "/out"
dataset.export(out, "coco_instances", save_media=True)
path = out + "/annotations/instances_train.json"
written = json.load(open(path))["annotations"]
print("written", sorted((a["id"], a["image_id"]) for a in written))
coco = COCO(path)
known = coco.loadAnns(coco.getAnnIds())
print("known to pycocotools", [(a["id"], a["image_id"]) for a in known])
assert sorted(a["id"] for a in written) == [7, 7, 8]
assert len({(a["id"], a["image_id"]) for a in known}) == 2
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py" "$dir"
