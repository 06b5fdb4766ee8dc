"""Filter functions → primitives: https://www.w3.org/TR/filter-effects-1/#ShorthandEquivalents. They work in sRGB."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.flat.filter_chain import FilterChain, Result
from inkmerge.flat.filter_primitives import drop_shadow
from inkmerge.flat.filter_values import FilterFunction
from inkmerge.svg.names import new
from inkmerge.svg.units import text_of

_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)
_SEPIA: Final = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
_SATURATE: Final = (0.213, 0.715, 0.072)
_COLORS: Final = ("feFuncR", "feFuncG", "feFuncB")


def add_function(function: FilterFunction, chain: FilterChain) -> None:
    """Append what a function does to the result of what stands before it."""
    given = chain.input(None)
    amount = function.numbers[0]
    match function.name:
        case "blur":
            chain.blur(amount, amount)
            deviation = f"{text_of(amount)} {text_of(amount)}"
            attributes = {"in": given.name, "stdDeviation": deviation}
            result = chain.add("feGaussianBlur", attributes, chain.region, "sRGB")
        case "drop-shadow":
            result = _drop_shadow(function, given, chain)
        case "grayscale":
            result = _matrix(_toward([_LUMINANCE] * 3, amount), given, chain)
        case "sepia":
            result = _matrix(_toward(list(_SEPIA), amount), given, chain)
        case "saturate":
            # written as a matrix, since `type="saturate"` stops at 1 in some rasterizers, and the function does not
            result = _matrix(_toward([_SATURATE] * 3, 1 - amount), given, chain)
        case "hue-rotate":
            attributes = {"in": given.name, "type": "hueRotate", "values": text_of(amount)}
            result = chain.add("feColorMatrix", attributes, chain.region, "sRGB")
        case "brightness":
            result = _linear(amount, 0.0, given, chain)
        case "contrast":
            result = _linear(amount, 0.5 - 0.5 * amount, given, chain)
        case "invert":
            result = _linear(1 - 2 * amount, amount, given, chain)
        case _:  # opacity
            functions = [new("feFuncA", {"type": "linear", "slope": text_of(amount), "intercept": "0"})]
            result = _transfer(functions, given, chain)
    chain.keep(None, result)


def _drop_shadow(function: FilterFunction, given: Result, chain: FilterChain) -> Result:
    dx, dy, deviation = function.numbers
    color = function.color
    assert color is not None  # the parser gives every drop-shadow one
    attributes = {"in": given.name, "flood-color": color.hex, "flood-opacity": text_of(color.alpha)}
    return drop_shadow(chain, attributes, (dx, dy, deviation, deviation), chain.region, "sRGB")


def _toward(target: list[tuple[float, float, float]], amount: float) -> list[list[float]]:
    """Return the matrix that lies `amount` of the way from the identity to `target`."""
    return [
        [amount * value + (1 - amount) * (row == column) for column, value in enumerate(values)]
        for row, values in enumerate(target)
    ]


def _matrix(rows: list[list[float]], given: Result, chain: FilterChain) -> Result:
    values = [value for row in rows for value in (*row, 0.0, 0.0)] + [0.0, 0.0, 0.0, 1.0, 0.0]
    attributes = {"in": given.name, "type": "matrix", "values": " ".join(map(text_of, values))}
    return chain.add("feColorMatrix", attributes, chain.region, "sRGB")


def _linear(slope: float, intercept: float, given: Result, chain: FilterChain) -> Result:
    attributes = {"type": "linear", "slope": text_of(slope), "intercept": text_of(intercept)}
    return _transfer([new(channel, attributes) for channel in _COLORS], given, chain)


def _transfer(functions: list[etree._Element], given: Result, chain: FilterChain) -> Result:
    return chain.add("feComponentTransfer", {"in": given.name}, chain.region, "sRGB", functions)
