#!/bin/sh
# label-studio-sdk 2.1.2 (its label-studio-converter).
#
# One would guess: one project exported as COCO, YOLO and Pascal VOC holds the same boxes.
# Seen, on one picture of 100 x 50 pixels with a box turned by 90 degrees by one annotator (it covers 40..60 x 10..30
# pixels as Label Studio draws it) and, by a second, an upright box with two labels:
# - COCO turns the box in shares of the width and height, not in pixels: 20..60 x 10..20, of another place and shape. Right
#   on square pictures only. It lists the picture once for each annotator and has the first of the two labels only.
#   file_name is the address in Label Studio, with a slash in front.
# - VOC and YOLO have the first annotator's work only, and the box as if it were not turned: 60..80 x 10..30.
# Nothing is said of any of it.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q label-studio-sdk==2.1.2
cat > "$dir/tasks.json" <<'J'
[{"id": 1, "data": {"image": "/data/upload/3/0a1b2c3d-knee.png"}, "annotations": [
 {"id": 11, "completed_by": {"email": "a@example.org", "first_name": "", "last_name": ""}, "created_at": "2026-01-01T00:00:00Z",
  "result": [{"id": "r", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 100,
   "original_height": 50, "image_rotation": 0,
   "value": {"x": 60, "y": 20, "width": 20, "height": 40, "rotation": 90, "rectanglelabels": ["mass"]}}]},
 {"id": 12, "completed_by": {"email": "b@example.org", "first_name": "", "last_name": ""}, "created_at": "2026-01-02T00:00:00Z",
  "result": [{"id": "s", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 100,
   "original_height": 50, "image_rotation": 0,
   "value": {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["mass", "cyst"]}}]}]}]
J
cat > "$dir/config.xml" <<'X'
<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">
<Label value="mass"/><Label value="cyst"/></RectangleLabels></View>
X
for format in COCO YOLO VOC; do
    "$dir/venv/bin/label-studio-converter" export -i "$dir/tasks.json" -o "$dir/$format" -f "$format" -c "$dir/config.xml" \
        > "$dir/$format.log" 2>&1
done
cat > "$dir/try.py" <<'PY'
import json, re, sys
root = sys.argv[1]
coco = json.load(open(root + "/COCO/result.json"))
names = {c["id"]: c["name"] for c in coco["categories"]}
boxes = [(a["image_id"], names[a["category_id"]], [round(v, 3) for v in a["bbox"]]) for a in coco["annotations"]]
print("COCO", [i["file_name"] for i in coco["images"]], boxes)
yolo = open(root + "/YOLO/labels/0a1b2c3d-knee.txt").read().split("\n")
print("YOLO", yolo)
voc = open(root + "/VOC/Annotations/0a1b2c3d-knee.xml").read()
corners = [int(v) for v in re.findall(r"<[xy]m[a-z]+>(\d+)<", voc)]
print("VOC", re.findall("<annotator>(.*)</annotator>", voc), corners)
assert [i["file_name"] for i in coco["images"]] == ["/data/upload/3/0a1b2c3d-knee.png"] * 2
assert boxes == [(0, "mass", [10, 10, 30, 20]), (1, "mass", [20, 10, 40, 10])], boxes
assert corners == [60, 10, 80, 30] and "a@example.org" in voc, corners
lines = [line for line in yolo if line]
assert len(lines) == 1, lines
assert [round(float(v), 3) for v in lines[0].split()[1:]] == [0.7, 0.4, 0.2, 0.4], lines
PY
"$dir/venv/bin/python" "$dir/try.py" "$dir"
