"""Markup → HTML by PyPI's own renderer. Its output is not safe yet."""

import re
from dataclasses import dataclass

from readme_renderer import markdown

from pyf.aggregator.metadata.readme.description import Markup

_OURS = "GFM with named anchors"
_NAMED_ANCHOR = re.compile(r"<a\s+name=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a renderer made of a source; ``html`` is ``None`` where plain text is better."""

    html: str | None
    problem: str | None = None


def render_markdown(source: str, markup: Markup) -> Rendered:
    """Render Markdown; GitHub's is what PyPI takes any for that does not say *CommonMark*."""
    markdown.variants.setdefault(_OURS, _render_named_anchors)
    variant = _OURS if markup is Markup.GFM else markup.value
    return Rendered(html=markdown.render(source, variant=variant) or "")


def _render_named_anchors(source: str) -> str:
    """Render GitHub's Markdown with ``<a name>`` as ``<a id>``: the renderer lets no names through."""
    return _NAMED_ANCHOR.sub("<a id=", markdown.variants["GFM"](source))
