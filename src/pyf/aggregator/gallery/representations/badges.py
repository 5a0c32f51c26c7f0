"""Badges: what a package's page says, in a few words, as an image and as JSON for shields.io."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from types import MappingProxyType

import msgspec

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.representations.atom import clean_xml
from pyf.aggregator.gallery.templating import LIVES
from pyf.aggregator.metadata.versions import sort_key


class BadgeKind(StrEnum):
    """What a badge tells."""

    WORKS_WITH = "works-with"
    QUALITY = "quality"
    LIFE = "life"


COLORS: Mapping[str, str] = MappingProxyType(
    {"alive": "1a6b3c", "caution": "8a5300", "ended": "a3262a", "unknown": "545c63"}
)
"""By tone, each with enough contrast to the white on it (4.5 to 1)."""

GOOD_QUALITY = 80
FAIR_QUALITY = 50

_HEIGHT = 20
_PADDING = 6
_FONT = "font-family='Verdana,DejaVu Sans,Geneva,sans-serif' font-size='11'"
_LONGEST = 60
"""Characters; more than that is no badge, whoever wrote the document."""

_WIDTHS: Mapping[str, float] = MappingProxyType(
    {
        letter: width
        for letters, width in (
            ("il'", 3.0),
            ("jf ,.", 3.7),
            ("t!Ir|", 4.5),
            ('()[]{}-/:;J"', 5.0),
            ("csz?", 5.8),
            ("FLvxyk", 6.4),
            ("aeoP", 6.6),
            ("bdgpqhnuETY$*_0123456789", 6.9),
            ("ABCKRSVXZ", 7.6),
            ("DGHNOQU&", 8.4),
            ("w+<>=~#M…", 9.0),
            ("m@W", 10.8),
            ("%", 11.8),
        )
        for letter in letters
    }
)
"""Of Verdana's letters, and nearly those of DejaVu Sans, in pixels at 11 pixels."""
_MEAN_WIDTH = 7.0
_FULL_WIDTH = 11.0
_FULL_FROM = "\u2e80"
"""From here on there are the scripts whose letters are all wide."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A label, a message, and the tone it is said in."""

    label: str
    message: str
    tone: str


def build_badge(kind: BadgeKind, package: Package, framework: str) -> Badge:
    """Return what a badge says of a package."""
    if kind is BadgeKind.WORKS_WITH:
        return _build_works_with(package, framework)
    if kind is BadgeKind.QUALITY:
        return _build_quality(package)
    mark = LIVES.get(package.life or "", LIVES["unknown"])
    return Badge("life", mark.text, mark.tone)


def _build_works_with(package: Package, framework: str) -> Badge:
    """Name the versions that it works with, the oldest first: those that are still supported, else all."""
    working = [item for item in package.compatibility if item.verdict in ("declared", "allowed")]
    supported = [item for item in working if item.supported is not False]
    numbers = [item.version.rpartition(" ")[2] for item in supported or working]
    if not numbers:
        return Badge(framework, "unknown", "unknown")
    message = " | ".join(_shorten(sorted(numbers, key=sort_key)))
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST - 1]}…"
    return Badge(framework, message, "alive" if supported else "caution")


def _shorten(numbers: Sequence[str]) -> Sequence[str]:
    """Keep a badge short: of more than four versions the ends."""
    most = 4
    return numbers if len(numbers) <= most else [numbers[0], "…", *numbers[-2:]]


def _build_quality(package: Package) -> Badge:
    if package.quality is None:
        return Badge("quality", "unknown", "unknown")
    tone = "alive" if package.quality >= GOOD_QUALITY else "caution"
    return Badge("quality", f"{package.quality} of 100", tone if package.quality >= FAIR_QUALITY else "ended")


def build_shields(badge: Badge) -> bytes:
    """Return the badge for shields.io's endpoint (https://shields.io/badges/endpoint-badge)."""
    return msgspec.json.encode(
        {
            "schemaVersion": 1,
            "label": badge.label,
            "message": badge.message,
            "color": COLORS[badge.tone],
            "cacheSeconds": 3600,
        }
    )


def build_svg(badge: Badge) -> bytes:
    """Return the badge as an image that needs nothing from elsewhere and says in words what it shows."""
    shown = clean_xml(badge.label), clean_xml(badge.message)
    left, right = map(_measure, shown)
    label, message = map(escape, shown)
    title = f"{label}: {message}"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{left + right}' height='{_HEIGHT}' role='img'"
        f" aria-label='{title}'><title>{title}</title>"
        f"<clipPath id='c'><rect width='{left + right}' height='{_HEIGHT}' rx='3'/></clipPath>"
        f"<g clip-path='url(#c)'><rect width='{left}' height='{_HEIGHT}' fill='#343b41'/>"
        f"<rect x='{left}' width='{right}' height='{_HEIGHT}' fill='#{COLORS[badge.tone]}'/></g>"
        f"<g fill='#fff' text-anchor='middle' {_FONT}>"
        f"<text x='{left / 2:g}' y='14' textLength='{left - 2 * _PADDING}'>{label}</text>"
        f"<text x='{left + right / 2:g}' y='14' textLength='{right - 2 * _PADDING}'>{message}</text>"
        "</g></svg>"
    ).encode()


def _measure(text: str) -> int:
    """Return how wide a text is, in pixels with its padding; the image stretches it to just that."""
    return round(sum(map(_measure_letter, text))) + 2 * _PADDING


def _measure_letter(letter: str) -> float:
    return _WIDTHS.get(letter, _FULL_WIDTH if letter >= _FULL_FROM else _MEAN_WIDTH)
