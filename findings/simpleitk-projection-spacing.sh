#!/bin/sh
# SimpleITK 2.5.7 (GDCM inside), pydicom 3.0.2 to write the files.
#
# One would guess: GetSpacing() of a radiograph is its Pixel Spacing (0028,0030), which a calibration writes there
# (PS3.3 10.7.1.3), and Imager Pixel Spacing (0018,1164) is only what was measured at the detector.
# Seen: for CR, DX, MG and XA Pixel Spacing is not looked at. With both attributes the detector's is given, magnified
# as it is; with the calibrated one alone the spacing is 1 mm. For CT and Secondary Capture it is Pixel Spacing.
# So lengths measured on calibrated radiographs through SimpleITK are off by the magnification, without a word.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q SimpleITK==2.5.7 pydicom==3.0.2 numpy==2.3.5
cat > "$dir/try.py" <<'PY'
import sys
import numpy as np, SimpleITK
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CLASSES = {"CR": "1.1", "DX": "1.1.1", "MG": "1.1.2", "XA": "1.12.1", "CT": "1.2", "OT": "1.7"}

def spacing(modality, calibrated, detector):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1." + CLASSES[modality]
    ds.SOPInstanceUID = generate_uid()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.Modality, ds.Rows, ds.Columns = modality, 2, 3
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    if calibrated:
        ds.PixelSpacing = [calibrated, calibrated]
    if detector:
        ds.ImagerPixelSpacing = [detector, detector]
    if calibrated and detector:
        ds.PixelSpacingCalibrationType = "FIDUCIAL"
    ds.PixelData = np.zeros((2, 3), np.uint16).tobytes()
    ds["PixelData"].VR = "OW"
    path = f"{sys.argv[1]}/{modality}-{calibrated}-{detector}.dcm"
    ds.save_as(path, enforce_file_format=True)
    return SimpleITK.ReadImage(path).GetSpacing()[0]

for modality in CLASSES:
    seen = [spacing(modality, *both) for both in [("0.15", None), (None, "0.2"), ("0.15", "0.2")]]
    print(f"{modality}: Pixel Spacing 0.15 alone {seen[0]}, Imager Pixel Spacing 0.2 alone {seen[1]}, both {seen[2]}")
    wanted = [0.15, 1.0, 0.15] if modality in ("CT", "OT") else [1.0, 0.2, 0.2]
    assert np.allclose(seen, wanted), (modality, seen)
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py" "$dir"
