"""Makes expected/detector.json: names, detections, the four training losses and gradients of torchvision's Faster R-CNN on
weights by formula, on the CPU and in f64, Grad-CAM of two regions, what D-RISE sees of a box, and roi_align and nms on their own. The sampler takes
the first anchors and regions instead of random ones.

    python tests/reference/detector.py             the numbers
    python tests/reference/detector.py FILE K      whether a weight file of ours loads into fasterrcnn_resnet50_fpn_v2 with
                                                   K classes (the background is one) with strict=True
"""

import hashlib
import json
import pathlib
import sys

import torch
import torchvision
from torchvision.models.detection import FasterRCNN, fasterrcnn_resnet50_fpn_v2
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from clear import add, clear, picture, report
from formula import fill, rounded, values

CLASSES, SIZE = 3, 128
TARGETS = [([[10.0, 20.0, 70.0, 90.0], [64.5, 8.25, 120.0, 60.0], [90.0, 90.0, 106.0, 118.0]], [1, 3, 2]), ([], [])]
SPOTS = 20
# Masks of so many cells along each side, which the first picture is hidden behind.
MASKS, MASK_CELLS = 5, 4
# Regions of the first picture with the labels to explain: one read off the finest level, one off the next.
EXPLAINED = [([20.3, 31.7, 61.9, 88.2], 1), ([4.6, 7.3, 123.1, 120.8], 3)]


def identity(size):
    """What turns GeneralizedRCNNTransform into nothing."""
    return dict(min_size=size, max_size=size, image_mean=[0.0] * 3, image_std=[1.0] * 3)


def resnet50(size):
    # As many proposals as the check asks ours for; few, so that a tie does not decide.
    settings = dict(rpn_pre_nms_top_n_train=200, rpn_post_nms_top_n_train=100, rpn_pre_nms_top_n_test=100)
    settings |= dict(rpn_post_nms_top_n_test=50, box_batch_size_per_image=64, rpn_batch_size_per_image=64)
    return fasterrcnn_resnet50_fpn_v2(
        weights=None, weights_backbone=None, num_classes=CLASSES + 1, **identity(size), **settings
    )


def resnet18(size):
    """`Detector::light()` of src/domain/recipe/detector.rs with a narrower pyramid and head."""
    channels, units = 32, 48
    body = torchvision.models.resnet18(norm_layer=torch.nn.BatchNorm2d)
    layers = {f"layer{level + 1}": str(level) for level in range(4)}
    backbone = BackboneWithFPN(body, layers, [64, 128, 256, 512], channels, LastLevelMaxPool())
    anchors = AnchorGenerator(tuple((s,) for s in (16.0, 32.0, 64.0, 128.0, 256.0)), ((0.5, 1.0, 2.0),) * 5)
    return FasterRCNN(
        backbone,
        rpn_anchor_generator=anchors,
        box_head=TwoMLPHead(channels * 49, units),
        box_predictor=FastRCNNPredictor(units, CLASSES + 1),
        rpn_pre_nms_top_n_train=300,
        rpn_post_nms_top_n_train=300,
        rpn_pre_nms_top_n_test=150,
        rpn_post_nms_top_n_test=150,
        rpn_batch_size_per_image=128,
        box_batch_size_per_image=48,
        **identity(size),
    )


# The network, how much the last layer's weights are made larger to spread the scores, and parameters to look at.
NETWORKS = {
    "resnet50": (
        resnet50,
        3.0,
        [
            "backbone.body.conv1.weight",
            "backbone.body.layer3.0.conv2.weight",
            "backbone.fpn.inner_blocks.3.0.weight",
            "backbone.fpn.layer_blocks.0.1.bias",
            "rpn.head.conv.1.0.weight",
            "rpn.head.bbox_pred.weight",
            "roi_heads.box_head.2.0.weight",
            "roi_heads.box_head.5.bias",
            "roi_heads.box_predictor.cls_score.weight",
            "roi_heads.box_predictor.bbox_pred.weight",
        ],
    ),
    "resnet18": (
        resnet18,
        1.0,
        [
            "backbone.body.conv1.weight",
            "backbone.body.layer4.1.conv2.weight",
            "backbone.fpn.inner_blocks.2.0.weight",
            "backbone.fpn.layer_blocks.1.0.bias",
            "rpn.head.conv.0.0.weight",
            "rpn.head.cls_logits.weight",
            "roi_heads.box_head.fc6.weight",
            "roi_heads.box_predictor.bbox_pred.bias",
        ],
    ),
}


def prepare(model, spread, shifts):
    """The formula, shifted clear of kinks (clear.py), with the ends of a bottleneck's branches made small (see torchvision_networks.py), and with answers
    that are spread but not saturated."""
    fill(model)
    for name, parameter in model.named_parameters():
        if name.endswith("bn3.weight"):
            parameter.data *= 0.2
        if name.startswith(("rpn.head.cls_logits", "rpn.head.bbox_pred", "roi_heads.box_predictor.bbox_pred")):
            parameter.data *= 0.3
        if name == "roi_heads.box_predictor.cls_score.weight":
            parameter.data *= spread
    add(model.double(), shifts)
    return model


def spots(t):
    return rounded(t.flatten()[:: max(1, t.numel() // SPOTS)])


def digest(model):
    """Of all names and shapes; `num_batches_tracked` is PyTorch's own affair."""
    state = {k: list(v.shape) for k, v in sorted(model.state_dict().items()) if not k.endswith("num_batches_tracked")}
    lines = "".join(f"{k} {'x'.join(map(str, shape))}\n" for k, shape in state.items())
    return {"tensors": len(state), "sha256": hashlib.sha256(lines.encode()).hexdigest()}


def losses_of(model, x):
    targets = [
        {"boxes": torch.tensor(boxes).reshape(-1, 4).to(x.dtype), "labels": torch.tensor(labels, dtype=torch.int64)}
        for boxes, labels in TARGETS
    ]
    return model.train()(list(x), targets)


def learn(build, spread, shifts, x, dtype):
    model = prepare(build(x.shape[-1]), spread, shifts).to(dtype)
    losses = losses_of(model, x.to(dtype))
    sum(losses.values()).backward()
    return {k: v.item() for k, v in losses.items()}, {k: v.grad.double() for k, v in model.named_parameters()}


def logits_of(model, pyramid, region):
    """What the head says of one region of the first picture."""
    heads, dtype = model.roi_heads, pyramid["0"].dtype
    features = heads.box_roi_pool(pyramid, [torch.tensor([region], dtype=dtype)], [(SIZE, SIZE)])
    return heads.box_predictor(heads.box_head(features))[0][0]


def grad_cam(model, x, region, label):
    """Grad-CAM of a region's logit of a label (Selvaraju et al. 2017, equations 1 and 2), on the level of the pyramid that
    MultiScaleRoIAlign reads the region off. Where the gradient is zero, and so the logit does not depend on the features,
    the map is zero."""
    with torch.no_grad():
        pyramid = model.backbone(x)
    pyramid = {name: level.requires_grad_() for name, level in pyramid.items()}
    logits = logits_of(model, pyramid, region)
    gradients = torch.autograd.grad(logits[label], [pyramid[str(level)] for level in range(4)])
    (level,) = [level for level, gradient in enumerate(gradients) if gradient.abs().max() > 0]
    gradient, activations = gradients[level][0], pyramid[str(level)][0].detach()
    weights = gradient.mean((1, 2), keepdim=True)
    grid = (weights * activations).sum(0).relu() * (gradient.abs().sum(0) > 0)
    score = logits.softmax(0)[label].item()
    of = {"region": region, "label": label, "level": level, "score": score}
    return of | {"shape": list(grid.shape), "values": rounded(grid)}


def d_rise(model, x, label):
    """What D-RISE (Petsiuk et al. 2021, section 3.2) finds left of the box with the largest share of a label behind each
    mask: the largest product, over all regions proposed, of intersection over union and cosine between the shares of the
    classes. A region's box is that of the label."""

    def candidates(x):
        images, heads = ImageList(x, [(SIZE, SIZE)]), model.roi_heads
        pyramid = model.backbone(x)
        proposals, _ = model.rpn(images, pyramid)
        features = heads.box_roi_pool(pyramid, proposals, images.image_sizes)
        logits, shifts = heads.box_predictor(heads.box_head(features))
        rects = heads.box_coder.decode(shifts, proposals)[:, label]
        return torchvision.ops.clip_boxes_to_image(rects, (SIZE, SIZE)), logits.softmax(1)

    def likeness(mask):
        rects, shares = candidates(x * mask)
        overlaps = torchvision.ops.box_iou(target[0], rects)[0]
        return (overlaps * torch.nn.functional.cosine_similarity(target[1], shares)).max().item()

    with torch.no_grad():
        rects, shares = candidates(x)
        best = shares[:, label].argmax()
        target = rects[best : best + 1], shares[best : best + 1]
        side = SIZE // MASK_CELLS
        masks = (values("masks", MASKS, MASK_CELLS, MASK_CELLS) > 0).double()
        masks = masks.repeat_interleave(side, 1).repeat_interleave(side, 2)
        return {"label": label, "masks": MASKS, "cells": MASK_CELLS, "likeness": [likeness(mask) for mask in masks]}


def case(build, spread, parameters):
    name = picture(prepare(build(SIZE), spread, {}), losses_of, (2, 3, SIZE, SIZE))
    x = values(name, 2, 3, SIZE, SIZE).double()

    def gradients_of(model):
        """All that gradients are taken of."""
        own = x.to(next(model.parameters()).dtype)
        pyramid = model.eval().backbone(own[:1])
        for region, _ in EXPLAINED:
            logits_of(model, pyramid, region)
        # Last, since it moves the running statistics.
        losses_of(model, own)

    shifts = clear(prepare(build(SIZE), spread, {}), gradients_of)
    report(build.__name__, prepare(build(SIZE), spread, shifts), prepare(build(SIZE), spread, shifts).float(), gradients_of)
    model = prepare(build(SIZE), spread, shifts).eval()
    with torch.no_grad():
        pyramid = model.backbone(x)
        found = model(list(x))
    out = {
        "names": digest(model),
        "size": SIZE,
        "spread": spread,
        "picture": name,
        "shifts": shifts,
        "pyramid": [spots(level) for level in pyramid.values()],
        "detections": [
            {"boxes": rounded(f["boxes"]), "scores": rounded(f["scores"]), "labels": f["labels"].tolist()} for f in found
        ],
    }
    rough, exact = (learn(build, spread, shifts, x, dtype) for dtype in (torch.float32, torch.float64))
    gradients = {}
    for key in parameters:
        own = ((rough[1][key] - exact[1][key]).abs().max() / exact[1][key].abs().max()).item()
        print(f"{build.__name__}: f32 is off by {own:.1e} in {key}")
        gradients[key] = spots(exact[1][key])
    out["losses"], out["gradients"] = exact[0], gradients
    out["d_rise"] = d_rise(model, x[:1], 2)
    out["grad_cam"] = [grad_cam(model, x[:1], *explained) for explained in EXPLAINED]
    return out


def operators():
    """roi_align with its gradient, and nms, on numbers by formula."""
    features = values("features", 2, 3, 12, 10).requires_grad_()
    corners = values("regions", 9, 4).abs() * 40
    rects = torch.cat([corners[:, :2], corners[:, :2] + corners[:, 2:]], 1)
    images = (torch.arange(9) % 2).float()[:, None]
    y = torchvision.ops.roi_align(features, torch.cat([images, rects], 1), 7, 0.25, 2)
    (y * values("dy", *y.shape)).sum().backward()
    many = values("many", 300, 4).abs() * 60
    many = torch.cat([many[:, :2], many[:, :2] + many[:, 2:] + 1], 1)
    # Few different scores, so that many are equal.
    scores = (values("scores", 300) * 10).round() / 10
    classes = (values("classes", 300).abs() * 4).long()
    return {
        "roi_align": rounded(y),
        "gradient": rounded(features.grad),
        "nms": torchvision.ops.nms(many, scores, 0.5).tolist(),
        "nms_by_class": torchvision.ops.boxes._batched_nms_vanilla(many, scores, classes, 0.5).tolist(),
    }


def counts(model):
    return {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}


if len(sys.argv) == 3:
    from safetensors.torch import load_file

    model = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=int(sys.argv[2]))
    # PyTorch's count of batches is not in our files.
    print(model.load_state_dict(load_file(sys.argv[1]) | counts(model), strict=True))
else:
    torch.randperm = lambda n, device=None: torch.arange(n, device=device)
    out = {"torch": torch.__version__, "torchvision": torchvision.__version__, "operators": operators()}
    out |= {name: case(*rest) for name, rest in NETWORKS.items()}
    path = pathlib.Path(__file__).parent / "expected" / "detector.json"
    path.write_text(json.dumps(out) + "\n")
