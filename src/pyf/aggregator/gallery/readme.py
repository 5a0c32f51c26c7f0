"""READMEs as a page shows them: made safe once more, because somebody else may have written the document.

The rules are those of whoever writes documents (:mod:`pyf.aggregator.metadata.readme.safe_html`), held once
more; nothing is known here of a repository, so what leads to no full address leads nowhere.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from html import unescape
from types import MappingProxyType

import nh3
from markupsafe import Markup, escape

from pyf.aggregator.metadata.readme.description import MAX_HTML_LENGTH
from pyf.aggregator.metadata.readme.nesting import is_well_nested
from pyf.aggregator.metadata.readme.safe_html import SHOWN_ATTRIBUTES, SHOWN_TAGS, keep_attribute
from pyf.aggregator.metadata.texts import strip_invisible

HEADINGS_BELOW = 2
"""The page has a heading of its own, and one for its README; those of the README stand below both."""
MOST_SLIPS = 500
"""A sanitizer's time and output grow with their square: so many cost it a tenth of a second."""
_DEEPEST = 6
_INSECURE = "http://"

_OURS: Mapping[str, str] = MappingProxyType(
    {
        "img": ' loading="lazy" decoding="async" referrerpolicy="no-referrer"',
        "input": ' type="checkbox" disabled=""',
        # A line that is too long is scrolled to, by keyboard as well.
        "pre": ' tabindex="0"',
    }
)
"""What every element of a kind has, whatever its writer gave it.

The sanitizer would set these, too, but in another order in every process: each had entity tags of its own.
"""
_SCROLLED = '<div class="wide" role="group" aria-label="Table" tabindex="0">'
_TAG = re.compile(r"<[^<>]*>?")
_REWRITTEN = re.compile(r"<(/?)(h[1-6]|table|img|input|pre)\b([^>]*)>")
"""What is not left as the sanitizer writes it, in whose attributes ``<``, ``>`` and ``"`` are escaped."""
_ALTERNATIVE = re.compile(r'\salt="([^"]*)"')


def _keep(tag: str, name: str, value: str) -> str | None:
    """Hold the rules of documents. Images come by https, as a page by https shows no others."""
    if name == "rel":
        # The sanitizer's own, as nobody else's comes this far.
        return value
    if tag == "input":
        return ""
    if tag == "pre" and name == "lang":
        # Pygments' word for the language of code, which is none that a screen reader could speak.
        return None
    kept = keep_attribute(tag, name, value, None)
    if kept is not None and name == "src" and kept.startswith(_INSECURE):
        return f"https://{kept.removeprefix(_INSECURE)}"
    return kept


def _build_cleaner() -> nh3.Cleaner:
    attributes = deepcopy(SHOWN_ATTRIBUTES)
    attributes["input"] = {"checked"}
    return nh3.Cleaner(
        tags=SHOWN_TAGS,
        attributes=attributes,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


_cleaner = _build_cleaner()


def present_readme(html: str) -> Markup:
    """Return the HTML of a document's README as it may stand in a page.

    Scripts, styles, frames, handlers of events and forms are gone whoever wrote them; ids and classes are
    none of the page's; headings are levels of the page; tables scroll; images wait until they are scrolled to
    and tell nobody where they are shown. What is longer or nested more wildly than READMEs are is shown as
    text.
    """
    if len(html) > MAX_HTML_LENGTH or not is_well_nested(html, SHOWN_TAGS, most_slips=MOST_SLIPS):
        return _show_text(html[:MAX_HTML_LENGTH])
    shown = _REWRITTEN.sub(_rewrite, strip_invisible(_cleaner.clean(html)))
    return Markup(shown)  # noqa: S704 - the sanitizer wrote it, and what was rewritten is no stranger's


def _show_text(html: str) -> Markup:
    """Show what stands between the tags."""
    text = strip_invisible(unescape(_TAG.sub("", html)))
    return Markup('<pre tabindex="0">{}</pre>').format(text.strip())


def _rewrite(found: re.Match[str]) -> str:
    end, tag, attributes = found.groups()
    if tag == "table":
        return f"{found[0]}</div>" if end else f"{_SCROLLED}{found[0]}"
    if tag == "img" and ' src="' not in attributes:
        return _show_alternative(attributes)
    if tag in _OURS:
        return found[0] if end else f"<{tag}{attributes}{_OURS[tag]}>"
    return f"<{end}h{min(int(tag[1]) + HEADINGS_BELOW, _DEEPEST)}{attributes}>"


def _show_alternative(attributes: str) -> str:
    """Return the text that stands for an image that is nowhere."""
    found = _ALTERNATIVE.search(attributes)
    return str(escape(unescape(found[1]))) if found else ""
