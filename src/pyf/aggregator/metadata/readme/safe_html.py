"""HTML of a renderer → HTML that any page may show, and the text in it.

Three steps: a sanitizer makes whatever it was well-formed, one pass over that rewrites what leads somewhere
and what could meddle with the page around it, and the sanitizer has the last word.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

import nh3
from readme_renderer.clean import ALLOWED_ATTRIBUTES, ALLOWED_TAGS

from pyf.aggregator.metadata.readme.links import FileAddresses, resolve_image, resolve_link
from pyf.aggregator.metadata.readme.nesting import VOID
from pyf.aggregator.metadata.readme.plain_text import TextBuilder
from pyf.aggregator.metadata.texts import strip_invisible

PREFIX = "readme-"
"""Begins every id and class, so that none is one of the page's own."""
MAX_DEPTH = 100
"""Whoever reads HTML recursively, as some do, gets no further; READMEs seen are 15 elements deep."""

_RENDERERS_PREFIX = "user-content-"
_PARAGRAPHS = frozenset(
    "p div pre table ul ol dl blockquote section aside nav figure details hr h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
)
_LINES = frozenset({"li", "tr", "dt", "dd", "summary", "caption", "figcaption", "br"})
_ITEMS = frozenset({"li", "dd"})
"""In these, blocks are lines and not paragraphs."""
_CELLS = frozenset({"td", "th"})
"""In these, blocks are words."""
_RUNNING = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "i", "kbd", "span", "strong", "sub", "sup", "tt"}
)
"""In these, text runs on: not every element that does, but those that are many."""

_NAME = re.compile(r"[^\s\"'<>&]{1,200}")
_CLASS = re.compile(r"[A-Za-z0-9_-]{1,50}")
_MAX_CLASSES = 5
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_VALUES: Mapping[str, re.Pattern[str]] = {
    "width": re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?(?:px|%|em)?"),
    "height": re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?(?:px|%|em)?"),
    "align": re.compile(r"left|right|center|justify|top|middle|bottom", re.IGNORECASE),
    "colspan": _NUMBER,
    "rowspan": _NUMBER,
    "start": re.compile(r"[0-9]{1,9}"),
    "lang": re.compile(r"[\w.+#-]{1,50}"),
}
"""What an attribute may say; anything else goes, and so do attributes that are named nowhere."""
_TEXTS = frozenset({"title", "alt"})
_NOTHING: dict[str, str] = {}
_SPECIAL = re.compile("[&<>]")

_FIRST = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    attributes=ALLOWED_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
SHOWN_TAGS = ALLOWED_TAGS
SHOWN_ATTRIBUTES = {**ALLOWED_ATTRIBUTES, "input": {"type", "checked", "disabled"}}
"""All that is in what we write."""
_LAST = nh3.Cleaner(
    tags=SHOWN_TAGS,
    attributes=SHOWN_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeHtml:
    """A page and the text in it."""

    html: str
    text: TextBuilder


def build_safe_html(rendered: str, files: FileAddresses | None) -> SafeHtml | None:
    """Make a renderer's HTML safe and its links lead somewhere; ``None`` where it is nested too deeply.

    Relative links and images lead to the ``files`` of its repository; where that is not known the link goes
    and its text stays, and an image becomes the text that stands for it.
    """
    page = _Page(files)
    try:
        page.feed(_FIRST.clean(rendered))
        page.close()
    except _TooDeep:
        return None
    return SafeHtml(html=_LAST.clean("".join(page.parts)), text=page.text)


class _TooDeep(Exception):
    """Elements are nested deeper than :data:`MAX_DEPTH`."""


class _Page(HTMLParser):
    """One pass over well-formed HTML."""

    def __init__(self, files: FileAddresses | None) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.text = TextBuilder()
        self._files = files
        self._open: list[tuple[str, int | None]] = []
        self._items = 0
        self._lists: list[int | None] = []
        self._code: list[str] | None = None
        self._in_cells = 0
        self._cells = 0

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nobody asks where something stood."""
        del i
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not attrs:
            given, kept = _NOTHING, _NOTHING
        else:
            given = {name: value or "" for name, value in attrs}
            if tag == "span" and given.get("class") == "docutils literal":
                # docutils leaves it to a style sheet that this is code.
                tag, given = "code", _NOTHING
            kept = self._keep_attributes(tag, given)
        if tag == "img":
            self._add_image(given, kept)
        elif tag == "input":
            self._add_checkbox(given)
        else:
            self._add_element(tag, given, kept)

    def _add_element(self, tag: str, given: Mapping[str, str], kept: Mapping[str, str]) -> None:
        place = None
        if tag != "a" or "href" in kept or "id" in kept:
            place = len(self.parts)
            self._write(tag, kept)
        if tag not in VOID:
            self._enter(tag, place)
        if tag not in _RUNNING:
            self._begin_text(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open:
            return
        opened, place = self._open.pop()
        if opened == "a" and place == len(self.parts) - 1 and " id=" not in self.parts[-1]:
            # A link without a word, as renderers put after headings, serves nobody without their styles.
            self.parts.pop()
        elif place is not None:
            self.parts.append(f"</{opened}>")
        if opened not in _RUNNING:
            self._end_text(opened)

    def handle_data(self, data: str) -> None:
        # Whoever wrote it as a character reference meant it to come through.
        data = data if data.isascii() and data.isprintable() else strip_invisible(data)
        self.parts.append(html.escape(data, quote=False) if _SPECIAL.search(data) else data)
        if self._code is None:
            self.text.add(data)
        else:
            self._code.append(data)

    def _enter(self, tag: str, place: int | None) -> None:
        """Remember an element that is open, and where its tag stands among the parts, if anywhere."""
        self._open.append((tag, place))
        if len(self._open) > MAX_DEPTH:
            raise _TooDeep

    def _write(self, tag: str, attributes: Mapping[str, str]) -> None:
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
        self.parts.append(f"<{tag}{written}>")

    # Attributes

    def _keep_attributes(self, tag: str, given: Mapping[str, str]) -> dict[str, str]:
        kept = {name: keep_attribute(tag, name, value, self._files) for name, value in given.items()}
        if "src" in kept:
            # Where it always stood: documents that say the same are not written again.
            kept["src"] = kept.pop("src")
        return {name: shown for name, shown in kept.items() if shown is not None}

    def _add_image(self, given: Mapping[str, str], kept: Mapping[str, str]) -> None:
        if "src" in kept:
            self._write("img", kept)
        elif alternative := given.get("alt", "").strip():
            self.handle_data(alternative)

    def _add_checkbox(self, given: Mapping[str, str]) -> None:
        if given.get("type", "").strip().lower() == "checkbox":
            checked = {"checked": ""} if "checked" in given else {}
            self._write("input", {"type": "checkbox", **checked, "disabled": ""})

    # Text

    def _begin_text(self, tag: str, given: Mapping[str, str]) -> None:
        self._break(tag)
        match tag:
            case "pre" if self._code is None:
                self._code = []
            case "ul":
                self._lists.append(None)
            case "ol":
                self._lists.append(int(given.get("start", "")) if given.get("start", "").isdecimal() else 1)
            case "li":
                self._begin_item()
            case "tr":
                self._cells = 0
            case "td" | "th":
                self._cells += 1
                if self._cells > 1:
                    self.text.add(" | ")
        self._items += tag in _ITEMS
        self._in_cells += tag in _CELLS

    def _begin_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        indent = "  " * (len(self._lists) - 1)
        self.text.add_marker(f"{indent}-" if number is None else f"{indent}{number}.")

    def _end_text(self, tag: str) -> None:
        self._items -= tag in _ITEMS
        self._in_cells -= tag in _CELLS
        if tag == "pre" and self._code is not None:
            self.text.add_code("".join(self._code))
            self._code = None
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        self._break(tag)

    def _break(self, tag: str) -> None:
        if self._code is not None:
            if tag == "br":
                self._code.append("\n")
        elif self._in_cells:
            if tag in _PARAGRAPHS | _LINES:
                self.text.add(" ")
        elif tag in _PARAGRAPHS:
            self.text.break_line(1 if self._items else 2)
        elif tag in _LINES:
            self.text.break_line()


def keep_attribute(tag: str, name: str, value: str, files: FileAddresses | None) -> str | None:
    """Return what an attribute may say in a page, ``None`` where it has to go.

    What it returned it returns again. Those of a checkbox are not decided here.
    """
    if name == "class":
        return _prefix_classes(value)
    if name == "id":
        return _prefix_name(value)
    if name == "href":
        return _find_target(value, files) if tag == "a" else None
    if name == "src":
        return resolve_image(value, files) if tag == "img" else None
    if name in _TEXTS:
        return strip_invisible(value)
    pattern = _VALUES.get(name)
    return value.strip() if pattern and pattern.fullmatch(value.strip()) else None


def _find_target(href: str, files: FileAddresses | None) -> str | None:
    if href.startswith("#"):
        name = _prefix_name(href[1:])
        return f"#{name}" if name else None
    return resolve_link(href, files)


@lru_cache(maxsize=1_000)
def _prefix_classes(names: str) -> str | None:
    """Return classes as ours."""
    own = [name.removeprefix(PREFIX) for name in names.split()]
    return " ".join([f"{PREFIX}{name}" for name in own if _CLASS.fullmatch(name)][:_MAX_CLASSES]) or None


def _prefix_name(name: str) -> str | None:
    """Return an id, or what a link within the page leads to, as ours."""
    own = name.removeprefix(_RENDERERS_PREFIX).removeprefix(PREFIX)
    return f"{PREFIX}{own}" if _NAME.fullmatch(own) else None
