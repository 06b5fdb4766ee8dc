"""What decodes our files, beside Pillow: other programs, and a browser."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from inkmerge.raster.canvas import Canvas

File = tuple[str, bytes]
"""Format and bytes."""

# The page waits for its images before `load`, and Chromium for `load` before it hands over the document.
_PAGE = """<body>{images}<script>
function pixels(image) {{
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d", {{willReadFrequently: true}});
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}}
addEventListener("load", () => {{
  const seen = [...document.images].map(pixels), answers = [];
  for (let n = 0; n < seen.length; n += 2)
    answers.push(seen[n].length > 4 && seen[n].length === seen[n + 1].length
      && seen[n].every((value, place) => value === seen[n + 1][place]));
  document.body.textContent = "answers: " + answers.join(" ") + ".";
}});
</script></body>"""


def canvas_of_picture(picture: Image.Image) -> Canvas:
    return Canvas(picture.convert("RGBA").tobytes("raw", "BGRa"), *picture.size, 4 * picture.width, 192.0)


def decoded(*command: str) -> bytes:
    """Run a decoder that must have nothing to say against a file."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]}, a second decoder, is not installed")
    done = subprocess.run(command, check=True, capture_output=True)
    assert not done.stderr
    return done.stdout


def same_in_chromium(pairs: Sequence[tuple[File, File]], folder: Path) -> list[bool]:
    """Tell of each pair of files whether Chromium decodes both to the same pixels."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium, a second decoder, is not installed")
    images = "".join(
        f'<img src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
        for pair in pairs
        for kind, data in pair
    )
    page = folder / "page.html"
    page.write_text(_PAGE.format(images=images))
    choices = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}")
    command = (program, *choices, "--dump-dom", page.as_uri())
    seen = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    answers = seen.partition("answers: ")[2].partition(".")[0]
    return [word == "true" for word in answers.split()]
