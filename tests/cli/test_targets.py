"""What commands have in common about what ``-p`` and ``-t`` name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from pyf.aggregator.cli.aggregator import pyfaggregator
from pyf.aggregator.cli.check import pyfcheck
from pyf.aggregator.cli.enrich import pyfenrich
from pyf.aggregator.cli.github import pyfgithub
from pyf.aggregator.cli.search import pyfsearch
from pyf.aggregator.cli.updater import pyfupdater
from tests.commands import Commands
from tests.laboratory import PLONE, Laboratory

CALLS: dict[str, tuple[Callable[[Sequence[str]], NoReturn], list[str]]] = {
    "a run, with its assessment": (pyfaggregator, ["-f", "-p", "{0}"]),
    "an assessment": (pyfenrich, ["--only", "assessment", "-t", "{0}"]),
    "an enrichment of nothing": (pyfenrich, ["-p", "{0}", "-t", "nothing"]),
    "figures for nothing": (pyfgithub, ["-p", "{0}", "-t", "nothing"]),
    "a check": (pyfcheck, ["a", "-t", "{0}"]),
    "a search for a topic": (pyfsearch, ["a", "-p", "{0}", "--topic", "forms"]),
    "a search in nothing": (pyfsearch, ["a", "-t", "nothing"]),
    "changes of nothing": (pyfupdater, ["--list-changes", "-p", "{0}", "-t", "nothing"]),
}


@pytest.mark.parametrize(("command", "arguments"), CALLS.values(), ids=CALLS)
def test_a_warning_about_a_profile_is_told_once(
    commands: Commands,
    laboratory: Laboratory,
    configured: dict[str, str],
    command: Callable[[Sequence[str]], NoReturn],
    arguments: list[str],
) -> None:
    name = laboratory.collection
    laboratory.world.add_project("a", classifiers=[PLONE])
    topics = "{forms: {title: Forms, words: [form]}}"
    profile = f"{{name: Own, classifiers: [Zope, '{PLONE}'], topics: {topics}}}"
    Path("own.yaml").write_text(f"profiles: {{{name}: {profile}}}")
    run = commands.choose(command)
    ended = run(*(word.format(name) for word in arguments), **{**configured, "PYF_PROFILES": "own.yaml"})
    warning = "Warning: own.yaml:1: PyPI has no classifier 'Zope'; did you mean 'Framework :: Zope'?"
    assert [line for line in ended.talk.splitlines() if line.startswith("Warning:")] == [warning]
