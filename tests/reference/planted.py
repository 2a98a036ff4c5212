"""Looks for what the proof by planting put into files, with readers that are not ours: pydicom, highdicom and DCMTK.

    pip install pydicom==3.0.2 highdicom==0.28.2 numpy pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 \
        pylibjpeg-openjpeg==2.6.0
    apt-get install dcmtk                                                  # 3.6.7
    OVERREAD_PLANTED=/tmp/planted cargo test --release --lib planting      # writes sources and exports
    python tests/reference/planted.py /tmp/planted

Each reader must see the marker in the sources, or it proves nothing of the exports, where it must see none. What a reader
sees is every value it gives, in sequences, private elements and the file's own header, as text and as bytes. The
exports' pixels are decoded too, and highdicom must take the files for images.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pydicom.config

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
MARKERS = ["@PLANTEDANYWHERE", "SECRETPERSON", "19431107", "7351946208"]


def seen(text: str) -> bool:
    return any(marker in text for marker in MARKERS)


def spelled(value) -> str:
    """A value in all the ways its bytes can be read."""
    if isinstance(value, bytes):
        words = np.frombuffer(value[: len(value) // 2 * 2], "<u2")
        return value.decode("latin-1") + " " + words.astype(">u2").tobytes().decode("latin-1")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        if value and all(isinstance(one, (int, float)) for one in value):
            ways = ["<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8", ">u2", ">u4", ">u8"]
            out = []
            for way in ways:
                try:
                    out.append(np.array(value, way).tobytes().decode("latin-1"))
                except (OverflowError, ValueError):
                    pass
            return " ".join(out) + " " + " ".join(map(str, value))
        return "\\".join(map(spelled, value))
    return str(value)


def by_pydicom(path: Path) -> bool:
    file = pydicom.dcmread(path, force=True)
    found = seen(file.preamble.decode("latin-1")) if file.preamble else False
    for data_set in (file.file_meta, file):
        for element in data_set.iterall():
            found |= element.VR != "SQ" and seen(spelled(element.value))
    return found


def by_dcmtk(path: Path) -> bool:
    out = subprocess.run(["dcmdump", "+L", "+R", "4096", "-q", str(path)], capture_output=True, timeout=60)
    text = out.stdout.decode("latin-1")
    # Bytes and words are printed as hexadecimal numbers.
    numbers = text.replace("\\", "").lower()
    hexadecimal = [marker.encode().hex() for marker in MARKERS[:2]]
    words = ["".join(f"{b:02x}{a:02x}" for a, b in zip(m.encode()[::2], m.encode()[1::2])) for m in MARKERS[:2]]
    return seen(text) or any(spelling in numbers for spelling in hexadecimal + words)


def by_highdicom(path: Path) -> bool | None:
    """Not asked about big-endian files, which it does not take."""
    if pydicom.dcmread(path, force=True, specific_tags=["Rows"]).original_encoding == (False, False):
        return None
    image = highdicom.imread(path)
    return any(seen(spelled(e.value)) for e in image.iterall() if e.VR != "SQ")


def look(folder: Path, readers, sources: bool) -> Counter:
    counts = Counter()
    for path in sorted(folder.rglob("*.dcm")):
        counts["files"] += 1
        for name, reader in readers.items():
            try:
                found = reader(path)
            except Exception as problem:
                counts[f"{name} refuses"] += 1
                if not sources:
                    print(f"{path.name}: {name} refuses it: {type(problem).__name__}: {str(problem)[:120]}")
                continue
            counts[f"{name} looks at"] += found is not None
            counts[f"{name} sees a marker"] += bool(found)
            if found and not sources:
                print(f"{path}: {name} sees a marker")
    return counts


def decoded(folder: Path) -> Counter:
    counts = Counter()
    for path in sorted(folder.rglob("*.dcm")):
        try:
            pydicom.dcmread(path).pixel_array
            counts["decoded"] += 1
        except Exception as problem:
            counts["not decoded"] += 1
            print(f"{path.name}: pixels are not decoded: {str(problem)[:120]}")
    return counts


root = Path(sys.argv[1])
readers = {"pydicom": by_pydicom, "DCMTK": by_dcmtk, "highdicom": by_highdicom}
print("sources", dict(look(root / "from", readers, True)))
wrong = 0
for name in ("Remove", "Shift"):
    counts = look(root / name, readers, False)
    print(name, dict(counts), dict(decoded(root / name)))
    wrong += sum(counts[f"{reader} {what}"] for reader in readers for what in ("sees a marker", "refuses"))
sys.exit(wrong != 0)
