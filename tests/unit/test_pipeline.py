"""From a file to bytes, in the calling process."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from inkmerge import InkmergeError, RenderedImage, Template
from inkmerge.encode import read_text_alternative
from inkmerge.errors import AltTextError, LimitExceeded, TemplateSyntax, UnsupportedFeature
from inkmerge.flat.contract import check_flat

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20" {}>{}</svg>'
DEMO = sorted((Path(__file__).parents[2] / "fixtures" / "demo").glob("*.svg"))
TOOLS = sorted((Path(__file__).parents[2] / "fixtures" / "tools").glob("*.svg"))


def _picture() -> str:
    data = io.BytesIO()
    Image.new("RGB", (40, 10), "red").save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


PICTURE = _picture()


def template(
    folder: Path, body: str, attributes: str = "", sidecar: str = "", alt: str | None = "x"
) -> Template:
    (folder / "t.svg").write_text(SVG.format(attributes, body), encoding="utf-8")
    if sidecar:
        (folder / "t.toml").write_text(sidecar, encoding="utf-8")
    return Template.load(folder / "t.svg", alt=alt)


def _anybody(loaded: Template) -> dict[str, Any]:
    """Return values with which a template can be filled: its examples, and a name where there is none."""
    plain = {
        "date": "2027-05-14",
        "number": 5,
        "integer": 5,
        "list": ["a"],
        "color": "#336699",
        "boolean": True,
    }
    return {
        field.name: plain.get(field.type, "Anna") if field.example is None else field.example
        for field in loaded.fields
        if field.is_required or field.example is not None
    }


def pixels(image: RenderedImage) -> Image.Image:
    return Image.open(io.BytesIO(image.data)).convert("RGBA")


def drawn(loaded: Template, **values: Any) -> Image.Image:
    return pixels(loaded.render(values, 96, on_error="raise"))


BAR = '<rect width="{{ 40 * share }}" height="20" fill="{{ colour }}"/>'


def test_placeholders_in_attributes_draw_what_they_say(tmp_path: Path) -> None:
    image = drawn(template(tmp_path, BAR), share=0.5, colour="#ff0000")
    assert image.getpixel((18, 10)) == (255, 0, 0, 255)
    assert image.getpixel((22, 10)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        '<rect width="40" height="20" style="fill: {{ colour }}"/>',
        '<style>.a { fill: {{ colour }} }</style><rect class="a" width="40" height="20"/>',
        '<g fill="{{ colour }}"><g><rect width="40" height="20"/></g></g>',
        '<defs><rect id="r" width="40" height="20" fill="{{ colour }}"/></defs><use xlink:href="#r"/>',
        '<linearGradient id="g"><stop stop-color="{{ colour }}"/></linearGradient><rect width="40" height="20" fill="url(#g)"/>',
        '<rect width="40" height="20" fill="blue"/><rect id="top" width="40" height="20" data-show="colour != \'\'" fill="{{ colour }}"/>',
        '{% if colour %}<rect width="40" height="20" fill="{{ colour }}"/>{% else %}<g/>{% endif %}',
        '<g color="{{ colour }}"><rect width="40" height="20" fill="currentColor"/></g>',
        '<clipPath id="c"><rect width="{{ 40 }}" height="20"/></clipPath><rect width="40" height="20" fill="{{ colour }}" clip-path="url(#c)"/>',
    ],
)
def test_a_colour_reaches_the_picture_wherever_it_is_written(body: str, tmp_path: Path) -> None:
    assert drawn(template(tmp_path, body), colour="#ff0000").getpixel((20, 10)) == (255, 0, 0, 255)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (
            (
                '<marker id="m" markerUnits="userSpaceOnUse" markerWidth="{{ w }}" markerHeight="{{ w }}" refX="5" refY="5">'
                '<path d="M 0 0 H 10 V 10 H 0 Z" fill="context-stroke"/></marker>'
                '<path d="M 5 10 H 20" stroke="{{ c }}" marker-end="url(#m)"/>'
            ),
            {"w": "10", "c": "#ff0000"},
        ),
        (
            (
                '<marker id="m" markerWidth="9" markerHeight="9" refX="4" refY="4" viewBox="0 0 8 8">'
                '<path data-show="c" d="M 0 0 H 8 V 8 H 0 Z" fill="#0000ff"/></marker>'
                '<path d="M 5 10 H 20" stroke="#ff0000" stroke-width="2" paint-order="markers" marker-end="url(#m)"/>'
            ),
            {"c": "1"},
        ),
        (
            (
                '<rect x="10" y="5" width="20" height="8" transform="rotate({{ a }})" fill="#ff0000" '
                'style="transform-box:fill-box;transform-origin:center"/>'
            ),
            {"a": "60"},
        ),
        (
            (
                '<text x="2" y="15" font-size="10" style="transform-box:fill-box;transform-origin:center;transform:rotate(45deg)">'
                "{{ n }}</text>"
            ),
            {"n": "Anna"},
        ),
        (
            '<rect x="2" y="5" width="10" height="10" fill="{{ c }}" style="transform-box:fill-box;transform:translate(50%,0)"/>',
            {"c": "#ff0000"},
        ),
        (
            (
                '<clipPath id="k" clipPathUnits="objectBoundingBox"><circle cx=".5" cy=".5" r="{{ r }}"/></clipPath>'
                f'<image href="{PICTURE}" x="5" y="2" width="10" height="16" preserveAspectRatio="xMidYMid slice" clip-path="url(#k)"/>'
            ),
            {"r": "0.5"},
        ),
    ],
)
def test_what_depends_on_values_is_drawn_as_if_the_designer_had_written_them(
    body: str, values: dict[str, str], tmp_path: Path
) -> None:
    filled = drawn(template(tmp_path, body, alt="Anna"), **values)
    for name, value in values.items():
        body = body.replace(f"{{{{ {name} }}}}", value)
    written = drawn(template(tmp_path, body.replace('data-show="c"', "")))
    assert filled.getbbox() is not None
    assert filled.tobytes() == written.tobytes()


def test_elements_are_repeated_with_their_loop_variables(tmp_path: Path) -> None:
    body = (
        '<rect data-repeat="c in colours" x="{{ loop.index0 * 10 }}" width="10" height="20" fill="{{ c }}"/>'
    )
    image = drawn(template(tmp_path, body), colours=["#ff0000", "#00ff00", "#0000ff"])
    assert [image.getpixel((x, 10))[:3] for x in (5, 15, 25)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert image.getpixel((35, 10))[3] == 0


def test_the_sidecar_binds_attributes_texts_and_conditions_by_id_and_layer_name(tmp_path: Path) -> None:
    body = (
        '<rect id="a" class="b" width="40" height="20"/><style>.b{fill:blue}</style>'
        '<g xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" inkscape:label="hidden layer">'
        '<rect width="40" height="20" fill="black"/></g><text id="t"><tspan fill="red">old</tspan> words</text>'
    )
    sidecar = """
    [elements.a]
    fill = "{{ colour }}"
    [elements."hidden layer"]
    show = "false"
    [elements.t]
    text = "{{ name }}"
    """
    loaded = template(tmp_path, body, "", sidecar, alt="{{ name }}")
    image = drawn(loaded, colour="#00ff00", name="N")
    assert image.getpixel((39, 19)) == (0, 255, 0, 255)
    assert "name" in [field.name for field in loaded.fields]


def test_a_binding_to_nothing_names_the_nearest_id(tmp_path: Path) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        template(tmp_path, '<rect id="photo"/>', "", '[elements.foto]\nfill = "red"')
    assert "photo" in str(caught.value.hint)


@pytest.mark.parametrize(
    "colour",
    ["red; stroke: blue", "url(#g)", 'red"/><script/>', "url(http://127.0.0.1/)", "expression(1)", "10"],
)
def test_a_value_never_becomes_style_reference_or_markup(colour: str, tmp_path: Path) -> None:
    image = template(tmp_path, BAR + '<linearGradient id="g"/>').render({"share": 1, "colour": colour})
    assert image.fallback is not None
    assert image.fallback.code == "invalid-value"


def test_a_name_with_markup_in_it_is_drawn_as_text(tmp_path: Path) -> None:
    loaded = template(tmp_path, '<text y="15">{{ name }}</text>', alt="{{ name }}")
    assert b"<script" not in loaded.flat_svg({"name": "</text><script>x</script>{{ 7*7 }}"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('<use href="#{{ x }}"/>', UnsupportedFeature),
        ('<g class="{{ x }}"/>', UnsupportedFeature),
        ('<g clip-path="url(#{{ x }})"/>', UnsupportedFeature),
        ('<g data-repeat="nonsense"/>', TemplateSyntax),
    ],
)
def test_a_placeholder_where_nothing_may_change_is_refused_with_the_cure(
    body: str, kind: type[InkmergeError], tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        template(tmp_path, body)
    assert caught.value.hint


def test_without_a_text_alternative_nothing_is_compiled(tmp_path: Path) -> None:
    with pytest.raises(AltTextError):
        template(tmp_path, "<rect/>", alt=None)
    assert template(tmp_path, "<rect/>", alt="").render({}).alt == ""
    decorative = template(tmp_path, '<text y="15">{{ name }}</text>', alt="").render({"name": "Anna"})
    assert (decorative.alt, decorative.fallback) == ("", None)


def test_the_four_places_of_the_text_alternative_agree(tmp_path: Path) -> None:
    body = (
        '<title>Hello {{ name }} &amp; co</title><desc>Long {{ name }}</desc><text y="15">{{ name }}</text>'
    )
    loaded = template(tmp_path, body, 'lang="de"', alt=None)
    image = loaded.render({"name": "Änne <3"}, on_error="raise")
    inside = read_text_alternative(image.data)
    assert inside is not None
    assert inside.alt == image.alt == "Hello Änne <3 & co"
    assert inside.extended_description == image.extended_description == "Long Änne <3"
    root = etree.fromstring(loaded.flat_svg({"name": "Änne <3"}))
    assert (root.get("role"), root[0].text, root[1].text) == ("img", image.alt, image.extended_description)


def test_a_picture_that_shows_what_its_alt_text_does_not_say_falls_back(tmp_path: Path) -> None:
    body = '<text y="15">{{ name }}</text>'
    image = template(tmp_path, body, alt="Hello").render({"name": "Anna"})
    assert image.fallback is not None
    assert image.fallback.code == "alt-coverage"
    assert (
        template(tmp_path, f'<g aria-hidden="true">{body}</g>', alt="Hello").render({"name": "A"}).fallback
        is None
    )
    warned = template(tmp_path, body, "", '[alt]\non_insufficient = "warn"', alt="Hello").render(
        {"name": "Anna"}
    )
    assert warned.fallback is None
    assert [finding.code for finding in warned.findings] == ["alt-coverage"]


def test_a_character_that_no_face_has_falls_back_or_is_drawn_as_a_box(tmp_path: Path) -> None:
    body = '<text y="15" aria-hidden="true">{{ name }}</text>'
    image = template(tmp_path, body).render({"name": "\U00012000"})
    assert image.fallback is not None
    assert image.fallback.code == "missing-glyph"
    drawn_anyway = template(tmp_path, body, "", 'missing_glyph = "draw"').render({"name": "\U00012000"})
    assert drawn_anyway.fallback is None
    assert [finding.code for finding in drawn_anyway.findings] == ["missing-glyph"]


def test_the_fallback_image_has_the_size_asked_for_and_its_own_alt_text(tmp_path: Path) -> None:
    Image.new("RGB", (80, 40), "green").save(tmp_path / "f.png")
    loaded = template(tmp_path, BAR, 'data-fallback="f.png" data-fallback-alt="Hi there"')
    for name in ("png", "jpeg", "webp", "gif", "svg", "pdf"):
        image = loaded.render({}, 192, name)  # type: ignore[arg-type]  # a literal
        assert image.fallback is not None
        assert image.fallback.code == "missing-value"
        assert image.alt == "Hi there"
    assert pixels(loaded.render({}, 288)).size == (120, 60)
    with pytest.raises(InkmergeError):
        loaded.render({}, on_error="raise")


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('data-fallback="nothing.png" data-fallback-alt="x"', "asset-not-found"),
        ('data-fallback="f.png"', "alt-text-insufficient"),
        ('data-fallback="square.png" data-fallback-alt="x"', "not-an-image"),
    ],
)
def test_a_fallback_that_could_fail_is_refused_when_the_template_is_loaded(
    attributes: str, code: str, tmp_path: Path
) -> None:
    Image.new("L", (40, 20)).save(tmp_path / "f.png")
    Image.new("L", (40, 40)).save(tmp_path / "square.png")
    with pytest.raises(InkmergeError) as caught:
        template(tmp_path, BAR, attributes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({"dpi": 96}, (40, 20)),
        ({"dpi": 192}, (80, 40)),
        ({"dpi": 100}, (42, 21)),
        ({"dpi": 48}, (20, 10)),
        ({"width": 100}, (100, 50)),
        ({}, (80, 40)),
    ],
)
def test_the_picture_has_the_pixels_asked_for(
    arguments: dict[str, Any], size: tuple[int, int], tmp_path: Path
) -> None:
    image = template(tmp_path, "<rect/>").render({}, **arguments)
    assert pixels(image).size == size == (image.width, image.height)


def test_sizes_in_millimetres_are_physical(tmp_path: Path) -> None:
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="25.4mm" viewBox="0 0 10 5"/>'
    )
    image = Template.load(tmp_path / "t.svg", alt="").render({}, 300)
    assert (image.width, image.height) == (300, 150)


def test_an_output_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    loaded = template(tmp_path, "<rect/>")
    with pytest.raises(LimitExceeded):
        loaded.render({}, 96 * 200)
    for wrong in ({"dpi": 0}, {"dpi": float("nan")}, {"width": 0}, {"format": "bmp"}):
        with pytest.raises(InkmergeError):
            loaded.render({}, **wrong)


@pytest.mark.parametrize("path", [*DEMO, *TOOLS], ids=lambda path: path.name)
def test_every_fixture_keeps_the_flat_contract_and_is_checked_without_errors(path: Path) -> None:
    loaded = Template.load(path)
    assert [str(finding) for finding in loaded.check() if finding.severity == "error"] == []
    root = etree.fromstring(loaded.flat_svg(_anybody(loaded)))
    root.attrib.pop("role")
    root.attrib.pop("{http://www.w3.org/XML/1998/namespace}lang")
    assert check_flat(root) == []


def test_a_picture_inside_is_drawn_whether_pixels_or_svg(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), "#ff0000").save(tmp_path / "p.png")
    (tmp_path / "p.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1" fill="#00ff00"/></svg>'
    )
    loaded = template(tmp_path, '<image href="{{ photo }}" width="40" height="20"/>')
    assert drawn(loaded, photo="p.png").getpixel((20, 10)) == (255, 0, 0, 255)
    assert drawn(loaded, photo="p.svg").getpixel((20, 10)) == (0, 255, 0, 255)
    for photo in ("http://127.0.0.1/p.png", "/etc/passwd", "../p.png"):
        image = loaded.render({"photo": photo})
        assert image.fallback is not None
        assert image.fallback.code.startswith("asset-")


def test_a_gradient_spans_the_whole_text_not_each_of_its_paths(tmp_path: Path) -> None:
    body = (
        '<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>'
        '<text y="15" fill="url(#g)">A<tspan font-weight="700">{{ name }}</tspan></text>'
    )
    root = etree.fromstring(template(tmp_path, body).flat_svg({"name": "x"}))
    spanning = [
        one
        for one in root.iter("{http://www.w3.org/2000/svg}linearGradient")
        if one.get("gradientUnits") == "userSpaceOnUse"
    ]
    assert spanning


def test_the_same_input_is_the_same_bytes_under_another_locale_and_hash_seed(tmp_path: Path) -> None:
    path = DEMO[0]
    script = (
        "import sys, hashlib; from inkmerge import Template\n"
        f"t = Template.load({str(path)!r})\n"
        "r = {'first_name': 'Anna', 'event_date': '2027-05-14', 'seat': 'A1', 'name': 'Anna'}\n"
        "print([hashlib.sha256(t.render(r, 96, n, on_error='raise').data).hexdigest() for n in ('png', 'jpeg', 'webp', 'gif', 'svg', 'pdf')])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={
                "PATH": "/usr/bin",
                "PYTHONHASHSEED": seed,
                "LANG": language,
                "PYTHONPATH": ":".join(sys.path),
            },
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout
        for seed, language in (("1", "C"), ("2", "tr_TR.UTF-8"))
    }
    assert len(found) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60))
def test_any_name_is_rendered_or_falls_back(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    if not (folder / "any.svg").exists():
        body = '<title>{{ name }}</title><text y="15" font-size="12" data-width="36">{{ name }}</text>'
        (folder / "any.svg").write_text(SVG.format("", body))
    image = Template.load(folder / "any.svg").render({"name": name}, 96)
    assert image.data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "style", ["background: #ff0000", "background-color:red", "background: rgb(255 0 0)", "background:{{ c }}"]
)
def test_the_background_of_the_root_is_drawn_behind_everything(style: str, tmp_path: Path) -> None:
    attributes = f'viewBox="0 0 10 10" preserveAspectRatio="xMinYMin meet" style="{style}"'
    image = drawn(template(tmp_path, '<rect width="5" height="5" fill="blue"/>', attributes), c="#ff0000")
    assert image.getpixel((2, 2)) == (0, 0, 255, 255)
    assert {image.getpixel(point) for point in ((39, 0), (39, 19), (0, 19))} == {(255, 0, 0, 255)}


def test_a_background_that_is_no_colour_and_one_elsewhere_draw_nothing(tmp_path: Path) -> None:
    body = '<g style="background:red"/>'
    for style in ("background:none", "background:transparent", "background:url(x.png)", ""):
        assert drawn(template(tmp_path, body, f'style="{style}"')).getbbox() is None


def test_blending_that_no_rasterizer_knows_is_reported(tmp_path: Path) -> None:
    body = '<rect width="9" height="9" style="mix-blend-mode:plus-lighter"/>'
    assert "value-invalid" in {finding.code for finding in template(tmp_path, body).check()}
    with pytest.raises(InkmergeError):
        drawn(template(tmp_path, body.replace("plus-lighter", "{{ mode }}")), mode="multiply;fill:red")


def test_styles_for_some_screens_are_reported(tmp_path: Path) -> None:
    css = "<style>@media (min-width: 9px) { rect { fill: red } } @media print { rect { fill: blue } }</style>"
    codes = [finding.code for finding in template(tmp_path, css + '<rect width="9" height="9"/>').check()]
    assert codes.count("css-ignored") == 1


@pytest.mark.parametrize(
    "attributes",
    [
        'fill="color-mix(in srgb, red, blue)"',
        'style="mix-blend-mode:plus-lighter"',
        'stroke="red" stroke-width="x"',
    ],
)
def test_what_the_designer_wrote_wrongly_beside_a_placeholder_is_no_fault_of_the_value(
    attributes: str, tmp_path: Path
) -> None:
    body = f'<text y="18" {attributes}>{{{{ name }}}}</text>'
    image = template(tmp_path, body, alt="{{ name }}").render({"name": "Anna"}, 96)
    assert image.fallback is None
    assert "value-invalid" in {finding.code for finding in image.findings}
