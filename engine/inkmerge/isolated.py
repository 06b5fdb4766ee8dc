"""A template in a child process that can be killed: for templates and data that strangers may influence.

Coordinates exist that hang or crash cairo in native code, where no signal helps. A pool (pebble, on `forkserver`)
draws one image after another in a child under a time and memory limit, and replaces a child that is lost.

Scripts that use it keep their work under ``if __name__ == "__main__":``, as everything does that starts processes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from os import PathLike, fspath
from threading import Lock
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from inkmerge.child_processes import ChildLost, ChildPool, PoolBroken, enter_child
from inkmerge.errors import Finding, InkmergeError, RenderError, TimeLimitExceeded, WorkerDied
from inkmerge.examination import Examination
from inkmerge.explaining import Explanation
from inkmerge.fallback import Reason
from inkmerge.image import RenderedImage
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.loaded import Field, Template
from inkmerge.pipeline import Format
from inkmerge.raster import RasterizerChoice

R = TypeVar("R")

_SET_ASIDE: Final = 3
"""Lost children after which a template is set aside: what hangs thrice hangs always."""
_STARTS: Final = 8
"""Times in a row that a child may be lost before it took its work."""


class IsolatedTemplate:
    """The same as `Template`, drawn in a child process under `limits.seconds` and `limits.memory`.

    Use it as a context manager, or call `close`. It may be used from several threads; one image is drawn at a time.
    """

    def __init__(self, arguments: tuple[Any, ...], limits: Limits) -> None:
        self._arguments = arguments
        self._limits = limits
        self._lost = 0
        self._is_loaded = False
        self._lock = Lock()
        self._prepared: list[tuple[Any, ...]] = []
        self._fallbacks: dict[tuple[Any, ...], RenderedImage] = {}
        self._children = ChildPool(1, enter_child, (limits.memory,))

    @classmethod
    def load(  # noqa: PLR0913  the first three say what is drawn, the others are options by name
        cls,
        path: str | PathLike[str],
        font_dirs: Sequence[str | PathLike[str]] = (),
        asset_dirs: Sequence[str | PathLike[str]] = (),
        *,
        limits: Limits = DEFAULT_LIMITS,
        alt: str | None = None,
        rasterizer: RasterizerChoice = "auto",
    ) -> Self:
        """Read and compile a template in a child process, within `limits.load_seconds`.

        The arguments and errors are those of `Template.load`.

        Raises:
            InkmergeError: As `Template.load` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        folders = ([fspath(one) for one in font_dirs], [fspath(one) for one in asset_dirs])
        arguments = (fspath(path), *folders, limits, alt, rasterizer)
        template = cls(arguments, limits)
        try:
            template._attempt(template._load)
        except BaseException:
            template.close()
            raise
        return template

    @property
    def name(self) -> str:
        """The template's file name."""
        return self._name

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        return self._size

    @property
    def language(self) -> str:
        """BCP 47 language tag of its text alternative."""
        return self._language

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the template reads; see `Template.fields`."""
        return self._fields

    def check(self) -> tuple[Finding, ...]:
        """Return what there is to say about the template; see `Template.check`."""
        try:
            return self._call(_check, seconds=self._limits.load_seconds)
        except InkmergeError as fault:
            return (fault.finding(),)

    def prepare(
        self,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> tuple[Finding, ...]:
        """Draw and encode once what is the same for everybody; see `Template.prepare`.

        Raises:
            InkmergeError: As `Template.prepare` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        output = (dpi, format, width)
        found = self._call(_prepare, output, seconds=self._limits.load_seconds)
        self._prepared.append(output)
        return found

    def render(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
        on_error: Literal["fallback", "raise"] = "fallback",
    ) -> RenderedImage:
        """Render the image of one recipient; see `Template.render`.

        A render that takes longer than `limits.seconds`, or whose child dies, gets the fallback image with the reason
        `time-limit-exceeded` or `worker-died`. After three of them the template is set aside: the fallback at once.

        Raises:
            InkmergeError: As `Template.render` does.
        """
        output = (dpi, format, width)
        try:
            self._require_trust()
            return self._call(_render, recipient, output, on_error, seconds=self._limits.seconds)
        except (TimeLimitExceeded, WorkerDied) as fault:
            if on_error == "raise":
                raise
            return self.fallback(Reason.of(fault), dpi, format, width=width)

    def fallback(
        self,
        reason: Reason,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Return the fallback image; see `Template.fallback`."""
        key = (dpi, format, width, reason)
        if key not in self._fallbacks:
            self._fallbacks[key] = self._call(
                _fallback, reason, (dpi, format, width), seconds=self._limits.load_seconds
            )
        return self._fallbacks[key]

    @property
    def reads_pictures(self) -> bool:
        """Whether a recipient's values choose pictures; see `Template.reads_pictures`."""
        return self._reads_pictures

    def digest(
        self,
        recipient: Mapping[str, Any] | None,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> str:
        """Return what names a recipient's image; see `Template.digest`.

        Raises:
            InkmergeError: As `Template.digest` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        return self._call(_digest, recipient, (dpi, format, width), seconds=self._limits.seconds)

    def examine(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> Examination:
        """Do all that `render` does but draw and encode; see `Template.examine`.

        Raises:
            InkmergeError: As `Template.examine` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        return self._call(_examine, recipient, (dpi, format, width), seconds=self._limits.seconds)

    def examine_all(
        self,
        recipients: Sequence[Mapping[str, Any]],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> list[Examination | InkmergeError]:
        """Do the same for several recipients; see `Template.examine_all`.

        Raises:
            InkmergeError: `TimeLimitExceeded` and `WorkerDied`, after as many times `limits.seconds`.
        """
        seconds = self._limits.seconds * max(1, len(recipients))
        return self._call(_examine_all, recipients, (dpi, format, width), seconds=seconds)

    def explain(
        self,
        recipient: Mapping[str, Any] | None = None,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> Explanation:
        """Return what is drawn and encoded once, what anew for a recipient, and why; see `Template.explain`.

        Raises:
            InkmergeError: As `Template.explain` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        return self._call(_explain, recipient, (dpi, format, width), seconds=self._limits.load_seconds)

    def flat_svg(self, recipient: Mapping[str, Any]) -> bytes:
        """Return the filled picture as flat SVG; see `Template.flat_svg`.

        Raises:
            InkmergeError: As `Template.flat_svg` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        return self._call(_flat_svg, recipient, seconds=self._limits.seconds)

    def faces(self, recipient: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Return the file names of the faces that the texts are set with; see `Template.faces`.

        Raises:
            InkmergeError: As `Template.faces` does; also `TimeLimitExceeded` and `WorkerDied`.
        """
        return self._call(_faces, recipient, seconds=self._limits.seconds)

    def close(self) -> None:
        """End the child process."""
        self._children.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> None:
        self._name, self._size, self._fields, self._reads_pictures, self._language = self._run(
            _load, self._arguments, seconds=self._limits.load_seconds
        )
        for output in self._prepared:
            self._run(_prepare, output, seconds=self._limits.load_seconds)
        self._is_loaded = True

    def _call(self, function: Callable[..., R], *arguments: Any, seconds: float) -> R:
        """Run a function on the child's template; a child that was replaced loads it first."""

        def call() -> R:
            if not self._is_loaded:
                self._load()
            return self._run(function, *arguments, seconds=seconds)

        return self._attempt(call)

    def _attempt(self, act: Callable[[], R]) -> R:
        """Do something with the child; again with a new one, when it is lost before it took its work."""
        with self._lock:
            for _ in range(_STARTS):
                try:
                    return act()
                except PoolBroken:
                    self._is_loaded = False
                    self._children.renew()
                except CancelledError:
                    raise RenderError("the isolated renderer is closed") from None
            raise WorkerDied(
                f"the child process that draws was lost {_STARTS} times as it started",
                hint="free some memory, and try again",
            )

    def _run(self, function: Callable[..., R], *arguments: Any, seconds: float) -> R:
        try:
            found: R = self._children.run(function, arguments, seconds)
        except ChildLost as lost:
            self._lost += 1
            self._is_loaded = False
            raise lost.reason from None
        return found

    def _require_trust(self) -> None:
        if self._lost >= _SET_ASIDE:
            raise WorkerDied(
                f"the template is set aside after {self._lost} renders that hung or crashed",
                hint="simplify the drawing, or widen Limits(seconds=…, memory=…)",
            )


# What follows runs in the child.

_held: dict[str, Template] = {}


def _load(arguments: tuple[Any, ...]) -> tuple[str, tuple[float, float], tuple[Field, ...], bool, str]:
    path, font_dirs, asset_dirs, limits, alt, rasterizer = arguments
    template = Template.load(path, font_dirs, asset_dirs, limits=limits, alt=alt, rasterizer=rasterizer)
    _held["template"] = template
    return template.name, template.size, template.fields, template.reads_pictures, template.language


def _prepare(output: tuple[Any, ...]) -> tuple[Finding, ...]:
    dpi, chosen, width = output
    return _held["template"].prepare(dpi, chosen, width=width)


def _render(recipient: Mapping[str, Any], output: tuple[Any, ...], on_error: Any) -> RenderedImage:
    dpi, chosen, width = output
    return _held["template"].render(recipient, dpi, chosen, width=width, on_error=on_error)


def _fallback(reason: Reason, output: tuple[Any, ...]) -> RenderedImage:
    dpi, chosen, width = output
    return _held["template"].fallback(reason, dpi, chosen, width=width)


def _digest(recipient: Mapping[str, Any] | None, output: tuple[Any, ...]) -> str:
    dpi, chosen, width = output
    return _held["template"].digest(recipient, dpi, chosen, width=width)


def _flat_svg(recipient: Mapping[str, Any]) -> bytes:
    return _held["template"].flat_svg(recipient)


def _examine(recipient: Mapping[str, Any], output: tuple[Any, ...]) -> Examination:
    dpi, chosen, width = output
    return _held["template"].examine(recipient, dpi, chosen, width=width)


def _examine_all(
    recipients: Sequence[Mapping[str, Any]], output: tuple[Any, ...]
) -> list[Examination | InkmergeError]:
    dpi, chosen, width = output
    return _held["template"].examine_all(recipients, dpi, chosen, width=width)


def _explain(recipient: Mapping[str, Any] | None, output: tuple[Any, ...]) -> Explanation:
    dpi, chosen, width = output
    return _held["template"].explain(recipient, dpi, chosen, width=width)


def _faces(recipient: Mapping[str, Any] | None) -> tuple[str, ...]:
    return _held["template"].faces(recipient)


def _check() -> tuple[Finding, ...]:
    return _held["template"].check()
