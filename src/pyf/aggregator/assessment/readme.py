"""How the checks are judged that read the README: its text, as documents hold it, without markup."""

import html
import re

from pyf.aggregator.assessment.outcomes import Case, Finding, fails, is_unknown, passes

LEAST_TEXT = 300
"""Characters of a README: some five lines."""
CUT_TEXT = 7_000
"""A text that is longer may go on where documents hold no more of it (8,000, the end cut between words)."""
LONGEST_LINE = 60
"""Characters of an example in the evidence."""

_EXAMPLE = re.compile(
    r"^[ \t]*(?:"
    r">>>|\.\.\. |\$ |%[ ]?\w|C:\\|"
    r"(?:from[ ]+[\w.]+[ ]+import|import[ ]+[\w.]+$|import[ ]+[\w.]+[ ]+as)\b|"
    r"(?:def|class|async def)[ ]\w+.*:$|@\w+[\w.]*(?:\(.*\))?$|"
    r"(?:python[\d.]*[ ]-m[ ])?(?:pip[\d.]*|uv|uv pip|poetry|pipenv|pdm|npm|yarn|pnpm|conda|easy_install)"
    r"[ ](?:install|add)\b|"
    r"(?:docker|python[\d.]*|git clone|buildout|curl|cd|make|bin/\w+)[ ][\w./-]+$|bin/\w+\b|"
    r"\[[\w.:-]+\]\n[ \t]*[\w.:-]+[ ]?[-+]?=|<\w[\w:.-]*(?:[ ][\w:.-]+=.*|/?>.*|$)|\{[%{#]|"
    r"[\w.\[\]'\"]+[ ]?[-+*|]?=[ ]?[^=\s].*$|"
    r"[\w.]+\([^)\n]*\)$|"
    r"[{}\])]+[,;]?$"
    r")",
    re.MULTILINE,
)
"""A line that looks like code, a command, a setting or markup."""
_CHANGES = re.compile(
    r"^[ \t]*(?:change[ -]?log|changes|change history|release notes|history|what's new)"
    r"(?:[ ](?:for|of|in)[ ]\S+)?[ \t:]*$",
    re.IGNORECASE | re.MULTILINE,
)
_DATED = re.compile(r"^[ \t]*v?\d+(?:\.\w+)+\b.{0,40}$", re.MULTILINE)
"""The heading of a release: ``3.1.4 (2026-03-01)``."""

_NO_README = "there is no README"


def check_readme_renders(case: Case) -> Finding:
    """Judge whether PyPI can show the README."""
    if problem := case.project.description_problem:
        return fails(problem)
    return passes("it renders") if case.project.description else fails(_NO_README)


def check_readme_substance(case: Case) -> Finding:
    """Judge whether the README has a text worth the name."""
    text = case.project.description
    if not text:
        return fails(_NO_README)
    length = len(html.unescape(text))
    words = f"the README has {length:,} characters of text"
    return passes(words) if length >= LEAST_TEXT else fails(words)


def check_readme_example(case: Case) -> Finding:
    """Judge whether the README shows how to use it."""
    text = case.project.description
    if not text:
        return fails(_NO_README)
    readable = html.unescape(text)
    if found := _EXAMPLE.search(readable):
        line = readable[found.start() :].lstrip().partition("\n")[0]
        return passes(f"it shows {line[:LONGEST_LINE]!r}")
    if len(text) >= CUT_TEXT:
        return is_unknown("the beginning of the README shows none, and the rest was not read")
    return fails("it shows neither code nor a command")


def check_changelog(case: Case) -> Finding:
    """Judge whether a reader sees what has changed, in a list elsewhere or in the README itself."""
    if url := case.project.changelog_url:
        return passes(f"the list of changes: {url}")
    text = html.unescape(case.project.description or "")
    if (heading := _CHANGES.search(text)) and _DATED.search(text, heading.end()):
        return passes(f"the README has it under {heading[0].strip()!r}")
    if len(text) >= CUT_TEXT:
        return is_unknown("no label leads to it, and only the beginning of the README was read")
    return fails("no label leads to the list of changes, and the README has none")
