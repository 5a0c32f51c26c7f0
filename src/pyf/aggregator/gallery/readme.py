"""READMEs as a page shows them: made safe once more, because somebody else may have written the document."""

import re
from copy import deepcopy

import nh3
from markupsafe import Markup

from pyf.aggregator.metadata.readme.safe_html import SHOWN_ATTRIBUTES, SHOWN_TAGS

HEADINGS_BELOW = 2
"""The page has a heading of its own, and one for its README; those of the README stand below both."""
_DEEPEST = 6
_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")
_INSECURE = "http://"


def _keep(tag: str, name: str, value: str) -> str | None:
    """Have images come by https alone, as a page by https shows no others; and drop what is no language."""
    if tag == "pre" and name == "lang":
        return None
    if tag == "img" and name == "src" and value.startswith(_INSECURE):
        return f"https://{value.removeprefix(_INSECURE)}"
    return value


def _build_cleaner() -> nh3.Cleaner:
    attributes = deepcopy(SHOWN_ATTRIBUTES)
    attributes["pre"] = set(attributes.get("pre", ())) | {"tabindex"}
    attributes["img"] = set(attributes["img"]) | {"loading", "decoding", "referrerpolicy"}
    return nh3.Cleaner(
        tags=SHOWN_TAGS,
        attributes=attributes,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
        set_tag_attribute_values={
            "img": {"loading": "lazy", "decoding": "async", "referrerpolicy": "no-referrer"},
            # A line that is too long is scrolled to, by keyboard as well.
            "pre": {"tabindex": "0"},
        },
    )


_cleaner = _build_cleaner()


def present_readme(html: str) -> Markup:
    """Return the HTML of a document's README as it may stand in a page.

    Scripts, styles, frames, handlers of events and forms are gone whoever wrote them; headings are levels of
    the page; images wait until they are scrolled to and tell nobody where they are shown.
    """
    shown = _HEADING.sub(_lower, _cleaner.clean(html))
    return Markup(shown)  # noqa: S704 - the sanitizer wrote it, and headings took on other numbers


def _lower(found: re.Match[str]) -> str:
    return f"<{found[1]}h{min(int(found[2]) + HEADINGS_BELOW, _DEEPEST)}"
