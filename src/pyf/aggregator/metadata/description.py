"""A README as safe HTML to show and as plain text to search; nothing is ever fetched for it."""

import html
import io
import re
from dataclasses import dataclass
from email.message import Message

from readme_renderer import markdown, rst, txt

from pyf.aggregator.metadata import directives

MAX_SOURCE_LENGTH = 200_000
"""Longer sources are shown as plain text: docutils takes some 0.2 s for 60,000 characters."""
MAX_TEXT_LENGTH = 8_000
"""What is searched of a description: memory grows with every word, and a README's matter is at its top."""

directives.register()

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|pre|tr|blockquote|div|ul|ol|dd|dt)\s*>", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n]+")
_PARAGRAPHS = re.compile(r"\s*\n\s*\n\s*")
_LINES = re.compile(r" ?\n ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A description in both forms; ``None`` where a project says nothing."""

    html: str | None
    text: str | None


def render(source: str | None, content_type: str | None) -> Description:
    """Render a description by its media type; anything that cannot be rendered is shown as plain text."""
    if source is None or not source.strip():
        return Description(html=None, text=None)
    shown = source if len(source) <= MAX_SOURCE_LENGTH else None
    rendered = shown and _render_markup(shown, content_type)
    if not rendered:
        rendered = _render_plain(source[:MAX_SOURCE_LENGTH])
    return Description(html=rendered, text=_extract_text(rendered))


def _render_markup(source: str, content_type: str | None) -> str | None:
    message = Message()
    message["Content-Type"] = content_type or "text/x-rst"
    try:
        match message.get_content_type():
            case "text/markdown":
                variant = "CommonMark" if message.get_param("variant") == "CommonMark" else "GFM"
                return markdown.render(source, variant=variant)
            case "text/x-rst":
                return rst.render(source, stream=io.StringIO())
            case _:
                return None
    except Exception:  # noqa: BLE001 - docutils fails in many ways on what people upload
        return None


def _render_plain(source: str) -> str:
    return str(txt.render(source) or "")


def _extract_text(rendered: str) -> str | None:
    """Return the text as one reads it, paragraphs apart by a blank line."""
    visible = html.unescape(_TAG.sub(" ", _BLOCK_END.sub("\n\n", _HIDDEN.sub(" ", rendered))))
    text = _PARAGRAPHS.sub("\n\n", _LINES.sub("\n", _BLANKS.sub(" ", visible))).strip()
    if len(text) > MAX_TEXT_LENGTH:
        text = text[:MAX_TEXT_LENGTH].rpartition(" ")[0] or text[:MAX_TEXT_LENGTH]
    return text or None
