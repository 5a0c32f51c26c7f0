"""reStructuredText → HTML of all that can be rendered, and what PyPI would refuse it for.

PyPI's renderer (:mod:`readme_renderer.rst`) gives up at the first warning, so one role of Sphinx turns a
whole README into plain text. Here docutils goes on: the words of roles and the content of directives that it
does not know are kept, and so is the text of what it could not read.
"""

import io
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from docutils import nodes, utils
from docutils.core import publish_parts
from docutils.parsers.rst import Directive, Parser, directives, roles, states
from docutils.parsers.rst.languages import en
from docutils.transforms import Transform
from docutils.writers.html5_polyglot import Writer
from readme_renderer.rst import SETTINGS, ReadMeHTMLTranslator

from pyf.aggregator.metadata.readme.directives import register
from pyf.aggregator.metadata.readme.markup import Rendered

_NEVER = 5
"""A level that no message of docutils has."""
_SETTINGS = {
    "halt_level": _NEVER,
    "report_level": _NEVER,
    # A link without a word after each heading serves nobody who has no style for it.
    "section_self_link": False,
}
_REFUSED_LEVEL = 2
"""PyPI's renderer halts at warnings."""
_LOST_LEVEL = 3
"""What docutils reports as an error is not in the page otherwise."""

_NAME = r"([^\W_]+(?:[-._+:][^\W_]+)*)"
_DIRECTIVE = re.compile(rf"\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?{_NAME}[ \t]?::")
_ROLE = re.compile(rf":{_NAME}:`|`:{_NAME}:")
_HEAD = re.compile(r"[ \t]*\.\.[ \t][^\n]*::[^\n]*(?:\n[ \t]+:[\w -]+:[^\n]*)*\n?")
_TARGET = re.compile(r"(.+?)\s*<[^<>]*>", re.DOTALL)
_BROKEN = re.compile(
    r"`(?P<phrase>[^`<]+?)(?:\s*<[^<>]*>)?`__?|(?P<word>[\w.+-]+?)__?|\|(?P<name>[^|]+)\|_{0,2}"
    r"|\[(?P<note>[^]]+)\]_|:[\w.+:-]+:`(?P<role>[^`]*)`",
    re.DOTALL,
)

_PROSE_ROLES = frozenset({"ref", "doc", "term", "numref", "any", "guilabel", "menuselection", "dfn"})
_CODE_DIRECTIVES = re.compile(
    r".*(?:code|console|doctest|prompt|ipython|jupyter|graphviz|mermaid|uml|exec).*"
)
_SILENT_DIRECTIVES = re.compile(
    r"toctree|index|(?:.+:)?(?:current)?module|tabularcolumns|highlight|(?:.+:)?auto.*"
)
"""What makes or steers other pages of a documentation, and says nothing itself."""


def render_restructured_text(source: str) -> Rendered:
    """Render a source, with the first message that PyPI would refuse it for as the problem."""
    # docutils keeps what one document defines for the next one.
    for known in (vars(roles)["_roles"], vars(directives)["_directives"]):
        known.clear()
    register()
    parser = _Parser()
    writer = Writer()
    writer.translator_class = ReadMeHTMLTranslator
    settings = {**SETTINGS, **_SETTINGS, "warning_stream": io.StringIO()}
    parts = publish_parts(source, parser=parser, writer=writer, settings_overrides=settings)
    return Rendered(html=parts.get("docinfo", "") + parts.get("fragment", ""), problem=parser.problem)


class _Parser(Parser):
    """docutils' parser, which also notes what PyPI would refuse and prepares for what is unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: str | None = None

    def parse(self, inputstring: str, document: nodes.document) -> None:
        document.reporter.attach_observer(self._note)
        self._prepare(inputstring, document)
        super().parse(inputstring, document)

    def _prepare(self, source: str, document: nodes.document) -> None:
        """Have something ready for every directive and role whose name docutils does not know."""
        language: Any = en
        keep_words: Any = _keep_words
        for name in set(_DIRECTIVE.findall(source)):
            if directives.directive(name, language, document)[0] is None:
                directives.register_directive(name, _Unknown)
        for name in {first or second for first, second in _ROLE.findall(source)}:
            if roles.role(name, language, 0, document.reporter)[0] is None:
                roles.register_local_role(name, keep_words)

    def get_transforms(self) -> list[type[Transform]]:
        return [*super().get_transforms(), _KeepText]

    def _note(self, message: nodes.system_message) -> None:
        if message["level"] >= _REFUSED_LEVEL and self.problem is None:
            where = f"line {message['line']}: " if "line" in message else ""
            text = message.children[0].astext() if message.children else "unreadable"
            self.problem = f"PyPI cannot render it as reStructuredText; {where}{text}"


def _keep_words(  # noqa: PLR0913, PLR0917 - docutils' signature
    role: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: states.Inliner,
    options: Mapping[str, object] | None = None,
    content: Sequence[str] = (),
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Do as a role that docutils does not know: its words stay, without what they lead to."""
    del options, content
    inliner.reporter.error(f'Unknown interpreted text role "{role}".', line=lineno)
    words = utils.unescape(text)
    if target := _TARGET.fullmatch(words):
        words = target[1]
    words = words.lstrip("~!") or words
    if role.lower() in _PROSE_ROLES:
        return [nodes.inline(rawtext, words)], []
    return [nodes.literal(rawtext, words)], []


class _AnyOption(dict[str, Any]):
    """Options of any name, with any value."""

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return directives.unchanged


class _Unknown(Directive):
    """A directive that docutils does not know: its words and its content stay."""

    optional_arguments: ClassVar[int] = 1
    final_argument_whitespace: ClassVar[bool] = True
    has_content: ClassVar[bool] = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = _AnyOption(
        {"class": directives.unchanged}
    )

    def run(self) -> list[nodes.Node]:
        self.state_machine.reporter.error(f'Unknown directive type "{self.name}".', line=self.lineno)
        name = self.name.lower()
        if _SILENT_DIRECTIVES.fullmatch(name):
            return []
        if _CODE_DIRECTIVES.fullmatch(name):
            text = "\n".join(self.content)
            return [nodes.literal_block(text, text)] if text.strip() else []
        kept = nodes.Element()
        if self.arguments:
            words, _ = self.state.inline_text(self.arguments[0], self.lineno)
            kept += nodes.paragraph("", "", *words)
        self.state.nested_parse(self.content, self.content_offset, kept)
        return list(kept.children)


class _KeepText(Transform):
    """Puts the text of what docutils could not read in the place of its messages about it."""

    default_priority = 855
    """Before docutils' own filter of messages (870) and after all that makes some."""

    def apply(self) -> None:
        for message in tuple(self.document.findall(nodes.system_message)):
            lost = next((child for child in message.children if isinstance(child, nodes.literal_block)), None)
            if lost is None or message["level"] < _LOST_LEVEL or message.parent is None:
                continue
            text = utils.unescape(_HEAD.sub("", lost.astext(), count=1))
            text = textwrap.dedent(text).strip("\n")
            if text.strip():
                message.parent.replace(message, nodes.literal_block(text, text))
        for broken in tuple(self.document.findall(nodes.problematic)):
            broken.parent.replace(broken, nodes.Text(_find_words(broken.astext())))


def _find_words(rawsource: str) -> str:
    """Return what a reader would see of a reference that leads nowhere: its text without its markup."""
    found = _BROKEN.fullmatch(rawsource)
    if found is None:
        return rawsource
    words = next(group for group in found.groups() if group is not None)
    return "" if words.startswith("<") else words
