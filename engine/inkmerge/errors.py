"""Errors and findings: what went wrong, where, and how to cure it.

The tree::

    InkmergeError(message, *, code, location, hint)
    ├ TemplateError   TemplateNotFound  TemplateSyntax  UnsafeTemplate  UnsupportedFeature
    ├ DataError       MissingValue  InvalidValue  SourceUnavailable  SourceSyntax
    │                 SelectorMatchedNothing  SelectorMatchedSeveral
    ├ CampaignError
    ├ TextError       FontNotFound  MissingGlyph  TextOverflow
    ├ AssetError      AssetNotAllowed  AssetNotFound  NotAnImage  AssetTooLarge
    ├ AltTextError
    ├ RenderError     RasterizerUnavailable  WorkerDied
    ├ LimitExceeded   TimeLimitExceeded
    ├ QuotaExceeded   QuotaUnusable
    └ SendError

An error ends a stage. What is not fatal is returned as a `Finding`, never logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a template: its name, the line (from 1) and the element's id, each where known.

    Attributes:
        template: The template's file name without its folder, or None.
        line: Line in that file, counted from 1, or None.
        element: The `id` of the element, else its tag name, or None.
    """

    template: str | None = None
    line: int | None = None
    element: str | None = None

    def __str__(self) -> str:
        """Give the place in the form that editors open: ``welcome.svg:12 #name``."""
        place = self.template or ""
        if self.line is not None:
            place += f":{self.line}"
        if self.element is not None:
            place += f" #{self.element}" if place else f"#{self.element}"
        return place


class Severity(StrEnum):
    """How much a finding weighs.

    `error`: no image can be made (the template is refused, or the recipient gets the fallback).
    `warning`: an image is made, and a person should look. `note`: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check reports.

    Attributes:
        code: Stable kebab-case name of the kind of finding, such as ``missing-glyph``.
        severity: How much it weighs.
        message: One sentence for a person.
        location: Where it is.
        hint: The cure, when known.
        weight: How bad it is among findings of its code: by how much something is too large, as a share of what is
            allowed, or how many things are at fault; 0 where nothing is measured. Two findings that differ in nothing
            else are equal.
    """

    code: str
    severity: Severity
    message: str
    location: Location = Location()
    hint: str | None = None
    weight: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        """Give the finding in the form of an error message."""
        return _message_form(self.severity.value, self)


class InkmergeError(Exception):
    """The root of all errors of this package.

    Attributes:
        message: One sentence for a person.
        code: Stable kebab-case name; a class has one, an instance may have a narrower one.
        location: Where it happened.
        hint: The cure, when known.
        weight: How bad it is among errors of its code, as `Finding.weight` has it.
    """

    code: str = "internal-error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        location: Location | None = None,
        hint: str | None = None,
        weight: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location or Location()
        self.hint = hint
        self.weight = weight
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """Give ``error[code]: message``, the place and the hint, each on a line of its own."""
        return _message_form("error", self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling, so that an error crosses from the isolated renderer to its caller."""
        return _rebuild_error, (type(self), self.finding())

    def at(self, location: Location) -> Self:
        """Fill in the parts of the place that are not known yet, and return the error itself."""
        self.location = replace(
            self.location,
            template=self.location.template or location.template,
            line=self.location.line or location.line,
            element=self.location.element or location.element,
        )
        return self

    def finding(self, severity: Severity = Severity.ERROR) -> Finding:
        """Return the same facts as a finding."""
        return Finding(self.code, severity, self.message, self.location, self.hint, self.weight)


def _message_form(kind: str, fault: Finding | InkmergeError) -> str:
    lines = [f"{kind}[{fault.code}]: {fault.message}"]
    if place := str(fault.location):
        lines.append(f"  --> {place}")
    if fault.hint:
        lines.append(f"hint: {fault.hint}")
    return "\n".join(lines)


def _rebuild_error(kind: type[InkmergeError], said: Finding) -> InkmergeError:
    return kind(said.message, code=said.code, location=said.location, hint=said.hint, weight=said.weight)


class TemplateError(InkmergeError):
    """The template or its sidecar is at fault."""

    code = "template-error"


class TemplateNotFound(TemplateError):
    """There is no file at the template's path, or it cannot be read."""

    code = "template-not-found"


class TemplateSyntax(TemplateError):
    """The SVG, its CSS, a placeholder or the sidecar does not parse."""

    code = "template-syntax"


class UnsafeTemplate(TemplateError):
    """The template asks for something that could harm: external entities, network, dunder names."""

    code = "unsafe-template"


class UnsupportedFeature(TemplateError):
    """The template uses something that cannot be drawn."""

    code = "unsupported-feature"


class DataError(InkmergeError):
    """A recipient's data is at fault."""

    code = "data-error"


class MissingValue(DataError):
    """A field has neither a value nor a default."""

    code = "missing-value"


class InvalidValue(DataError):
    """A value is not of its field's type, too long, or not among those allowed."""

    code = "invalid-value"


class CampaignError(InkmergeError):
    """A campaign's settings, containers, test profiles or fallback images are at fault."""

    code = "campaign-error"


class SourceUnavailable(DataError):
    """A content source cannot be fetched or read, and there is no copy of it."""

    code = "source-unavailable"


class SourceSyntax(DataError):
    """The settings of a content source cannot be used, or an expression in them."""

    code = "source-syntax"


class SelectorMatchedNothing(DataError):
    """No item of a content source has the key that a selector asks for."""

    code = "selector-matched-nothing"


class SelectorMatchedSeveral(DataError):
    """Several items of a content source have the key that a selector asks for."""

    code = "selector-matched-several"


class TextError(InkmergeError):
    """Text cannot be set."""

    code = "text-error"


class FontNotFound(TextError):
    """A font folder holds no usable face, or a font file is broken."""

    code = "font-not-found"


class MissingGlyph(TextError):
    """No face at hand has a glyph for a grapheme cluster."""

    code = "missing-glyph"


class TextOverflow(TextError):
    """Text does not fit into its text box."""

    code = "text-overflow"


class AssetError(InkmergeError):
    """An image that the template or the data refers to is at fault."""

    code = "asset-error"


class AssetNotAllowed(AssetError):
    """The reference leads outside the allowed folders, or to the network."""

    code = "asset-not-allowed"


class AssetNotFound(AssetError):
    """There is no file at the reference."""

    code = "asset-not-found"


class NotAnImage(AssetError):
    """The bytes are no image of an allowed format, or they are damaged."""

    code = "not-an-image"


class AssetTooLarge(AssetError):
    """The image has more bytes or pixels than allowed."""

    code = "asset-too-large"


class AltTextError(InkmergeError):
    """The text alternative is missing or insufficient."""

    code = "alt-text-insufficient"


class RenderError(InkmergeError):
    """CairoSVG, resvg or Pillow failed."""

    code = "render-error"


class RasterizerUnavailable(RenderError):
    """The system library libcairo cannot be loaded."""

    code = "rasterizer-unavailable"


class WorkerDied(RenderError):
    """The isolated renderer's child process crashed or used more memory than allowed."""

    code = "worker-died"


class LimitExceeded(InkmergeError):
    """Something is larger than `Limits` allows."""

    code = "limit-exceeded"


class TimeLimitExceeded(LimitExceeded):
    """A render took longer than allowed."""

    code = "time-limit-exceeded"


class QuotaExceeded(InkmergeError):
    """No more images may be made, in this campaign or in this period."""

    code = "quota-exceeded"


class QuotaUnusable(QuotaExceeded):
    """The quota's database cannot be read or written, so that nobody knows what is left: as good as nothing."""

    code = "quota-unusable"


class SendError(InkmergeError):
    """A message was not handed to a mail server, or the server did not take it."""

    code = "send-failed"


RECIPIENT_SKIPPED: Final = "recipient-skipped"
"""Code of a `MissingValue` whose field says `missing = "skip"`: the recipient is to get nothing."""
NOT_IN_GROUP: Final = "not-in-group"
"""Code of the reason for which a recipient gets nothing: the image is for target groups that they are not in."""
LEFT_OUT: Final = frozenset((RECIPIENT_SKIPPED, NOT_IN_GROUP))
"""Codes of the reasons for which a template or a campaign gives a recipient no image at all."""
VALUE_REQUIRED: Final = "value-required"
"""Code of a `MissingValue` whose field says `missing = "fail"`: it is raised even where a fallback image is wanted."""

SOURCE_NOT_ALLOWED: Final = "source-not-allowed"
"""Code of a `SourceUnavailable` whose host or address is not allowed: nothing was sent to it, and no copy is used."""
SOURCE_TOO_LARGE: Final = "source-too-large"
"""Code of a `SourceUnavailable` that has more bytes, items or elements than allowed."""
SOURCE_MALFORMED: Final = "source-malformed"
"""Code of a `SourceUnavailable` that is not what its kind says."""

SMTP_URL_INVALID: Final = "smtp-url-invalid"
"""Code of a `SendError` for an address of a mail server that is none, or says what is not safe."""
SMTP_UNREACHABLE: Final = "smtp-unreachable"
"""Code of a `SendError` for a server that cannot be reached, hangs, drops the connection or does not speak SMTP."""
SMTP_NOT_TRUSTED: Final = "smtp-not-trusted"
"""Code of a `SendError` for a server that offers no encryption, or whose certificate is not trusted."""
SMTP_LOGIN_REFUSED: Final = "smtp-login-refused"
"""Code of a `SendError` for a user name and password that are missing or that the server does not take."""
SMTPUTF8_MISSING: Final = "smtputf8-missing"
"""Code of a `SendError` for an address with letters that the server cannot take."""
SENDER_REFUSED: Final = "sender-refused"
"""Code of a `SendError` for a sender that the server does not take."""
RECIPIENT_REFUSED: Final = "recipient-refused"
"""Code of a `SendError` for a recipient whom the server does not take."""
RECIPIENT_NOT_ALLOWED: Final = "recipient-not-allowed"
"""Code of a `SendError` for a recipient whom the caller did not name; nothing was sent."""
MESSAGE_REFUSED: Final = "message-refused"
"""Code of a `SendError` for a message that the server does not take."""


def error_classes() -> tuple[type[InkmergeError], ...]:
    """Return every error class of the tree, the root first."""
    found: list[type[InkmergeError]] = [InkmergeError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return tuple(found)
