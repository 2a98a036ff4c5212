"""What STAPLE (Warfield, Zou and Wells 2004, "Simultaneous truth and performance level estimation") makes of places and the readers
who drew a box there, for `src/evaluation/staple.rs`. Written from the paper, equations 14, 15, 18 and 19, in logarithms; where every
reader has looked at every place it is held against SimpleITK's filter, which starts from the mean of the votes as this does.

    pip install numpy==2.4.6 SimpleITK==2.5.7
    python tests/reference/staple.py
"""

import numpy as np
import SimpleITK as sitk

# 32 places (rows) and four readers: 1 drew a box there, 0 did not. The third draws most where nobody else does.
votes = ["1110", "0010", "1011", "0001", "1010", "1111", "0101", "1111", "1111", "1110", "1111", "0111", "0001", "1111", "1011", "1111",
         "1111", "0110", "1011", "1011", "1110", "1101", "0010", "0010", "1110", "1011", "1111", "1000", "1110", "1101", "0010", "0010"]
# The same with places that a reader did not look at ("-"), and a fifth reader who drew at every place, so that the floor is reached.
holes = ["11101", "00101", "1-111", "00011", "10101", "111-1", "01011", "11111", "-1111", "11101", "11111", "01111", "00011", "11111",
         "10111", "11111", "11111", "01-01", "10111", "10111", "11101", "11011", "001-1", "00101", "11101", "-0111", "11111", "1000-",
         "11101", "11011", "00101", "00101"]
FLOOR = 0.01


def matrix(rows):
    return np.array([[{"0": 0.0, "1": 1.0, "-": np.nan}[sign] for sign in row] for row in rows])


def staple(drew, floor, steps=100000):
    """The probability of each place, p and q of each reader, and the prior, which stays."""
    looked = ~np.isnan(drew)
    yes = np.where(looked, drew, 0.0)
    no = np.where(looked, 1.0 - drew, 0.0)
    prior = yes.sum() / looked.sum()
    w = yes.sum(axis=1) / looked.sum(axis=1)
    for _ in range(steps):
        p = np.clip((w @ yes) / (w @ looked), floor, 1 - floor)
        q = np.clip(((1 - w) @ no) / ((1 - w) @ looked), floor, 1 - floor)
        a = np.log(prior) + yes @ np.log(p) + no @ np.log(1 - p)
        b = np.log(1 - prior) + yes @ np.log(1 - q) + no @ np.log(q)
        new = 1 / (1 + np.exp(b - a))
        if np.abs(new - w).max() < 1e-14:
            break
        w = new
    return w, p, q, prior


def show(name, drew):
    w, p, q, prior = staple(drew, FLOOR)
    yes = np.nan_to_num(drew)
    worth = (w @ yes) / yes.sum(axis=0)
    print(name, "prior", repr(float(prior)))
    for what, values in [("w", w), ("p", p), ("q", q), ("right", worth)]:
        print("  ", what, [round(float(v), 9) for v in values])


show("votes", matrix(votes))
show("holes", matrix(holes))

# SimpleITK on the same matrix as images of one row: no floor there, and none is reached here.
drew = matrix(votes)
images = [sitk.GetImageFromArray(drew[:, reader].astype(np.uint8)[None, :]) for reader in range(drew.shape[1])]
theirs = sitk.STAPLEImageFilter()
theirs.SetForegroundValue(1)
theirs.SetMaximumIterations(100000)
w = sitk.GetArrayFromImage(theirs.Execute(images))[0]
ours = staple(drew, 0.0)
print("SimpleITK", theirs.GetElapsedIterations(), "w", np.abs(w - ours[0]).max(), "p",
      np.abs(np.array(theirs.GetSensitivity()) - ours[1]).max(), "q", np.abs(np.array(theirs.GetSpecificity()) - ours[2]).max())
