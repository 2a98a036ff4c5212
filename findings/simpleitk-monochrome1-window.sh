#!/bin/sh
# SimpleITK 2.5.7, pydicom 3.0.2, highdicom 0.28.2.
#
# One would guess: three libraries that read one uncompressed MONOCHROME1 radiograph give the same numbers; and a file
# that SimpleITK reads and writes again shows the same picture.
# Seen: pydicom's pixel_array gives what is stored; SimpleITK and highdicom's get_frame give it turned over (4095 - x for
# 12 bits), SimpleITK with the photometric interpretation and the window still those of the stored values. Written
# again by SimpleITK the file is MONOCHROME2 with the values turned over and the window as it was: a window of 0..2000
# that showed the stored values 0..2000 now shows what were 2095..4095, another part of the picture.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q SimpleITK==2.5.7 pydicom==3.0.2 highdicom==0.28.2
cat > "$dir/try.py" <<'PY'
import sys
import highdicom, numpy as np, pydicom, SimpleITK
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ds = Dataset()
ds.file_meta = FileMetaDataset()
ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", generate_uid()
ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
ds.Modality, ds.PatientID, ds.PatientName = "DX", "", ""
ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 2, 3, 1, "MONOCHROME1"
ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
ds.WindowCenter, ds.WindowWidth, ds.RescaleSlope, ds.RescaleIntercept = "1000", "2000", "1", "0"
stored = np.array([[0, 100, 200], [1000, 2000, 4095]], np.uint16)
ds.PixelData = stored.tobytes()
ds["PixelData"].VR = "OW"
first, second = sys.argv[1] + "/a.dcm", sys.argv[1] + "/b.dcm"
ds.save_as(first, enforce_file_format=True)

image = SimpleITK.ReadImage(first)
through = SimpleITK.GetArrayFromImage(image)[0]
frame = highdicom.imread(first).get_frame(1)
print("pydicom  ", pydicom.dcmread(first).pixel_array.tolist())
print("SimpleITK", through.tolist(), image.GetMetaData("0028|0004").strip(), image.GetMetaData("0028|1050").strip())
print("highdicom", frame.tolist())
assert (pydicom.dcmread(first).pixel_array == stored).all()
assert (through == 4095 - stored).all() and (frame == 4095 - stored).all()
assert image.GetMetaData("0028|0004").strip() == "MONOCHROME1"

SimpleITK.WriteImage(image, second)
again = pydicom.dcmread(second)
print("written again", again.PhotometricInterpretation, again.pixel_array.tolist(), "window", again.WindowCenter, again.WindowWidth)
assert again.PhotometricInterpretation == "MONOCHROME2" and (again.pixel_array == 4095 - stored).all()
assert (again.WindowCenter, again.WindowWidth) == (1000, 2000)
PY
"$dir/venv/bin/python" -W ignore "$dir/try.py" "$dir"
