"""Makes expected/jpeg_streams.json: the same small pictures as sequential JPEG with and without restart markers and as
progressive JPEG, by libjpeg-turbo in Pillow, and the greys it decodes.

    pip install pillow==13.0.0
    python tests/reference/jpeg_streams.py
"""

import io
import json
import pathlib

from PIL import Image

WIDTH, HEIGHT = 24, 16
greys = [(x * 9 + y * 5 + (x * y) % 7 * 6) % 256 for y in range(HEIGHT) for x in range(WIDTH)]
grey = Image.frombytes("L", (WIDTH, HEIGHT), bytes(greys))
turned = [grey, grey.transpose(Image.FLIP_LEFT_RIGHT), grey.transpose(Image.FLIP_TOP_BOTTOM)]
colour = Image.merge("RGB", turned)


def coded(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, **options)
    return out.getvalue()


streams = {
    "grey": coded(grey),
    "grey_restarts": coded(grey, restart_marker_blocks=2),
    "grey_progressive": coded(grey, progressive=True),
    "colour": coded(colour, subsampling=2),
    "colour_restarts": coded(colour, subsampling=2, restart_marker_blocks=1),
    "colour_progressive": coded(colour, subsampling=0, progressive=True),
}
expected = {name: stream.hex() for name, stream in streams.items()}
expected["size"] = [WIDTH, HEIGHT]
expected["greys"] = list(Image.open(io.BytesIO(streams["grey"])).tobytes())
YCC = Image.open(io.BytesIO(streams["colour_progressive"]))
YCC.draft("YCbCr", None)
expected["colours"] = list(YCC.tobytes())
path = pathlib.Path(__file__).parent / "expected" / "jpeg_streams.json"
path.write_text(json.dumps(expected) + "\n")
