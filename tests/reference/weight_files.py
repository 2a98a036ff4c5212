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

# Forms people save: tensors beside the weights, an optimizer with storages of its own, averaged weights that come first and
# have one tensor more, one dictionary under two keys, a later pickle protocol, numbers that are not stored row by row.
weight = torch.nn.Parameter(torch.zeros(3, dtype=torch.float32))
adam = torch.optim.Adam([weight])
weight.sum().backward()
adam.step()
beside = {"epoch": 3, "state_dict": state, "best_acc1": torch.tensor(0.5), "optimizer": adam.state_dict()}
torch.save(beside, out / "beside.pth")
torch.save(beside, out / "beside_pickles.pth", _use_new_zipfile_serialization=False)
averaged = {"n_averaged": torch.tensor(5), **{"module." + k: v + 1 for k, v in state.items()}}
torch.save({"model_ema": averaged, "model": dict(state)}, out / "averaged.pth")
torch.save({"last": {"state_dict": state}, "state_dict": state}, out / "twice.pth")
torch.save(state, out / "protocol5.pth", pickle_protocol=5)
strided = OrderedDict(state)
name = "features.denseblock1.denselayer1.conv.2.weight"
strided[name] = state[name].transpose(2, 3).contiguous().transpose(2, 3)
assert not strided[name].is_contiguous()
torch.save(strided, out / "strided.pth")
torch.save(strided, out / "strided_pickles.pth", _use_new_zipfile_serialization=False)
numbers = {
    "bf16": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "f64": torch.tensor([0.1], dtype=torch.float64),
    "i32": torch.tensor([-7], dtype=torch.int32),
    "i16": torch.tensor([-300], dtype=torch.int16),
    "i8": torch.tensor([-128], dtype=torch.int8),
    "bool": torch.tensor([True, False]),
    "transposed": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
    "channels_last": torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2).to(memory_format=torch.channels_last),
    "parameter": torch.nn.Parameter(torch.tensor([4.0])),
}
torch.save(numbers, out / "numbers.pth")
torch.save(torch.nn.Linear(2, 2), out / "whole.pth")
