"""What other tools make of Overread's exports of real data.

    pip install pycocotools==2.0.11 label-studio-sdk==2.1.2 pydicom==3.0.2 numpy \\
        pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0
    python tests/reference/exports.py target/release/overread ../shared/data > tests/reference/expected/exports.json

COCO: pycocotools loads the file, finds the same boxes, and its evaluation of the truth against itself gives an average
precision of 1. Label Studio: the tasks pass the checks of its own SDK's converter to COCO, and a schema written from
its documentation (labelstud.io/guide/task_format and /predictions). YOLO: the rules of docs.ultralytics.com/datasets
/detect: data.yaml with train, val and names; for each picture a label file where "labels" stands for the last "images"
of its path; five numbers a line, class in range, shares within 0 and 1. DICOM: pydicom reads every de-identified file,
its pixel values are those of the source, and what names the patient is gone.
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import pydicom
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

overread, data = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def run(*words):
    done = subprocess.run([overread, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{words}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def number(value):
    return {"type": "number", "minimum": -1e-6, "maximum": value + 1e-6}


RESULT = {
    "type": "object",
    "required": ["id", "type", "from_name", "to_name", "value"],
    "properties": {"id": {"type": "string"}, "from_name": {"enum": ["label", "box"]}, "to_name": {"const": "image"}},
    "oneOf": [
        {
            "properties": {
                "type": {"const": "choices"},
                "value": {"required": ["choices"], "properties": {"choices": {"type": "array", "items": {"type": "string"}}}},
            }
        },
        {
            "required": ["original_width", "original_height", "image_rotation"],
            "properties": {
                "type": {"const": "rectanglelabels"},
                "value": {
                    "required": ["x", "y", "width", "height", "rotation", "rectanglelabels"],
                    "properties": {"x": number(100), "y": number(100), "width": number(100), "height": number(100)},
                },
            },
        },
    ],
}
TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["data", "annotations", "predictions"],
        "properties": {
            "data": {"required": ["image"], "properties": {"image": {"type": "string"}}},
            "annotations": {
                "type": "array",
                "items": {
                    "required": ["result"],
                    "properties": {
                        "result": {"type": "array", "items": RESULT},
                        "completed_by": {"required": ["email"]},
                        "was_cancelled": {"type": "boolean"},
                    },
                },
            },
            "predictions": {
                "type": "array",
                "items": {
                    "required": ["model_version", "score", "result"],
                    "properties": {"score": number(1), "result": {"type": "array", "items": RESULT}},
                },
            },
        },
    },
}


def coco(folder):
    found = {"images": 0, "annotations": 0, "area": 0.0, "average_precision": []}
    for file in sorted((folder / "annotations").glob("*.json")):
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(str(file))
            boxes = truth.loadAnns(truth.getAnnIds())
            for image in truth.loadImgs(truth.getImgIds()):
                assert (folder / "images" / image["file_name"]).is_file(), image["file_name"]
            found["images"] += len(truth.getImgIds())
            found["annotations"] += len(boxes)
            found["area"] += sum(box["area"] for box in boxes)
            if boxes:
                guess = truth.loadRes([
                    {"image_id": b["image_id"], "category_id": b["category_id"], "bbox": b["bbox"], "score": 1.0}
                    for b in boxes
                ])
                judge = COCOeval(truth, guess, "bbox")
                judge.evaluate(), judge.accumulate(), judge.summarize()
                found["average_precision"].append(round(float(judge.stats[0]), 6))
    found["area"] = round(found["area"], 3)
    return found


def label_studio(folder):
    tasks = json.loads((folder / "tasks.json").read_text())
    jsonschema.validate(tasks, TASKS)
    from label_studio_sdk.converter import Converter
    from label_studio_sdk._extensions.label_studio_tools.core.label_config import parse_config

    config = parse_config((folder / "label_config.xml").read_text())
    converter = Converter(config=(folder / "label_config.xml").read_text(), project_dir=str(folder))
    with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(io.StringIO()):
        converter.convert_to_json_min(str(folder / "tasks.json"), out, is_dir=False)
        least = json.loads((pathlib.Path(out) / "result.json").read_text())
    rectangles = sum(r["type"] == "rectanglelabels" for t in tasks for a in t["annotations"] for r in a["result"])
    converted = sum(len(task.get("box", [])) for task in least)
    return {"tasks": len(tasks), "rectangles": rectangles, "controls": sorted(config), "converted_rectangles": converted}


def yolo(folder):
    names, section, splits = {}, None, {}
    for line in (folder / "data.yaml").read_text().splitlines():
        key, _, value = line.partition(":")
        if line.startswith("  ") and section == "names":
            names[int(key)] = value.strip().strip("'")
        else:
            section = key
            splits[key] = value.split("#")[0].strip()
    assert {"train", "val", "names"} <= set(splits), splits
    assert sorted(names) == list(range(len(names))), names
    found = {"pictures": 0, "label_files": 0, "boxes": 0, "names": list(names.values())}
    for split in {splits[key] for key in ("train", "val", "test") if key in splits}:
        for picture in sorted(p for p in (folder / split).rglob("*") if p.is_file()):
            found["pictures"] += 1
            before, after = str(picture).rsplit("/images/", 1)
            label = pathlib.Path(before + "/labels/" + after).with_suffix(".txt")
            if not label.is_file():
                continue
            found["label_files"] += 1
            for line in label.read_text().splitlines():
                kind, *shares = line.split()
                assert int(kind) in names and len(shares) == 4, line
                assert all(0 <= float(share) <= 1 for share in shares), line
                found["boxes"] += 1
    return found


def digest(file):
    return hashlib.sha256(pydicom.dcmread(file).pixel_array.tobytes()).hexdigest()


def dicom(work):
    """Every radiograph that pydicom decodes, cleaned: the same pixels, and nothing that names anybody."""
    project, out = work / "xray.overread", work / "clean"
    run("import", data / "dicom/xray", "--project", project, "--format", "folders", "--classes", "a,b", "--json")
    said = run("export", "--project", project, "--format", "csv", "--out", out, "--deidentify", "--dates", "shift", "--json")
    sources = {}
    for file in sorted((data / "dicom/xray").rglob("*.dcm")):
        try:
            sources.setdefault(digest(file), []).append(file)
        except Exception:
            pass
    same, other, kept = 0, 0, []
    for file in sorted(out.rglob("*.dcm")):
        clean = pydicom.dcmread(file)
        assert clean.PatientIdentityRemoved == "YES" and clean.DeidentificationMethodCodeSequence
        try:
            pixels = digest(file)
        except Exception:
            other += 1
            continue
        assert pixels in sources, file
        same += 1
        for old in map(pydicom.dcmread, sources[pixels][:1]):
            for word in ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "SOPInstanceUID", "StudyDate"):
                value = str(old.get(word) or "")
                if len(value) > 3 and str(clean.get(word) or "") == value:
                    kept.append(word)
            assert not [e for e in clean.iterall() if e.tag.is_private], file
    return {"written": said["images"], "same_pixels": same, "not_decoded_by_pydicom": other, "kept": sorted(set(kept))}


results = {}
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    for name, form in (("fracture-boxes", "coco"), ("chest-mass", "voc"), ("chest-lungs", "coco")):
        project = work / f"{name}.overread"
        run("import", data / name, "--project", project, "--format", form, "--json")
        outs = {}
        for to in ("coco", "label-studio", "yolo"):
            outs[to] = work / f"{name}-{to}"
            run("export", "--project", project, "--format", to, "--out", outs[to], "--json")
        results[name] = {"coco": coco(outs["coco"]), "label_studio": label_studio(outs["label-studio"]), "yolo": yolo(outs["yolo"])}
    results["dicom"] = dicom(work)
packages = ("pycocotools", "label-studio-sdk", "pydicom", "jsonschema")
json.dump({"versions": {name: importlib.metadata.version(name) for name in packages}, "results": results}, sys.stdout, indent=1)
print()
