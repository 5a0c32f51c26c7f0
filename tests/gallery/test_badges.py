"""Badges: what they say, and that they are images whatever they say."""

from xml.etree import ElementTree as ET

import pytest

from pyf.aggregator.documents.shown import Package, ShownJudgement
from pyf.aggregator.gallery.representations.badges import (
    Badge,
    BadgeKind,
    build_badge,
    build_shields,
    build_svg,
)
from pyf.aggregator.metadata.model import NormalizedName
from tests.gallery.served import Visitor


def make_package(*judged: tuple[str, str, bool | None], **said: object) -> Package:
    compatibility = tuple(
        ShownJudgement(version=f"Plone {number}", verdict=verdict, supported=supported)
        for number, verdict, supported in judged
    )
    return Package(id=NormalizedName("x"), compatibility=compatibility, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (make_package(), ("Plone", "unknown", "unknown")),
        (make_package(("6.2", "unknown", True)), ("Plone", "unknown", "unknown")),
        (make_package(("6.2", "declared", True), ("6.1", "allowed", True)), ("Plone", "6.1 | 6.2", "alive")),
        (make_package(("6.2", "excluded", True), ("5.2", "declared", False)), ("Plone", "5.2", "caution")),
        (make_package(("6.2", "declared", None), ("5.2", "declared", False)), ("Plone", "6.2", "alive")),
        (
            make_package(*((f"{number}.0", "declared", True) for number in (10, 9, 8, 7, 6))),
            ("Plone", "6.0 | … | 9.0 | 10.0", "alive"),
        ),
    ],
)
def test_works_with(package: Package, expected: tuple[str, str, str]) -> None:
    assert build_badge(BadgeKind.WORKS_WITH, package, "Plone") == Badge(*expected)


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (None, ("quality", "unknown", "unknown")),
        (80, ("quality", "80 of 100", "alive")),
        (79, ("quality", "79 of 100", "caution")),
        (49, ("quality", "49 of 100", "ended")),
    ],
)
def test_quality(quality: int | None, expected: tuple[str, str, str]) -> None:
    assert build_badge(BadgeKind.QUALITY, make_package(quality=quality), "Plone") == Badge(*expected)


@pytest.mark.parametrize(
    ("life", "tone"),
    [("alive", "alive"), ("outdated", "caution"), ("archived", "ended"), (None, "unknown"), ("x", "unknown")],
)
def test_life(life: str | None, tone: str) -> None:
    assert build_badge(BadgeKind.LIFE, make_package(life=life), "Plone").tone == tone


def test_an_image_is_well_formed_and_says_what_it_shows() -> None:
    root = ET.fromstring(build_svg(Badge("a<b", "'\"&>", "ended")))  # noqa: S314 - our own
    assert root.get("aria-label") == "a<b: '\"&>"
    assert root.get("role") == "img"
    assert [item.text for item in root.iter("{http://www.w3.org/2000/svg}text")] == ["a<b", "'\"&>"]
    assert {item.tag.rpartition("}")[2] for item in root.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }


def test_what_no_xml_may_have_is_left_out_and_what_is_endless_cut() -> None:
    package = make_package(("6.2\x00\x1b\ufffe" + "9" * 10_000, "declared", True))
    badge = build_badge(BadgeKind.WORKS_WITH, package, "Plo\x00ne")
    assert len(badge.message) == 60
    root = ET.fromstring(build_svg(badge))  # noqa: S314 - our own
    assert root.get("aria-label") == f"Plone: 6.2{'9' * 53}…"


DRAWN = [
    ("alive", 26.1),
    ("unknown", 50.0),
    ("quarantined", 67.0),
    ("6.1 | 6.2", 45.7),
    ("4.2 | … | 5.2 | 6.0", 95.6),
    ("100 of 100", 59.6),
    ("Django", 39.0),
]
"""How wide a browser draws them in DejaVu Sans, at 11 pixels."""


@pytest.mark.parametrize(("message", "width"), DRAWN)
def test_an_image_is_as_wide_as_its_letters(message: str, width: float) -> None:
    root = ET.fromstring(build_svg(Badge("", message, "alive")))  # noqa: S314 - our own
    padding = 4 * 6
    assert abs(int(root.get("width") or 0) - padding - width) <= 2


def test_shields_is_told_what_it_understands() -> None:
    assert (
        build_shields(Badge("life", "alive", "alive"))
        == b'{"schemaVersion":1,"label":"life","message":"alive","color":"1a6b3c","cacheSeconds":3600}'
    )


@pytest.mark.parametrize("kind", list(BadgeKind))
def test_they_are_served(visitor: Visitor, kind: BadgeKind) -> None:
    path = f"/wares/packages/collective-calendar/badge/{kind}"
    image, told = visitor.get(f"{path}.svg"), visitor.get(f"{path}.json")
    assert image.headers["content-type"] == "image/svg+xml"
    assert told.json()["message"] in image.text.replace("&quot;", '"')
    assert image.headers["access-control-allow-origin"] == "*"
    assert visitor.get(f"/wares/packages/nothing/badge/{kind}.svg").status_code == 404
    assert visitor.get("/wares/packages/collective-calendar/badge/other.svg").status_code == 404
