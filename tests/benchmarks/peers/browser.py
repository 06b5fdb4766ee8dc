"""Chromium: a page with the SVG kept open, the texts set in the DOM, a screenshot of it."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jinja2
from lxml import etree

from benchmarks.boxes import FAMILY
from benchmarks.scenes import SVG, Scene
from benchmarks.way import JPEG_QUALITY, SCALE, Format, Painter, Unavailable, Way

_PROGRAMS = "chromium", "chromium-browser", "google-chrome"
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run"),
    *(
        "--disable-lcd-text",
        "--font-render-hinting=none",
        "--force-color-profile=srgb",
        "--disable-extensions",
    ),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0"),
)
_START_SECONDS = 30


class Chromium(Way):
    """A screenshot through the DevTools protocol."""

    name = "Chromium, screenshot"
    remarks = (
        "page kept open, texts set in the DOM; CPU time of all of its processes; its picture is the reference"
    )

    def __init__(self) -> None:
        self._browser: _Browser | None = None

    def prepare(self, scene: Scene) -> Painter:
        """Open a page with the scene, its faces as data URIs."""
        if self._browser is None:
            self._browser = _Browser()
        browser = self._browser
        browser.open(_page(scene), scene.size)
        jinja = jinja2.Environment(autoescape=False)  # noqa: S701  no markup
        texts = [jinja.from_string(line.content) for line in scene.lines]

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            browser.run(f"fill({json.dumps([text.render(values) for text in texts])})")
            return browser.shot(to)

        return paint

    def cpu_seconds(self) -> float:
        """Return the CPU time of the browser's processes."""
        return 0.0 if self._browser is None else self._browser.cpu_seconds()

    def version(self) -> str:
        """Return what the browser calls itself."""
        return "" if self._browser is None else self._browser.version

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
        self._browser = None


def _page(scene: Scene) -> str:
    """Return a page that shows the scene and has a function that sets its texts."""
    faces = "".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};"
        f"src:url(data:font/ttf;base64,{b64encode(path.read_bytes()).decode('ascii')})}}"
        for path, weight in ((scene.fonts.regular, 400), (scene.fonts.bold, 700))
    )
    root = deepcopy(scene.root)
    for element in root.iter(f"{SVG}text"):
        element.text = "A"
        element.set("class", "text")
    picture = etree.tostring(root, encoding="unicode")
    return (
        f"<!doctype html><meta charset='utf-8'><style>{faces}body{{margin:0}}svg{{display:block}}text{{text-rendering:geometricPrecision}}</style>{picture}"
        "<script>const texts=[...document.querySelectorAll('.text')];"
        "function fill(values){values.forEach((value,at)=>{texts[at].textContent=value})}</script>"
    )


class _Browser:
    """A browser with one page, spoken to over a web socket."""

    def __init__(self) -> None:
        program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
        if program is None:
            raise Unavailable("Chromium is not there")
        try:
            from websockets.sync.client import connect
        except ImportError as fault:
            raise Unavailable("websockets is not installed") from fault
        self._folder = tempfile.TemporaryDirectory(prefix="bench-browser-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = connect(self._address(), max_size=None)
        self._number = 0
        self._session: str | None = None
        self.version = (
            str(self._ask("Browser.getVersion")["product"]).replace("/", " ").replace("Headless", "")
        )
        pages = self._ask("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in pages if one["type"] == "page")
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def open(self, page: str, size: tuple[int, int]) -> None:
        """Show a page, and wait for its faces and pictures."""
        width, height = size
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=SCALE,
            mobile=False,
        )
        path = Path(self._folder.name, "scene.html")
        path.write_text(page, encoding="utf-8")
        self._ask("Page.navigate", url=path.as_uri())
        while self.run("document.readyState") != "complete" or self.run("typeof fill") != "function":
            time.sleep(0.05)
        self.run(
            f"Promise.all([400, 700].map((weight) => document.fonts.load(weight + ' 20px \"{FAMILY}\"')))",
            is_awaited=True,
        )

    def run(self, script: str, *, is_awaited: bool = False) -> Any:
        """Run a script in the page, and return what it comes to."""
        found = self._ask(
            "Runtime.evaluate", expression=script, awaitPromise=is_awaited, returnByValue=not is_awaited
        )
        return found["result"].get("value")

    def shot(self, to: Format) -> bytes:
        """Return a screenshot."""
        quality = {"quality": JPEG_QUALITY} if to == "jpeg" else {}
        found = self._ask("Page.captureScreenshot", format=to, **quality)
        return b64decode(found["data"])

    def cpu_seconds(self) -> float:
        """Return the CPU time of the browser and of all that it started."""
        return sum(map(_cpu_seconds, _family(self._process.pid)))

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self._ask("Browser.close")
        self._socket.close()
        self._process.wait()
        self._folder.cleanup()

    def _address(self) -> str:
        """Return where the browser listens, which it writes into its folder.

        Raises:
            Unavailable: It didn't start.
        """
        found = Path(self._folder.name, "DevToolsActivePort")
        until = time.monotonic() + _START_SECONDS
        while not found.exists() or "\n" not in found.read_text():
            if self._process.poll() is not None or time.monotonic() > until:
                raise Unavailable("Chromium does not start")
            time.sleep(0.05)
        port, path = found.read_text().split("\n")
        return f"ws://127.0.0.1:{port}{path}"

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])


def _family(pid: int) -> Iterator[int]:
    """Return a process and all that it started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [child for child, parent in parents.items() if parent == one]


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of another process from its own clock, finer than what `/proc` tells."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        return 0.0
    try:
        return time.clock_gettime(clock.value)
    except OSError:
        return 0.0
