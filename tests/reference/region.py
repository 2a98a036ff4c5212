"""Figures of regions, a profile and a window between percentiles, by numpy: the constants in
src/imaging/values.rs.

Run: python tests/reference/region.py
"""
import numpy as np

at = np.arange(12 * 9, dtype=np.int64)
image = (at * at * 7 % 251).reshape(9, 12).astype(np.float64)
rows, columns = np.mgrid[0:9, 0:12] + 0.5


def inside(outline, rect):
    xmin, ymin, xmax, ymax = rect
    if outline == "Rectangle":
        return (columns >= xmin) & (columns <= xmax) & (rows >= ymin) & (rows <= ymax)
    u = (2 * columns - xmin - xmax) / (xmax - xmin)
    v = (2 * rows - ymin - ymax) / (ymax - ymin)
    return u * u + v * v <= 1


print("// By tests/reference/region.py (numpy).")
print("type Expected = (Outline, [f64; 4], (usize, f64, f64, f64, f64));")
cases = [
    ("Rectangle", (0.0, 0.0, 12.0, 9.0)),
    ("Rectangle", (2.2, 1.0, 7.9, 5.5)),
    ("Ellipse", (1.0, 0.5, 11.25, 8.0)),
    ("Ellipse", (-3.0, -2.0, 6.0, 7.0)),
]
print(f"const REGIONS: [Expected; {len(cases)}] = [")
for outline, rect in cases:
    x = image[inside(outline, rect)]
    figures = f"({x.size}, {float(x.mean())!r}, {float(x.std())!r}, {float(x.min())!r}, {float(x.max())!r})"
    print(f"    (Outline::{outline}, {list(map(float, rect))!r}, {figures}),")
print("];")

start, end = np.array([1.25, 2.5]), np.array([7.0, 6.75])
steps = int(np.ceil(np.hypot(*(end - start))))
profile = []
for step in range(steps + 1):
    x, y = start + (end - start) * step / steps - 0.5
    # Along the columns of each row, then along the rows.
    along = [np.interp(x, np.arange(12), row) for row in image]
    profile.append(float(np.interp(y, np.arange(9), along)))
print(f"const PROFILE: [f64; {len(profile)}] = [")
for value in profile:
    print(f"    {value!r},")
print("];")

low, high = np.percentile(image, [1, 99], method="inverted_cdf")
print(f"const WINDOW: (f64, f64) = ({float((low + high + 1) / 2)!r}, {float(high - low + 1)!r});")
