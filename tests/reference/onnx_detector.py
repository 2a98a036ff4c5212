"""A detector leaves as ONNX, and what ONNX Runtime finds is compared with what the program finds, box by box: torchvision's
Faster R-CNN R50-FPN v2 with random weights, imported, and a light one that is trained here. Pictures have the size of the
network's input, so that nothing is resized. Ends with 1 where more than one box in a hundred is 0.01 pixel or a score 1e-4 or
more from the program's: of the random network's hundreds of like proposals, two whose overlap is the limit to the last digit
replace each other.

    python tests/reference/onnx_detector.py OVERREAD

Needs torch, torchvision, onnx, onnxruntime and Pillow. Tried with torch 2.15.0, torchvision 0.29.2, onnx 1.23.2,
onnxruntime 1.32.0.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from PIL import Image

overread = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp())
SIDE, COUNT = 256, 24
generator = np.random.default_rng(3)
worst = []


def run(*arguments):
    done = subprocess.run([overread, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def pictures():
    """Bright and striped rectangles on noise, with their boxes as COCO."""
    (folder / "source").mkdir()
    images, annotations = [], []
    for number in range(COUNT):
        grey = generator.normal(70, 12, (SIDE, SIDE))
        images.append({"id": number, "file_name": f"{number}.png", "width": SIDE, "height": SIDE})
        for kind in (1, 2):
            width, height = (int(side) for side in generator.integers(20, 130, 2))
            left, top = int(generator.integers(0, SIDE - width)), int(generator.integers(0, SIDE - height))
            part = grey[top : top + height, left : left + width]
            part += 70
            if kind == 2:
                part[::4] -= 90
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": kind, "iscrowd": 0,
                                "bbox": [left, top, width, height], "area": width * height})
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB").save(folder / "source" / f"{number}.png")
    categories = [{"id": 1, "name": "bright"}, {"id": 2, "name": "striped"}]
    (folder / "source" / "coco.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return sorted((folder / "source").glob("*.png"))


def judge(what, project, model, files):
    file = folder / f"{model}.onnx"
    print(run("models", "export", model, "--project", project, "--out", file).strip())
    onnx.checker.check_model(str(file), full_check=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    classes, prepared = json.loads(metadata["classes"]), json.loads(metadata["preprocessing_json"])
    channels = prepared["channels"]
    mean, std = (np.array(prepared[key], np.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
    lines = run("predict", "--project", project, "--model", model, *files, "--threshold", "0", "--json").splitlines()
    ours = [json.loads(line)["boxes"] for line in lines if line.startswith("{") and "boxes" in json.loads(line)]
    assert len(ours) == len(files), lines[:3]
    apart, count = [], 0
    for path, expected in zip(files, ours):
        rgb = np.asarray(Image.open(path), np.float32).transpose(2, 0, 1)[:channels] / 255
        boxes, found, labels = session.run(["boxes", "scores", "labels"], {"input": ((rgb - mean) / std)[None].astype(np.float32)})
        if len(boxes) != len(expected):
            worst.append(f"{what}: {len(boxes)} boxes against {len(expected)} of {path.name}")
            continue
        count += len(boxes)
        # By place, not by order: two scores that differ in the last digit may stand either way.
        free = list(range(len(boxes)))
        for one in expected:
            edges = np.array([one["xmin"], one["ymin"], one["xmax"], one["ymax"]])
            own = [at for at in free if classes[labels[at]] == one["class"]]
            if not own:
                apart.append((np.inf, np.inf))
                continue
            at = min(own, key=lambda at: np.abs(boxes[at] - edges).max())
            free.remove(at)
            apart.append((np.abs(boxes[at] - edges).max(), abs(found[at] - one["score"])))
    apart = np.array(apart)
    other = ((apart[:, 0] >= 0.01) | (apart[:, 1] >= 1e-4)).mean()
    pixels, scores = np.quantile(apart, 0.99, axis=0)
    print(f"{what:40} {count} boxes on {len(files)} pictures: 99 % within {pixels:.1e} px, scores {scores:.1e}; others {100 * other:.1f} %")
    if other > 0.01 or not count:
        worst.append(what)


files = pictures()
project = folder / "boxes.overread"
run("import", folder / "source", "--project", project)

torch.manual_seed(0)
network = torchvision.models.detection.fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=3)
# Statistics of what the layers see, or numbers grow from layer to layer until rounding shows.
for module in network.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.momentum = None
mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
seen = torch.stack([(torch.tensor(np.asarray(Image.open(path))).permute(2, 0, 1) / 255 - mean) / std for path in files[:4]])
with torch.no_grad():
    levels = network.backbone(seen)
    regions = [torch.tensor([[10.0, 10, 90, 120], [60, 40, 200, 220], [5, 100, 60, 250]])] * 4
    network.roi_heads.box_head(network.roi_heads.box_roi_pool(levels, regions, [(SIDE, SIDE)] * 4))
network.eval()
with torch.no_grad():
    for module, factor in [(network.rpn.head.cls_logits, 10), (network.rpn.head.bbox_pred, 3)]:
        module.weight.mul_(factor)
    network.roi_heads.box_predictor.cls_score.weight.mul_(6)
    network.roi_heads.box_predictor.bbox_pred.weight.mul_(2)
torch.save(network.state_dict(), folder / "theirs.pth")
run("models", "import", folder / "theirs.pth", "--project", project, "--arch", "fasterrcnn-resnet50-fpn-v2",
    "--classes", "bright,striped", "--size", SIDE)
judge("torchvision's R50-FPN v2, random", project, "theirs", files[:6])

run("split", "--project", project)
run("train", "--project", project, "--recipe", "boxes-light", "--set", "epochs=3", "--set", f"preprocessing.side={SIDE}")
judge("a light one, three epochs", project, "boxes-light", files)
shutil.rmtree(folder)
sys.exit("\n".join(["too large:", *worst]) if worst else 0)
