"""The actions of the Basic Application Level Confidentiality Profile, DICOM PS3.15 table E.1-1, from a package that takes
them from the standard's own XML.

    pip install dicom-anonymizer==2.1.0
    python tests/reference/confidential.py > tests/reference/expected/confidential.tsv

One line an attribute: tag and action as the table has it (X/Z/D and so on). Rows for whole ranges of groups (curves,
overlays) are left out; they are tested by name.
"""

import dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c as table

lines = {}
for name in dir(table):
    if name.endswith("_TAGS") and name != "ALL_TAGS":
        action = name.removesuffix("_TAGS").replace("_STAR", "*").replace("_", "/")
        for tag in getattr(table, name):
            if len(tag) == 2:
                lines[tag] = action
print("# dicom-anonymizer 2.1.0, table of 2026c")
for (group, element), action in sorted(lines.items()):
    print(f"{group:04X}{element:04X}\t{action}")
