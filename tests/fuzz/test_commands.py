"""Whatever is typed, set or written into a file: a command ends with its exit code and printable lines."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.cli.aggregator import aggregator_command, pyfaggregator
from pyf.aggregator.cli.check import check_command, pyfcheck
from pyf.aggregator.cli.enrich import enrich_command, pyfenrich
from pyf.aggregator.cli.gallery import build_command, pyfgallery
from pyf.aggregator.cli.github import github_command, pyfgithub
from pyf.aggregator.cli.queue import pyfqueue, queue_command
from pyf.aggregator.cli.search import pyfsearch, search_command
from pyf.aggregator.cli.updater import pyfupdater, updater_command
from pyf.aggregator.config.env_file import load_env_file
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.config.settings import describe_variables, load_settings
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.state.checkpoints import load_checkpoint
from tests.commands import Commands
from tests.fuzz.values import ANY_BYTES, ANY_TEXT, HOSTILE_JSON, find_faults, is_printable, try_examples
from tests.laboratory import Laboratory

SECRET = "a-secret-of-the-tests"
CODES = {0, 1, 2}


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command whose words are tried; ``first`` are those that come before them."""

    run: Callable[[Sequence[str]], NoReturn]
    command: click.Command
    first: tuple[str, ...] = ()


def find_queue_command(name: str) -> Program:
    """Return one of the commands of the queue that end by themselves."""
    return Program(run=pyfqueue, command=queue_command.commands[name], first=(name,))


PROGRAMS = {
    "pyfaggregator": Program(run=pyfaggregator, command=aggregator_command),
    "pyfupdater": Program(run=pyfupdater, command=updater_command),
    "pyfenrich": Program(run=pyfenrich, command=enrich_command),
    "pyfgithub": Program(run=pyfgithub, command=github_command),
    "pyfsearch": Program(run=pyfsearch, command=search_command),
    "pyfcheck": Program(run=pyfcheck, command=check_command),
    "pyfgallery build": Program(run=pyfgallery, command=build_command, first=("build",)),
    "pyfqueue": Program(run=pyfqueue, command=queue_command, first=("?",)),
    **{f"pyfqueue {name}": find_queue_command(name) for name in ("status", "failed", "retry", "purge")},
}


def _is_typed(text: str) -> bool:
    """Tell whether a system hands a word to a program, which may write a file of that name."""
    return "\x00" not in text and not text.startswith(("/", "~"))


TYPED = ANY_TEXT.filter(_is_typed)


def build_words(program: Program) -> st.SearchStrategy[list[str]]:
    """Return words for a program: its options, with values that fit or do not, and others."""
    likely = (
        st.sampled_from(["fuzz", "1", "7d", "name", "name:asc", "plon", "Framework :: Plone", "."]) | TYPED
    )
    choices: list[st.SearchStrategy[list[str]]] = [TYPED.map(lambda word: [word])]
    for parameter in program.command.params:
        if isinstance(parameter, click.Option):
            names = st.sampled_from(parameter.opts)
            valued = parameter.is_flag or parameter.count
            choices.append(
                names.map(lambda name: [name]) if valued else st.tuples(names, likely).map(lambda two: [*two])
            )
    return st.lists(st.one_of(choices), max_size=5).map(
        lambda parts: [word for part in parts for word in part]
    )


@pytest.fixture
def settings(laboratory: Laboratory, configured: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings with a profile of ours, and no Redis; no key of Typesense's is left behind."""
    profiles = tmp_path / "profiles.yaml"
    profiles.write_text(f"profiles:\n  {laboratory.collection}:\n    name: T\n    classifiers: ['A :: B']\n")
    keys = laboratory.ask("GET", "/keys")
    yield {
        **configured,
        "PYF_PROFILES": str(profiles),
        "DEFAULT_PROFILE": laboratory.collection,
        "REDIS_HOST": "127.0.0.1:9",
    }
    assert laboratory.ask("GET", "/keys") == keys


@pytest.mark.parametrize("name", PROGRAMS)
@try_examples(12)
@given(data=st.data())
def test_any_words_end_a_command_in_order(
    name: str, commands: Commands, settings: dict[str, str], data: st.DataObject
) -> None:
    program = PROGRAMS[name]
    words = data.draw(build_words(program))
    run = commands.choose(program.run)
    ended = run(*program.first, *words, **settings)
    assert ended.exit_code in CODES
    lines = ended.talk.replace("\t", " ").split("\n")
    assert [line for line in lines if not is_printable(line)] == []
    if ended.exit_code == 2:
        assert any(line.startswith("Error: ") for line in lines) or "Usage:" in ended.talk
    assert "Traceback" not in ended.talk


def _is_set(text: str) -> bool:
    """Tell whether the environment can hold a text."""
    with contextlib.suppress(UnicodeEncodeError):
        return b"\x00" not in os.fsencode(text)
    return False


VARIABLES = [variable.name for variable in describe_variables()]
VALUES = st.sampled_from(
    [
        "127.0.0.1:9",
        "http://127.0.0.1:9",
        "[::1]:9",
        "* * * * *",
        "60-1 * * * *",
        "*/0 * * * *",
        "a,b,,",
        "a=b=c",
    ]
)
ENVIRONMENTS = st.dictionaries(st.sampled_from(VARIABLES), (VALUES | ANY_TEXT).filter(_is_set))


SECRETS = {variable.name for variable in describe_variables() if variable.secret}


@try_examples(150)
@given(environment=ENVIRONMENTS)
def test_any_settings_are_settings_or_one_sentence(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value + SECRET if name in SECRETS else value)
        said = attempt(load_settings)
        if isinstance(said, str):
            assert find_faults(said, SECRET, longest=200 + 500 * len(environment)) == [], said
        else:
            assert said.redis_url.startswith(("redis://", "rediss://"))
            assert SECRET not in repr(said)


def attempt[T](do: Callable[[], T]) -> T | str:
    """Return what comes of it, or the sentence of an error of ours."""
    try:
        return do()
    except AggregatorError as error:
        return str(error)


PROFILES = b"""profiles:
  mine:
    name: Mine
    classifiers: ["Framework :: Plone"]
    include: [a]
    exclude: [b]
    framework:
      distributions: [plone]
      product: plone
"""
SINCE = (
    b'{"plone": {"serial": 7, "timestamp": "2026-11-23T07:00:00+00:00", "selection": "5f2c", "documents": 4,'
    b' "collection": "plone"}}'
)
READERS: dict[str, tuple[Callable[[Path], object], bytes]] = {
    "profiles": (load_profiles, PROFILES),
    "since": (lambda path: load_checkpoint(path, "plone"), SINCE),
    "env": (load_env_file, b"PYPI_URL='http://127.0.0.1:9' # ours\nexport A=\"b\\n\"\n"),
}
SPLICES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 20),
        ANY_BYTES | HOSTILE_JSON.map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("kind", READERS)
@try_examples(50)
@given(splices=SPLICES)
def test_any_file_is_read_or_refused_in_one_sentence(
    kind: str, tmp_path: Path, splices: list[tuple[float, int, bytes]]
) -> None:
    read, content = READERS[kind]
    for share, length, inserted in splices:
        place = int(len(content) * share)
        content = content[:place] + inserted + content[place + length :]
    file = tmp_path / "file"
    file.write_bytes(content)
    said = attempt(lambda: read(file))
    assert not isinstance(said, str) or find_faults(said) == [], said
