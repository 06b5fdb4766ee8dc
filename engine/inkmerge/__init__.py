"""Personalized images for e-mail from SVG templates.

    from inkmerge import Template

    template = Template.load("greeting.svg")
    image = template.render({"first_name": "Anna"}, dpi=192, format="png")
    image.data, image.alt, image.width, image.height, image.fallback

See `Template` first; `IsolatedTemplate` is the same in a child process with limits.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inkmerge.campaign import Campaign
    from inkmerge.errors import Finding, InkmergeError, Location, Severity
    from inkmerge.fallback import Reason
    from inkmerge.image import RenderedImage
    from inkmerge.isolated import IsolatedTemplate
    from inkmerge.limits import Limits
    from inkmerge.loaded import Field, Template
    from inkmerge.mailing import Mailing

__all__ = [
    "Campaign",
    "Field",
    "Finding",
    "InkmergeError",
    "IsolatedTemplate",
    "Limits",
    "Location",
    "Mailing",
    "Reason",
    "RenderedImage",
    "Severity",
    "Template",
]
__version__ = "0.1.0"

_HOMES = {
    "Campaign": "inkmerge.campaign",
    "Field": "inkmerge.loaded",
    "Finding": "inkmerge.errors",
    "InkmergeError": "inkmerge.errors",
    "IsolatedTemplate": "inkmerge.isolated",
    "Limits": "inkmerge.limits",
    "Location": "inkmerge.errors",
    "Mailing": "inkmerge.mailing",
    "Reason": "inkmerge.fallback",
    "RenderedImage": "inkmerge.image",
    "Severity": "inkmerge.errors",
    "Template": "inkmerge.loaded",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use: the libraries behind it take longer to load than many programs run."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
