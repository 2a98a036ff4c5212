"""Makes tests/reference/expected/timm_efficientnet_b0.txt: names and shapes of timm's EfficientNet-B0 for two classes, which
differ from torchvision's throughout. Those of its ResNets and DenseNets are torchvision's; this is checked here.

    python tests/reference/timm_names.py > tests/reference/expected/timm_efficientnet_b0.txt

Made with timm 1.0.31 and torchvision 0.29.2.
"""

import timm
import torchvision

for name in ["resnet18", "resnet34", "resnet50", "densenet121"]:
    ours = timm.create_model(name, num_classes=2).state_dict()
    theirs = getattr(torchvision.models, name)(num_classes=2).state_dict()
    assert {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in theirs.items()}, name
for name, tensor in timm.create_model("efficientnet_b0", num_classes=2).state_dict().items():
    print(name, *tensor.shape)
