"""What a README becomes, and all of it that needs no renderer. Pure and light: every command imports it."""

import html
import re
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from pyf.aggregator.metadata.readme.plain_text import TextBuilder
from pyf.aggregator.metadata.texts import strip_invisible

MAX_SOURCE_LENGTH = 200_000
"""Longer sources are shown as plain text: docutils takes some 0.2 s for 60,000 characters."""
MAX_HTML_LENGTH = 1_000_000
"""The longest of 152 real READMEs makes 170,000 characters; a batch of documents holds 8 MB."""
MAX_PROBLEM_LENGTH = 300

_UNSENDABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Lone surrogates and what is no character."""


class Markup(StrEnum):
    """The languages that descriptions are written in, other than plain text."""

    GFM = "GFM"
    COMMONMARK = "CommonMark"
    RESTRUCTURED_TEXT = "reStructuredText"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A description in all its forms; ``None`` where a project says nothing.

    ``text`` is for readers and bounded: paragraphs apart, punctuation kept, not escaped for HTML. ``problem``
    says in one sentence what keeps PyPI, or us, from rendering it as its author meant, and ``plain`` that its
    source is shown instead.
    """

    html: str | None = None
    text: str | None = None
    problem: str | None = None
    plain: bool = False


def build_plain(source: str, content_type: str | None) -> Description | None:
    """Return the description of a source that no renderer is needed for, ``None`` for one that is rendered.

    There is nothing, or it is no markup, or it is too long. Linear in time.
    """
    if not source.strip() or find_markup(content_type) is None:
        return render_plain(source)
    if len(source) > MAX_SOURCE_LENGTH:
        return render_plain(source, f"It is longer than {MAX_SOURCE_LENGTH:,} characters.")
    return None


def find_markup(content_type: str | None) -> Markup | None:
    """Return the language of a media type; without one PyPI takes a description for reStructuredText."""
    message = Message()
    message["Content-Type"] = re.sub(r"[\r\n]+", " ", content_type or "text/x-rst")
    match message.get_content_type():
        case "text/markdown":
            return Markup.COMMONMARK if message.get_param("variant") == "CommonMark" else Markup.GFM
        case "text/x-rst":
            return Markup.RESTRUCTURED_TEXT
        case _:
            return None


def render_plain(source: str | None, problem: str | None = None) -> Description:
    """Show the beginning of a source as it is: linear in time, and the last resort of everything else."""
    if source is None or not source.strip():
        return Description()
    shown = clean_source(source[:MAX_SOURCE_LENGTH])
    builder = TextBuilder()
    builder.add_code(shown)
    return Description(
        html=html.escape(shown, quote=False).replace("\r\n", "\n").replace("\n", "<br>"),
        text=builder.build(),
        problem=shorten_problem(problem),
        plain=True,
    )


def clean_source(source: str) -> str:
    """Return a source without what is invisible or no character."""
    return _UNSENDABLE.sub("", strip_invisible(source))


def shorten_problem(problem: str | None) -> str | None:
    """Return a problem as one line that is safe wherever a page puts it."""
    if problem is None:
        return None
    line = " ".join(re.sub("[<>&]", " ", problem).split())
    return line if len(line) <= MAX_PROBLEM_LENGTH else line[: MAX_PROBLEM_LENGTH - 1] + "…"
