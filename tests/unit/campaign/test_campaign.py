"""A campaign: what a recipient gets for each image element, and what is said when it cannot be opened."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge.campaign import Campaign, origin_of
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.errors import InkmergeError

TEASERS = Path(__file__).resolve().parents[3] / "fixtures" / "teasers"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>{{ content.title }} {{ name }}</title>'
    '<text y="9" font-size="6">{{ content.title }} {{ name }}</text></svg>'
)
SETTINGS = """
name = "Spring"
[groups]
german = 'language == "de"'
loyal = "points >= 100"
[attributes]
points = "integer"
[sources.shop]
location = "sources/shop.json"
[sources.shop.keys]
sku = "sku"
[elements.hero]
template = "templates/hero.svg"
source = "shop"
select = { sku = "{{ favourite|default('a') }}" }
texts = { greeting = "Hi {{ name }}: {{ content.title }}" }
"""
SHOP = '[{"sku": "a", "title": "Kettle"}, {"sku": "b", "title": "Cup"}, {"sku": "b", "title": "Cup"}]'


def noon() -> datetime:
    return datetime(2026, 11, 26, 12, tzinfo=UTC)


def campaign(folder: Path, settings: str = SETTINGS) -> Campaign:
    written = {"inkmerge.toml": settings, "templates/hero.svg": SVG, "sources/shop.json": SHOP}
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Campaign.open(folder, clock=noon)


def refusal(folder: Path, settings: str) -> str:
    with pytest.raises(InkmergeError) as caught:
        campaign(folder, settings)
    return str(caught.value)


@pytest.fixture(scope="module")
def teasers(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    folder = tmp_path_factory.mktemp("campaign") / "teasers"
    shutil.copytree(TEASERS, folder)
    return Campaign.open(folder, clock=noon)


@pytest.mark.parametrize(
    ("profile", "element", "variants"),
    [
        ("anna", "teaser", ["base"]),
        ("jonas", "teaser", ["german"]),
        ("layla", "story", ["arabic"]),
        ("layla", "offer", ["loyal-arabic", "dubai-arabic"]),
    ],
)
def test_a_profile_gets_the_variants_of_its_groups(
    teasers: Campaign, profile: str, element: str, variants: list[str]
) -> None:
    choices = teasers.choose(element, teasers.profile(profile))
    assert [one.variant for one in choices.drawn] == variants
    images = teasers.render(element, teasers.profile(profile), counts=False)
    assert [one.fallback for one in images] == [None] * len(variants)


def test_who_is_in_no_group_gets_what_outside_says(teasers: Campaign, tmp_path: Path) -> None:
    (image,) = teasers.render("offer", teasers.profile("neutral"), counts=False)
    assert image.fallback is not None
    assert image.fallback.code == "not-in-group"
    settings = SETTINGS + 'outside = "fallback"\n[[elements.hero.variants]]\ngroup = "german"\n'
    (image,) = campaign(tmp_path, settings).render("hero", {"name": "Jo", "language": "en"})
    assert image.fallback is not None
    assert image.fallback.code == "no-group"


def test_who_is_in_no_group_gets_one_fallback_image_in_a_batch_of_stacked_variants(tmp_path: Path) -> None:
    settings = (
        SETTINGS
        + 'overlap = "all"\noutside = "fallback"\n'
        + "".join(f'[[elements.hero.variants]]\ngroup = "{group}"\n' for group in ("german", "loyal"))
    )
    opened = campaign(tmp_path, settings)
    pieces = opened.element("hero").pieces
    images = [ElementRenderer(opened, "hero", one).render({"language": "en", "points": 1}) for one in pieces]
    assert [image.fallback and image.fallback.code for image in images] == ["no-group", "not-in-group"]


def test_attributes_that_are_read_by_a_name_from_outside_are_all_handed_on(tmp_path: Path) -> None:
    settings = SETTINGS.replace("Hi {{ name }}:", "Hi {{ recipient[column] }}:")
    opened = campaign(tmp_path, settings)
    assert "" in {field.name for field in ElementRenderer(opened, "hero", None).fields}


def test_content_texts_and_attributes_fill_the_template(tmp_path: Path) -> None:
    opened = campaign(tmp_path)
    (choice,) = opened.choose("hero", {"name": "Jo"}).drawn
    assert choice.attributes["content"] == {"sku": "a", "title": "Kettle", "greeting": "Hi Jo: Kettle"}
    assert opened.render("hero", {"name": "Jo"})[0].alt == "Kettle Jo"
    assert origin_of("content.title", choice) == "shop: sku = a"
    assert origin_of("content.greeting", choice) == "texts of the element"
    assert [origin_of(name, choice) for name in ("name", "other")] == ["attribute", "missing"]
    (choice,) = opened.choose("hero", {"content": {"own": "x", "title": "Mine"}}).drawn
    assert origin_of("content.own", choice) == "attribute"
    assert origin_of("content.title", choice) == "shop: sku = a"


def test_texts_read_what_texts_before_them_made_whoever_they_are_for(tmp_path: Path) -> None:
    texts = (
        'texts = { upper = "{{ content.title }}, {{ campaign.name }}", '
        'title = "{{ content.title }} for {{ name }}", lower = "{{ content.title }}!", '
        "own = \"{{ content.mine|default('none') }}\" }\n"
    )
    opened = campaign(tmp_path, SETTINGS[: SETTINGS.index("texts =")] + texts)
    recipients: list[tuple[str, dict[str, str]]] = [("Jo", {}), ("Di", {"mine": "x", "title": "Mine"})]
    for name, own in recipients:
        (choice,) = opened.choose("hero", {"name": name, "content": own}).drawn
        content = choice.attributes["content"]
        assert content["upper"] == "Kettle, Spring"
        assert (content["title"], content["lower"]) == (f"Kettle for {name}", f"Kettle for {name}!")
        assert content["own"] == own.get("mine", "none")


@pytest.mark.parametrize(
    ("favourite", "code"), [("zz", "selector-matched-nothing"), ("b", "selector-matched-several")]
)
def test_an_item_that_is_not_one_gives_the_fallback_image(tmp_path: Path, favourite: str, code: str) -> None:
    (image,) = campaign(tmp_path).render("hero", {"name": "Jo", "favourite": favourite})
    assert image.fallback is not None
    assert image.fallback.code == code


def test_an_unknown_group_is_a_finding_and_no_membership(tmp_path: Path) -> None:
    settings = SETTINGS + '[[elements.hero.variants]]\ngroup = "loyal"\ntexts = { greeting = "x" }\n'
    choices = campaign(tmp_path, settings).choose("hero", {"name": "Jo"})
    assert (choices.groups, choices.unknown) == ((), ("loyal",))
    assert [finding.code for finding in choices.findings] == ["group-unknown"]


def test_a_container_is_reused_with_other_selectors(tmp_path: Path) -> None:
    settings = SETTINGS.partition("[elements.hero]")[0]
    container = 'template = "templates/hero.svg"\nsource = "shop"\nselect = { sku = "a" }\n'
    element = '[elements.hero]\ncontainer = "teaser"\ntexts = { title = "Mine" }\n'
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers" / "teaser.toml").write_text(container)
    opened = campaign(tmp_path, settings + element)
    assert opened.render("hero", {"name": "Jo"})[0].alt == "Mine Jo"
    assert opened.render(opened.container("teaser"), {"name": "Jo"})[0].alt == "Kettle Jo"
    (image,) = opened.render(opened.container("teaser", sku="none"), {"name": "Jo"})
    assert image.fallback is not None


def test_containers_in_a_ring_are_refused(tmp_path: Path) -> None:
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers" / "one.toml").write_text('container = "two"\n')
    (tmp_path / "containers" / "two.toml").write_text('container = "one"\n')
    assert "one → two → one" in refusal(tmp_path, 'name = "x"\n')


def test_the_quota_gives_the_fallback_image_once_it_is_used_up(tmp_path: Path) -> None:
    opened = campaign(tmp_path, SETTINGS + "[quota]\nimages = 2\n")
    codes = [
        (image.fallback and image.fallback.code)
        for name in ("Jo", "Bo", "Jo", "Mo")
        for image in opened.render("hero", {"name": name})
    ]
    assert codes == [None, None, None, "quota-exceeded"]
    (image,) = opened.render("hero", {"name": "Mo"}, counts=False)
    assert image.fallback is None


def test_fallback_images_are_looked_up_in_element_template_and_campaign(tmp_path: Path) -> None:
    for name, colour in (("element", "red"), ("template", "green"), ("campaign", "blue")):
        (tmp_path / "templates").mkdir(exist_ok=True)
        Image.new("RGB", (60, 30), colour).save(tmp_path / f"{name}.png")
    Image.new("RGB", (60, 30), "green").save(tmp_path / "templates" / "template.png")

    def alt(settings: str, sidecar: str = "") -> str:
        (tmp_path / "templates" / "hero.toml").write_text(sidecar)
        return campaign(tmp_path, settings).render("hero", {})[0].alt

    head, tail = SETTINGS.replace("[elements.hero]", "@[elements.hero]").split("@")
    spare = '[fallback]\nimage = "campaign.png"\nalt = "of the campaign"\n'
    own = '[fallback]\nimage = "template.png"\nalt = "of the template"\n'
    element = '[elements.hero.fallback]\nimage = "element.png"\nalt = "of the element"\n'
    assert alt(head + spare + tail) == "of the campaign"
    assert alt(head + spare + tail, own) == "of the template"
    assert alt(head + spare + tail + element, own) == "of the element"


def test_the_fallback_image_of_a_variant_goes_before_all_others_in_its_language(tmp_path: Path) -> None:
    for name in ("variant", "element"):
        Image.new("RGB", (60, 30)).save(tmp_path / f"{name}.png")
    settings = (
        SETTINGS
        + 'fallback = { image = "element.png", alt = "of the element" }\n'
        + '[[elements.hero.variants]]\ngroup = "german"\nlanguage = "de"\n'
        + 'fallback = { image = "variant.png", alt = "der Variante" }\n'
        + '[[elements.hero.variants]]\ngroup = "loyal"\nlanguage = "fr"\n'
    )
    opened = campaign(tmp_path, settings)

    def fallback(**recipient: Any) -> tuple[str, str]:
        (choice,) = opened.choose("hero", {"favourite": "none", **recipient}).drawn
        (image,) = opened.render("hero", {"favourite": "none", **recipient}, format="svg")
        return image.alt, choice.template.language

    assert fallback(language="de") == ("der Variante", "de")
    assert fallback(points=100) == ("of the element", "fr")
    assert fallback() == ("of the element", "en")
    (image,) = opened.render("hero", {"favourite": "none", "language": "de"}, format="svg")
    assert b'xml:lang="de"' in image.data
    (image,) = opened.render("hero", {"favourite": "none", "points": 100}, format="svg")
    assert (
        b'xml:lang="en"' in image.data
    )  # the element says no language, so that its words are the template's


LANGUAGES = (
    SETTINGS
    + 'language = "en"\nvalues = { price = 1234.5 }\n'
    + '[[elements.hero.variants]]\ngroup = "german"\nlanguage = "de"\n'
    + "texts = { title = \"{{ content.price|money('EUR') }}\" }\n"
)


@pytest.mark.parametrize(
    ("recipient", "language", "price"),
    [
        ({"language": "de"}, "de", "1.234,50\xa0€"),
        ({"language": "de", "locale": "de_AT"}, "de", "€\xa01.234,50"),
        ({"language": "de", "locale": "en-US"}, "de", "1.234,50\xa0€"),
        ({"locale": "de-AT"}, "en", None),
    ],
    ids=["language", "region", "another", "base"],
)
def test_a_variant_speaks_its_own_language_and_the_recipients_region_of_it(
    tmp_path: Path, recipient: dict[str, str], language: str, price: str | None
) -> None:
    opened = campaign(tmp_path, LANGUAGES)
    (choice,) = opened.choose("hero", {"name": "Jo", **recipient}).drawn
    assert choice.template.language == language
    assert price is None or choice.attributes["content"]["title"] == price
    (image,) = opened.render("hero", {"name": "Jo", **recipient}, format="svg")
    assert f'xml:lang="{language}"'.encode() in image.data


def test_numbers_in_a_template_are_written_in_the_language_of_the_variant(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "hero.svg"
    opened = campaign(tmp_path, LANGUAGES)
    template.write_text(SVG.replace("{{ name }}", "{{ content.price|number }}"))
    opened = Campaign.open(tmp_path, clock=noon)
    assert opened.render("hero", {"name": "Jo", "locale": "de-DE"})[0].alt == "Kettle 1,234.5"
    assert opened.render("hero", {"name": "Jo", "language": "de"})[0].alt.endswith("1.234,5")


def test_a_language_that_is_none_is_named(tmp_path: Path) -> None:
    assert "is no language tag" in refusal(tmp_path, SETTINGS + 'language = "german!"\n')


def test_groups_that_lead_back_to_themselves_are_named_with_their_key(tmp_path: Path) -> None:
    words = refusal(tmp_path, SETTINGS.replace('"points >= 100"', "'in_group(\"loyal\")'"))
    assert "loyal → loyal" in words
    assert "groups.loyal" in words


def test_where_nobody_on_the_network_may_be_asked_nothing_is_chosen_to_find_out_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = campaign(tmp_path)
    monkeypatch.setattr(opened, "choose", None)
    opened.prefetch([{"name": "Jo"}])


def test_a_fallback_image_of_another_aspect_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (60, 60)).save(tmp_path / "square.png")
    settings = SETTINGS + '[elements.hero.fallback]\nimage = "square.png"\nalt = "x"\n'
    assert "give it the same aspect" in refusal(tmp_path, settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('name = "x"\ngrups = {}\n', "did you mean 'groups'?"),
        (SETTINGS.replace('source = "shop"', 'source = "shopp"'), "did you mean 'shop'?"),
        (SETTINGS + '[[elements.hero.variants]]\ngroup = "germ"\n', "did you mean 'german'?"),
        (SETTINGS.replace('template = "templates/hero.svg"', ""), "no template is named"),
        (SETTINGS.replace("templates/hero.svg", "../hero.svg"), "outside of the campaign"),
        (SETTINGS.replace('source = "shop"\n', ""), "selects an item, and has no source"),
        (SETTINGS.replace('language == "de"', "language =="), "groups.german"),
        ("name = ", "does not parse"),
    ],
)
def test_what_is_wrong_in_the_settings_is_named_with_its_cure(
    tmp_path: Path, settings: str, words: str
) -> None:
    assert words in refusal(tmp_path, settings)


def test_a_folder_without_settings_is_no_campaign(tmp_path: Path) -> None:
    with pytest.raises(InkmergeError, match="is no campaign"):
        Campaign.open(tmp_path)


@pytest.mark.parametrize("kind", ["element", "container", "profile"])
def test_unknown_names_have_a_near_one(teasers: Campaign, kind: str) -> None:
    near: dict[str, tuple[str, str]] = {
        "element": ("teasr", "teaser"),
        "container": ("teasr", "teaser"),
        "profile": ("ana", "anna"),
    }
    wrong, right = near[kind]
    ask: Any = getattr(teasers, kind)
    with pytest.raises(InkmergeError, match=f"did you mean '{right}'"):
        ask(wrong)
