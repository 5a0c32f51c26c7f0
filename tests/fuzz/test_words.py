"""Whatever a person writes into settings, files and command lines is taken, or told in one sentence."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.cli.aggregator import pyfaggregator
from pyf.aggregator.cli.check import pyfcheck
from pyf.aggregator.cli.enrich import pyfenrich
from pyf.aggregator.cli.gallery import pyfgallery
from pyf.aggregator.cli.github import pyfgithub
from pyf.aggregator.cli.queue import pyfqueue
from pyf.aggregator.cli.search import pyfsearch
from pyf.aggregator.cli.updater import pyfupdater
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.config.settings import describe_variables, load_settings
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError
from pyf.aggregator.queue.messages import NoTask, check_envelope
from pyf.aggregator.state.checkpoints import load_checkpoint
from tests.commands import Commands
from tests.fuzz.mangling import FUZZING, ODD_VALUES
from tests.fuzz.sentences import check_sentence

TYPED = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
"""What can stand in an environment or on a command line."""
ODD_SETTINGS = st.one_of(
    TYPED,
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        ["", " ", "nan", "inf", "1e400", "²", "true", ",", ",,", "/dev/null/x", "\x1b[31m", "a\nb"]
    ),
    st.sampled_from(
        ["http://", "http://[", "https://u:secret@h", "redis://x:y", "ftp://x", "* * * *", "99 * * * *"]
    ),
    st.sampled_from(["gitlab:", "gitlab:x:y:z", "9" * 5000, "a=b", "../..", "~", "http://h:99999"]),
)
NAMES = [variable.name for variable in describe_variables()]

COMMANDS: dict[str, tuple[Callable[..., Any], Sequence[str]]] = {
    "pyfaggregator": (pyfaggregator, []),
    "pyfenrich": (pyfenrich, []),
    "pyfgithub": (pyfgithub, []),
    "pyfupdater": (pyfupdater, []),
    "pyfsearch": (pyfsearch, []),
    "pyfcheck": (pyfcheck, []),
    "pyfgallery": (pyfgallery, ["build"]),
    "pyfqueue": (pyfqueue, ["failed"]),
}


@given(st.dictionaries(st.sampled_from(NAMES), ODD_SETTINGS, min_size=1, max_size=4))
@FUZZING
def test_settings_are_read_or_named(tmp_path: Path, variables: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.chdir(tmp_path)
        for name in NAMES:
            environment.delenv(name, raising=False)
        for name, value in variables.items():
            environment.setenv(name, value)
        try:
            load_settings()
        except ConfigurationError as error:
            check_sentence(str(error))
            named = [name for name in variables if name in str(error)]
            assert named, str(error)  # noqa: PT017 - either is right


@given(st.one_of(st.binary(max_size=200), ODD_VALUES.map(lambda value: _dump({"profiles": value}))))
@FUZZING
def test_a_profiles_file_is_read_or_its_mistake_is_named(tmp_path: Path, content: bytes) -> None:
    _read_file(tmp_path / "profiles.yaml", content, load_profiles)


KEYS = st.sampled_from(["name", "classifiers", "include", "exclude", "topics", "cycles", "product", "x", ""])


@given(st.dictionaries(KEYS, ODD_VALUES, max_size=5))
@FUZZING
def test_a_profile_is_read_or_its_mistake_is_named(tmp_path: Path, profile: dict[str, object]) -> None:
    whole = {"name": "Mine", "classifiers": ["Framework :: Flask"], **profile}
    _read_file(tmp_path / "profiles.yaml", _dump({"profiles": {"mine": whole}}), load_profiles)


@given(st.one_of(st.binary(max_size=200), ODD_VALUES.map(lambda value: _dump({"plone": value}))))
@FUZZING
def test_a_since_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    _read_file(tmp_path / "since", content, lambda path: load_checkpoint(path, "plone"))


@given(st.one_of(ODD_VALUES, st.dictionaries(st.sampled_from(["headers", "body", "properties"]), ODD_VALUES)))
@FUZZING
def test_a_message_of_the_queue_is_one_or_is_refused(message: object) -> None:
    try:
        check_envelope(message)
    except NoTask as error:
        check_sentence(str(error))


@pytest.mark.parametrize("name", COMMANDS)
@given(st.data())
@FUZZING
def test_a_command_line_ends_with_a_code_and_without_a_traceback(
    commands: Commands, name: str, data: st.DataObject
) -> None:
    command, begin = COMMANDS[name]
    odd = data.draw(st.lists(st.one_of(st.sampled_from(_list_options(name, begin)), TYPED), max_size=4))
    # One word that no command knows, so that nothing is done: what is done is for other tests.
    words = data.draw(st.permutations([*odd, "--no-such-option"]))
    ended = commands.choose(command)(*begin, *words)
    assert ended.exit_code in {0, 2}
    assert "Traceback" not in ended.talk
    if ended.exit_code:
        assert "Error: " in ended.talk


def _list_options(name: str, begin: Sequence[str]) -> list[str]:
    """Return every spelling of every option, of a command's own or of the one that it begins with."""
    module = sys.modules[COMMANDS[name][0].__module__]
    (found,) = {
        each for each in vars(module).values() if isinstance(each, click.Command) and each.name == name
    }
    if begin:
        assert isinstance(found, click.Group)
        found = found.commands[begin[0]]
    return [spelling for parameter in found.params for spelling in parameter.opts if spelling[:1] == "-"]


def _dump(content: object) -> bytes:
    return yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "surrogatepass")


def _read_file(path: Path, content: bytes, read: Callable[[Path], object]) -> None:
    path.write_bytes(content)
    try:
        read(path)
    except AggregatorError as error:
        check_sentence(str(error))
