"""A README as safe HTML to show, and as plain text to read and search. Nothing is fetched.

Pure, and bounded in what comes out. What it takes is not: a few hundred bytes can keep docutils busy for
hours. So :mod:`pyf.aggregator.rendering` runs it in processes of their own, with limits of time and memory.
"""

import html
import re
from dataclasses import dataclass
from email.message import Message

from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.metadata.readme.markup import Markup, Rendered, render_markdown
from pyf.aggregator.metadata.readme.plain_text import TextBuilder
from pyf.aggregator.metadata.readme.restructured import render_restructured_text
from pyf.aggregator.metadata.readme.safe_html import build_safe_html
from pyf.aggregator.metadata.texts import strip_invisible

MAX_SOURCE_LENGTH = 200_000
"""Longer sources are shown as plain text: docutils takes some 0.2 s for 60,000 characters."""
MAX_HTML_LENGTH = 1_000_000
"""The longest of 152 real READMEs makes 170,000 characters; a batch of documents holds 8 MB."""
MAX_PROBLEM_LENGTH = 300

_UNSENDABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Lone surrogates and what is no character."""
_MARKDOWN_LINE = re.compile(r"^(?:#{1,6} \S|```|~~~|.*\]\((?:https?:|#))", re.MULTILINE)


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


def render(source: str | None, content_type: str | None, repository: Slug | None = None) -> Description:
    """Render a description by its media type; what cannot be rendered is shown as plain text.

    Relative links lead into ``repository`` on GitHub, where it is known.
    """
    if source is None or not is_markup(source, content_type):
        return render_plain(source)
    if len(source) > MAX_SOURCE_LENGTH:
        return render_plain(source, f"It is longer than {MAX_SOURCE_LENGTH:,} characters.")
    cleaned = _clean(source)
    try:
        rendered = _render_markup(cleaned, content_type)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - docutils fails in many ways on what people upload
        return render_plain(source, f"The renderer fails on it ({type(error).__name__}: {error}).")
    if rendered.html is None:
        return render_plain(source, rendered.problem)
    return _build_description(source, rendered, repository)


def is_markup(source: str, content_type: str | None) -> bool:
    """Tell whether a description needs a renderer: only what this is true of takes time worth a process."""
    return bool(source.strip()) and find_markup(content_type) is not None


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
    shown = _clean(source[:MAX_SOURCE_LENGTH])
    builder = TextBuilder()
    builder.add_code(shown)
    return Description(
        html=html.escape(shown, quote=False).replace("\r\n", "\n").replace("\n", "<br>"),
        text=builder.build(),
        problem=_shorten(problem),
        plain=True,
    )


def _clean(source: str) -> str:
    return _UNSENDABLE.sub("", strip_invisible(source))


def _render_markup(source: str, content_type: str | None) -> Rendered:
    markup = find_markup(content_type)
    if markup in {Markup.GFM, Markup.COMMONMARK}:
        return render_markdown(source, markup)
    rendered = render_restructured_text(source)
    if rendered.problem and not content_type and _MARKDOWN_LINE.search(source):
        # Markdown whose media type nobody declared would be one long paragraph.
        return Rendered(html=None, problem=rendered.problem)
    return rendered


def _build_description(source: str, rendered: Rendered, repository: Slug | None) -> Description:
    shown = build_safe_html(rendered.html or "", repository)
    if shown is None:
        return render_plain(source, "Its HTML is nested too deeply.")
    if len(shown.html) > MAX_HTML_LENGTH:
        return render_plain(source, f"Its HTML is longer than {MAX_HTML_LENGTH:,} characters.")
    if not shown.html.strip():
        return render_plain(source, rendered.problem or "Nothing of it is left when it is rendered.")
    return Description(
        html=shown.html,
        text=shown.text.build(),
        problem=_shorten(rendered.problem),
    )


def _shorten(problem: str | None) -> str | None:
    """Return a problem as one line that is safe wherever a page puts it."""
    if problem is None:
        return None
    line = " ".join(re.sub("[<>&]", " ", problem).split())
    return line if len(line) <= MAX_PROBLEM_LENGTH else line[: MAX_PROBLEM_LENGTH - 1] + "…"
