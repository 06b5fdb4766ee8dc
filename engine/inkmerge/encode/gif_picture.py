"""A picture becomes what a GIF can hold: at most 256 colours, one of which may be full transparency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Self

from PIL import Image, ImageChops

from inkmerge.encode.palette import exact_palette, reduced_palette
from inkmerge.encode.picture import over_background

Colour = tuple[int, int, int]

_HALF = 128  # of alpha
# A difference of two levels is not seen, and dither would turn it into noise.
_SEEN = 3
# Of pixels that 256 colours show as they are. Flat shapes, text and small gradients came to 0.96 and more, a gradient
# behind all to 0.80, a photo with a white card on a third of it to 0.63.
_FLAT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class IndexedPicture:
    """A `P` picture.

    Attributes:
        picture: The indices, with a palette of R G B.
        colours: How many colours the palette has.
        transparent: The index of the transparent one, or None.
    """

    picture: Image.Image
    colours: int
    transparent: int | None


@dataclass(frozen=True, slots=True)
class HardPicture:
    """A picture whose pixels are either opaque or transparent.

    Attributes:
        opaque: `RGB`; the background where it is transparent.
        holes: 255 where it is transparent, else 0; None where it is nowhere.
        background: What lies below.
    """

    opaque: Image.Image
    holes: Image.Image | None
    background: Colour

    @classmethod
    def of(cls, picture: Image.Image, background: Colour) -> Self:
        """Make pixels below half alpha transparent, and lay the others over the background.

        Where the mail has the background's colour, an edge loses only its fainter half. Were all of it laid over the
        background, it would be smooth there, but have a fringe of twice the strength on any other colour, dark mode
        included, and a soft shadow would be an opaque patch.
        """
        opaque = over_background(picture, background)
        if picture.mode == "RGB":
            return cls(opaque, None, background)
        holes = picture.getchannel("A").point([255] * _HALF + [0] * (256 - _HALF))
        if holes.getextrema() == (0, 0):
            return cls(opaque, None, background)
        opaque.paste(background, mask=holes)
        return cls(opaque, holes, background)

    def exact(self) -> IndexedPicture | None:
        """Return the picture with all its colours, or None when they are more than 256 with the transparent one."""
        if self.holes is None:
            indexed = exact_palette(self.opaque)
            return None if indexed is None else _indexed(indexed, None)
        pixels = self.opaque.convert("RGBA")
        pixels.paste((*self.background, 0), mask=self.holes)
        indexed = exact_palette(pixels)  # the transparent colour comes first
        if indexed is None:
            return None
        indexed.putpalette(bytes(indexed.getpalette("RGB") or ()), "RGB")
        return _indexed(indexed, 0)

    def reduced(self, colours: int) -> Image.Image:
        """Return `opaque` as a `P` picture in so many colours, less one where a transparent one is to come."""
        return reduced_palette(self.opaque, colours if self.holes is None else colours - 1)

    def is_flat(self, reduced: Image.Image) -> bool:
        """Tell whether a reduction shows so much of the picture as it is that dither would do harm.

        On flat shapes and text it dots small areas of rare colours and frays edges. In photos and gradients its
        absence shows as bands.
        """
        shown = self._missed_by(reduced).histogram()[0]
        width, height = self.opaque.size
        return shown >= _FLAT_SHARE * width * height

    def finished(self, reduced: Image.Image, *, is_dithered: bool) -> IndexedPicture:
        """Return a reduction with its dither and its holes.

        Args:
            reduced: What `reduced` returned.
            is_dithered: Whether a colour that the palette lacks is mixed of those it has. Pixels of colours that
                it has stay as they are, so that flat areas stay flat beside photos and gradients.
        """
        indexed = reduced.copy()
        if is_dithered:
            dithered = self.opaque.quantize(palette=indexed, dither=Image.Dither.FLOYDSTEINBERG)
            indexed.paste(dithered, mask=self._missed_by(indexed))
        if self.holes is None:
            return _indexed(indexed, None)
        palette = bytes(indexed.getpalette("RGB") or ())
        transparent = len(palette) // 3
        indexed.paste(transparent, mask=self.holes)
        # A reader that knows no transparency then shows the background.
        indexed.putpalette(palette + bytes(self.background), "RGB")
        return _indexed(indexed, transparent)

    def _missed_by(self, indexed: Image.Image) -> Image.Image:
        """Return 255 where a reduction shows another colour, else 0."""
        missed = ImageChops.difference(indexed.convert("RGB"), self.opaque).point(
            ([0] * _SEEN + [255] * (256 - _SEEN)) * 3
        )
        missed = reduce(ImageChops.lighter, missed.split())
        if self.holes is not None:
            missed.paste(0, mask=self.holes)
        return missed


def partly_transparent(picture: Image.Image) -> int:
    """Count the pixels that are neither opaque nor transparent."""
    return 0 if picture.mode == "RGB" else sum(picture.getchannel("A").histogram()[1:255])


def _indexed(picture: Image.Image, transparent: int | None) -> IndexedPicture:
    return IndexedPicture(picture, len(picture.getpalette() or ()) // 3, transparent)
