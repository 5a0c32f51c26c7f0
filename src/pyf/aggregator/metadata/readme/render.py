"""A README as safe HTML to show and as plain text to read and to search; nothing is ever fetched for it.

Pure, and bounded in what comes out. What it takes is not: a few hundred bytes can keep docutils busy for
hours. So :mod:`pyf.aggregator.rendering` runs it in processes of their own, with limits of time and memory,
and nothing else imports it: docutils and its like take longer to import than most commands to run.
"""

import re

from pyf.aggregator.metadata.readme.description import (
    MAX_HTML_LENGTH,
    Description,
    Markup,
    build_plain,
    clean_source,
    find_markup,
    render_plain,
    shorten_problem,
)
from pyf.aggregator.metadata.readme.links import FileAddresses
from pyf.aggregator.metadata.readme.markup import Rendered, render_markdown
from pyf.aggregator.metadata.readme.restructured import render_restructured_text
from pyf.aggregator.metadata.readme.safe_html import build_safe_html

_MARKDOWN_LINE = re.compile(r"^(?:#{1,6} \S|```|~~~|.*\]\((?:https?:|#))", re.MULTILINE)


def render(source: str | None, content_type: str | None, files: FileAddresses | None = None) -> Description:
    """Render a description by its media type; what cannot be rendered is shown as plain text.

    Relative links lead to the ``files`` of its repository, where that is known.
    """
    source = source or ""
    if (plain := build_plain(source, content_type)) is not None:
        return plain
    cleaned = clean_source(source)
    try:
        rendered = _render_markup(cleaned, content_type)
    except (MemoryError, SystemError):
        # The second is what CPython raises now and then where memory runs out in the middle of a call.
        raise
    except Exception as error:  # noqa: BLE001 - docutils fails in many ways on what people upload
        return render_plain(source, f"The renderer fails on it ({type(error).__name__}: {error}).")
    if rendered.html is None:
        return render_plain(source, rendered.problem)
    return _build_description(source, rendered, files)


def _render_markup(source: str, content_type: str | None) -> Rendered:
    markup = find_markup(content_type)
    if markup in {Markup.GFM, Markup.COMMONMARK}:
        return render_markdown(source, markup)
    rendered = render_restructured_text(source)
    if rendered.problem and not content_type and _MARKDOWN_LINE.search(source):
        # Markdown whose media type nobody declared would be one long paragraph.
        return Rendered(html=None, problem=rendered.problem)
    return rendered


def _build_description(source: str, rendered: Rendered, files: FileAddresses | None) -> Description:
    shown = build_safe_html(rendered.html or "", files)
    if shown is None:
        return render_plain(source, "Its HTML is nested too deeply.")
    if len(shown.html) > MAX_HTML_LENGTH:
        return render_plain(source, f"Its HTML is longer than {MAX_HTML_LENGTH:,} characters.")
    if not shown.html.strip():
        return render_plain(source, rendered.problem or "Nothing of it is left when it is rendered.")
    return Description(
        html=shown.html,
        text=shown.text.build(),
        problem=shorten_problem(rendered.problem),
    )
