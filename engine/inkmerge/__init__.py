"""Personalized images for e-mail from SVG templates.

    from inkmerge import Template

    template = Template.load("greeting.svg")
    image = template.render({"first_name": "Anna"}, dpi=192, format="png")
    image.data, image.alt, image.width, image.height, image.fallback

See `Template` first; `IsolatedTemplate` is the same in a child process with limits.
"""

from inkmerge.alt import TextAlternative
from inkmerge.errors import Finding, InkmergeError, Location, Severity
from inkmerge.fallback import Reason
from inkmerge.image import RenderedImage
from inkmerge.isolated import IsolatedTemplate
from inkmerge.limits import Limits
from inkmerge.pipeline import Field, Template

__all__ = [
    "Field",
    "Finding",
    "InkmergeError",
    "IsolatedTemplate",

    "Limits",
    "Location",
    "Reason",
    "RenderedImage",
    "Severity",
    "Template",
    "TextAlternative",
]
__version__ = "0.1.0"
