"""What an image costs when 15 of its 38 strips are dirty, against encoding the whole: CPU time, one core, one run.

The picture is a photo with a gradient and shapes over it, 1200 × 600 pixels, and a flat one of the same shapes. Every
way starts from the same canvas, in the layout of the rasterizer, and ends with the bytes of a file.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
from isal import isal_zlib
from PIL import Image, ImageDraw, ImageOps

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode
from inkmerge.encode.strips import StaticStrips
from inkmerge.flat.bounds import Box
from inkmerge.raster.canvas import Canvas

PHOTO = Path(__file__).resolve().parents[2] / "fixtures" / "demo" / "assets" / "pagoda.jpg"
SIZE = WIDTH, HEIGHT = 1200, 600
DIRTY = {
    "15 of 38 strips": Box(0, 160, WIDTH, 400),
    "15 of 38, to half the width": Box(64, 160, 700, 400),
    "15 of 38, to an eighth": Box(64, 160, 214, 400),
    "7 of 38 strips": Box(0, 160, WIDTH, 272),
    "all strips": Box(0, 0, WIDTH, HEIGHT),
}
TEXT = TextAlternative("A voucher for Anna", "Valid until May.", "de")
ROUNDS = 25
JPEG, PNG = EncodeOptions("jpeg", 85), EncodeOptions("png")


def background(name: str) -> Image.Image:
    """Return the picture under the shapes."""
    if name == "flat":
        return Image.new("RGB", SIZE, "#f4f1ea")
    with Image.open(PHOTO) as photo:
        return ImageOps.fit(photo.convert("RGB"), SIZE, Image.Resampling.BICUBIC)


def scene(name: str) -> Image.Image:
    """Paint a background, a gradient over a third of it, and shapes with smooth edges."""
    picture = background(name)
    shade = Image.new("L", SIZE)
    shade.paste(Image.linear_gradient("L").resize((WIDTH, 200)), (0, 400))
    picture.paste("#102040", mask=shade)
    layer = Image.new("RGBA", (2 * WIDTH, 2 * HEIGHT))
    draw = ImageDraw.Draw(layer)
    for n in range(60):
        x, y, size = n * 337 % 2_300, n * 211 % 1_150, 20 + n * 53 % 90
        draw.ellipse((x, y, x + size, y + size), fill=(n * 71 % 256, n * 37 % 256, n * 113 % 256))
    layer = layer.resize(SIZE, Image.Resampling.BOX)
    picture.paste(layer, mask=layer)
    return picture


def lettered(static: Image.Image) -> Image.Image:
    """Write a text into the dirty boxes."""
    picture = static.copy()
    draw = ImageDraw.Draw(picture)
    draw.text((80, 170), "Hello Anna", fill="black", font_size=110)
    draw.text((80, 320), "A voucher for you", fill="#a02040", font_size=60)
    return picture


def canvas_of(picture: Image.Image) -> Canvas:
    """Lay a picture out as the rasterizer does."""
    return Canvas(picture.convert("RGBA").tobytes("raw", "BGRa"), WIDTH, HEIGHT, 4 * WIDTH, 192.0)


def pillow(canvas: Canvas, name: str, **choices: Any) -> bytes:
    """Encode as Pillow does."""
    out = io.BytesIO()
    pixels: Any = canvas.data
    Image.frombuffer("RGB", SIZE, pixels, "raw", "BGRX", canvas.stride, 1).save(out, name, **choices)
    return out.getvalue()


def array_of(canvas: Canvas) -> np.ndarray[Any, Any]:
    """Return the canvas as an array, without a copy."""
    return np.frombuffer(canvas.data, np.uint8).reshape(HEIGHT, WIDTH, 4)


def whole_jpeg(canvas: Canvas) -> bytes:
    """Encode the whole by simplejpeg."""
    return bytes(simplejpeg.encode_jpeg(array_of(canvas), 85, "BGRX", "420"))


def whole_isal(canvas: Canvas) -> bytes:
    """Filter the whole with Sub and deflate it by isal: the content of IDAT."""
    rgb = array_of(canvas)[..., 2::-1].reshape(HEIGHT, -1)
    lines = np.empty((HEIGHT, 1 + rgb.shape[1]), np.uint8)
    lines[:, 0] = 1
    lines[:, 1:4] = rgb[:, :3]
    np.subtract(rgb[:, 3:], rgb[:, :-3], out=lines[:, 4:])
    return isal_zlib.compress(lines, 1)


def cpu(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least CPU time of a call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times) * 1000


def compare(name: str) -> None:
    """Print the lines of one scene: milliseconds, how many times ours that is, and bytes."""
    static = scene(name)
    before, after = canvas_of(static), canvas_of(lettered(static))
    for options, others in (
        (
            JPEG,
            {
                "Pillow": partial(pillow, after, "JPEG", quality=85),
                "simplejpeg": partial(whole_jpeg, after),
                "encode()": lambda: encode(after, JPEG, TEXT).data,
            },
        ),
        (
            PNG,
            {
                "Pillow level 1": partial(pillow, after, "PNG", compress_level=1),
                "Pillow level 6": partial(pillow, after, "PNG"),
                "isal, Sub": partial(whole_isal, after),
            },
        ),
    ):
        compiled = cpu(partial(StaticStrips, before, options), 2)
        strips = StaticStrips(before, options)

        def spliced(dirty: Box, strips: StaticStrips = strips) -> bytes:
            return strips.encode(after, [dirty], TEXT).data

        ways: dict[str, Callable[[], bytes]] = {
            name: partial(spliced, dirty) for name, dirty in DIRTY.items()
        } | {f"whole: {way}": run for way, run in others.items()}
        ours = 0.0
        for way, run in ways.items():
            run()
            took = cpu(run, ROUNDS if len(run()) < 150_000 or "Pillow" not in way else 5)
            ours = ours or took
            print(
                f"{name:6} {options.format:5} {way:27} {took:8.2f} {took / ours:7.2f} {len(run()):9,}",
                flush=True,
            )
        print(f"{name:6} {options.format:5} {'once, the static part':27} {compiled:8.0f}")


def main() -> None:
    """Print the table."""
    print(f"{'scene':6} {'to':5} {'way':27} {'ms':>8} {'ratio':>7} {'bytes':>9}   (least CPU time)")
    for name in ("photo", "flat"):
        compare(name)


if __name__ == "__main__":
    main()
