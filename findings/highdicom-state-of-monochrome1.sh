#!/bin/sh
# highdicom 0.27.0 with pydicom 3.0.2; DCMTK 3.6.7 (Debian 12).
#
# One would guess: a grayscale softcopy presentation state that says nothing of greys leaves them as they are, as highdicom
# takes the modality and VOI transformations over from the image where none is given.
# Seen: the polarity is not taken over. Whatever the image, the state has the presentation LUT shape IDENTITY, by which the
# least value is black (PS3.3 C.11.6); DCMTK shows a MONOCHROME1 image turned over once the state is applied. For such an image
# PresentationLUTShapeValues.INVERSE has to be given.
# Seen as well: DCMTK's renderer takes no state whose PatientName is empty, though that attribute may be (type 2): a state of a
# de-identified image needs some name.
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q highdicom==0.27.0 pydicom==3.0.2
cd "$dir"
apt-get -q download dcmtk libdcmtk17 libwrap0 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
DCMDICTPATH=$(find "$dir/root" -name dicom.dic)
LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu
export DCMDICTPATH LD_LIBRARY_PATH
"$dir/root/usr/bin/dcmp2pgm" --version | sed -n 1p
cat > try.py <<'PY'
import subprocess
import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian

EMPTY = """PatientID PatientBirthDate PatientSex AccessionNumber StudyID StudyDate StudyTime ReferringPhysicianName
Laterality""".split()


def image(photometric, name):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = hd.UID(), hd.UID(), hd.UID()
    for keyword in EMPTY:
        setattr(ds, keyword, "")
    ds.PatientName, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = name, "CR", 1, 1
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 40, 60, 1, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.WindowCenter, ds.WindowWidth = 2048, 4096
    pixels = np.zeros((40, 60), np.uint16)
    pixels[:, 30:] = 4095
    ds.PixelData = pixels.tobytes()
    ds.save_as("image.dcm", enforce_file_format=True)
    return ds


def state(ds, **more):
    made = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=[ds], series_instance_uid=hd.UID(), series_number=2, sop_instance_uid=hd.UID(),
        instance_number=1, manufacturer="m", manufacturer_model_name="m", software_versions="1",
        device_serial_number="1", content_label="STATE", **more)
    made.save_as("state.dcm", enforce_file_format=True)
    return made.PresentationLUTShape


def shown(*options):
    """The greys on the left and on the right, or None where nothing is shown."""
    done = subprocess.run(["root/usr/bin/dcmp2pgm", *options, "image.dcm", "out.pgm"], capture_output=True, text=True)
    if done.returncode != 0:
        return None
    body = open("out.pgm", "rb").read()[-2400:]
    return body[0], body[59]


inverse = hd.PresentationLUTTransformation(presentation_lut_shape=hd.PresentationLUTShapeValues.INVERSE)
for photometric in ("MONOCHROME1", "MONOCHROME2"):
    ds = image(photometric, "Test^Test")
    alone, shape = shown(), state(ds)
    with_state = shown("-p", "state.dcm")
    print(f"{photometric}: alone {alone}; with a state ({shape}) {with_state}")
    assert shape == "IDENTITY"
    assert (alone == with_state) == (photometric == "MONOCHROME2")
    if photometric == "MONOCHROME1":
        state(ds, presentation_lut_transformation=inverse)
        print(f"{photometric}: with INVERSE {shown('-p', 'state.dcm')}")
        assert shown("-p", "state.dcm") == alone
state(image("MONOCHROME2", ""))
print(f"an empty PatientName: alone {shown()}, with a state {shown('-p', 'state.dcm')}")
assert shown() is not None and shown("-p", "state.dcm") is None
PY
"$dir/venv/bin/python" -W ignore try.py
