#!/bin/sh
# timm 1.0.31, torch 2.15.0.
#
# One would guess: of a loss for several findings an image, a finding that is there and is missed with the greatest certainty
# pulls hardest, as it does in binary cross entropy.
# Seen: AsymmetricLossMultiLabel takes the logarithm of max(p, 1e-8). A present finding with a logit of -18 pulls with -1; with
# -18.5, p below 1e-8, it pulls with -1.7e-7 and with -25 not at all: what is most wrong is not learned, and the loss stays at
# 18.42 without a word. torch's binary cross entropy with logits pulls with -1 at each of them.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q timm==1.0.31 torch==2.15.0
cat > "$dir/try.py" <<'PY'
import torch
from timm.loss import AsymmetricLossMultiLabel


def pull(loss, logit):
    x = torch.tensor([[logit]], requires_grad=True)
    value = loss(x, torch.ones(1, 1))
    value.backward()
    return value.item(), x.grad.item()


asymmetric, plain = AsymmetricLossMultiLabel(), torch.nn.functional.binary_cross_entropy_with_logits
for logit in (-5.0, -18.0, -18.5, -25.0):
    print(logit, "asymmetric", pull(asymmetric, logit), "binary cross entropy", pull(plain, logit))
assert abs(pull(asymmetric, -18.0)[1] + 1) < 1e-3
for logit in (-18.5, -25.0):
    value, gradient = pull(asymmetric, logit)
    assert abs(value - 18.4207) < 1e-3 and abs(gradient) < 1e-6
    assert abs(pull(plain, logit)[1] + 1) < 1e-3
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py"
