"""Makes tests/reference/expected/weight_files/*.pth: small files in every form in which PyTorch wrote weights since 2017.

    python tests/reference/weight_files.py tests/reference/expected/weight_files

Made with torch 2.15. The names are those of torchvision's DenseNet as its files of 2017 have them.
"""

import sys
from collections import OrderedDict
from pathlib import Path

import torch

out = Path(sys.argv[1])
storage = torch.arange(6, dtype=torch.float64)
state = OrderedDict(
    [
        ("features.denseblock1.denselayer1.norm.1.weight", torch.tensor([0.25, -7.0])),
        ("features.denseblock1.denselayer1.conv.2.weight", torch.arange(12, dtype=torch.float32).reshape(2, 1, 2, 3) * 0.5 - 3),
        ("features.norm5.num_batches_tracked", torch.tensor(41)),
        ("half", torch.tensor([1.5, -0.125], dtype=torch.float16)),
        ("tail", storage[3:]),
    ]
)
state._metadata = OrderedDict([("", {"version": 1}), ("features", {"version": 2})])
new = [
    ("features.denseblock1.denselayer1.norm1.weight", "features.denseblock1.denselayer1.norm.1.weight"),
    ("features.denseblock1.denselayer1.conv2.weight", "features.denseblock1.denselayer1.conv.2.weight"),
]
torch.save(state, out / "zip.pth")
torch.save(state, out / "pickles.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": state, "best": 0.5}, out / "checkpoint.pth")
torch.save({"epoch": 3, "model": dict(state)}, out / "checkpoint_pickles.pth", _use_new_zipfile_serialization=False)
renamed = {k: v for k, v in state.items()}
for to, of in new:
    renamed[to] = renamed.pop(of)
torch.save({"module." + k: v for k, v in renamed.items()}, out / "parallel.pth")
torch.save([1, 2, "no weights"], out / "object.pth")
