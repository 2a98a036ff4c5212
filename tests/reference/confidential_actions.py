"""What another program does with every attribute of PS3.15 table E.1-1 when it de-identifies by the basic profile.

    pip install dicom-anonymizer==2.1.0 pydicom==3.0.2
    python tests/reference/confidential_actions.py > tests/reference/expected/confidential_actions.tsv

One line an attribute, with those of curves and overlays in their first groups, and some that are private: tag, value
representation, the table's action (`-` for what the table does not name), and what became of a value: X when it was
removed, Z emptied, D replaced, K when it is as it was; E when the program failed.
"""

import warnings

import dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c as table
import pydicom
from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

warnings.simplefilter("ignore")
VALUES = {
    "AS": "042Y", "DA": "20200102", "DT": "20200102030405", "TM": "030405", "UI": "1.2.3", "UR": "http://a.b/c",
    "DS": "7", "IS": "7", "US": 7, "SS": 7, "UL": 7, "SL": 7, "FL": 7.0, "FD": 7.0, "UV": 7, "SV": 7,
    "OB": b"VALUES", "OW": b"VALUES", "UN": b"VALUES", "AT": 0x00100010, "OF": b"VALU", "OD": b"VALUEVAL",
    "OL": b"VALU", "OV": b"VALUEVAL",
}
ACTIONS = {}
for name in dir(table):
    if name.endswith("_TAGS") and name != "ALL_TAGS":
        for tag in getattr(table, name):
            if len(tag) == 2:
                ACTIONS[tag] = name.removesuffix("_TAGS").replace("_STAR", "*").replace("_", "/")
for group, elements in [
    (0x5000, [0x0005, 0x0010, 0x0020, 0x0022, 0x0030, 0x0040, 0x0103, 0x2500, 0x3000]),
    (0x6000, [0x0010, 0x0011, 0x0022, 0x0040, 0x0045, 0x0050, 0x0100, 0x0102, 0x1301, 0x1500, 0x3000, 0x4000]),
]:
    for element in elements:
        listed = group == 0x5000 or element in (0x3000, 0x4000)
        ACTIONS[(group, element)] = "X" if listed else "-"


def value(vr: str):
    if vr == "SQ":
        item = Dataset()
        item.add_new((0x0008, 0x0104), "LO", "VALUE")
        return Sequence([item])
    return VALUES.get(vr, "VALUE")


def became(tag, vr: str) -> str:
    data = Dataset()
    data.add_new(tag, vr, value(vr))
    try:
        anonymize_dataset(data, base_rules_gen=lambda: initialize_actions("dicomfields_2026c"))
    except Exception:
        return "E"
    if tag not in data:
        return "X"
    found = data[tag]
    if vr == "SQ":
        if not found.value:
            return "Z"
        item = found.value[0].get((0x0008, 0x0104))
        words = item.value if item is not None else None
        return "K" if words == "VALUE" else "D" if words else "Z"
    if found.value in ("", b"", None):
        return "Z"
    return "K" if found.value == value(vr) else "D"


print("# dicom-anonymizer 2.1.0 with its table of 2026c")
for tag, action in sorted(ACTIONS.items()):
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        vr = "UN"
    vr = {"US or SS": "US", "OB or OW": "OW", "US or OW": "US", "US or SS or OW": "US"}.get(vr, vr)
    print(f"{tag[0]:04X}{tag[1]:04X}\t{vr}\t{action}\t{became(tag, vr)}")
