"""Files that a person names with -s and PYF_PROFILES, whatever is there."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.errors.root import ConfigurationError
from pyf.aggregator.machine.files import NotReadable, check_ordinary, load_file
from pyf.aggregator.state.checkpoints import SinceFile, load_checkpoint

HEAD = "profiles:\n  own:\n    name: Own\n    classifiers:\n"
SECONDS = 5.0


@pytest.fixture(params=["pipe", "folder", "device", "endless device", "socket", "link to a pipe"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A path at which there is no ordinary file."""
    path = tmp_path / "odd"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path = Path(os.devnull)
        case "endless device":
            path = Path("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
                yield path
                return
        case _:
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to(tmp_path / "pipe")
    yield path


@pytest.mark.parametrize(
    "read",
    [
        lambda path: SinceFile(path).check(),
        lambda path: SinceFile(path).load("plone"),
        load_profiles,
    ],
    ids=["-s is checked", "-s is loaded", "PYF_PROFILES"],
)
def test_what_is_no_ordinary_file_is_refused_at_once(read: Callable[[Path], object], odd: Path) -> None:
    started = time.monotonic()
    with pytest.raises(ConfigurationError, match=r"it is a|Is a directory|No such device") as refusal:
        read(odd)
    assert str(odd) in str(refusal.value)
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize(
    ("read", "size"), [(lambda path: SinceFile(path).load("x"), 10_000_001), (load_profiles, 1_000_001)]
)
def test_a_file_of_another_size_than_ours_is_refused(
    read: Callable[[Path], object], size: int, tmp_path: Path
) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigurationError, match=f"larger than {size - 1:,} bytes"):
        read(path)


def test_a_file_is_read_whole_up_to_its_limit_and_a_missing_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert load_file(path, max_bytes=3) == b"abc"
    with pytest.raises(NotReadable, match="larger than 2 bytes"):
        load_file(path, max_bytes=2)
    with pytest.raises(FileNotFoundError):
        load_file(tmp_path / "none", max_bytes=3)
    check_ordinary(tmp_path / "none")
    for name in ("a\x00b", "x" * 5000):
        with pytest.raises(NotReadable):
            load_file(tmp_path / name, max_bytes=3)


# The since-file


@pytest.mark.parametrize(
    "text",
    [
        "1" * 400,
        "1" * 5000,
        str(10**30),
        str(-(10**18)),
        str(2**63),
        "true",
        "1e400",
        "NaN",
        "[" * 100_000,
        '{"plone": ' * 50_000,
        '{"plone": {"serial": 1, "timestamp": 7}}',
        '{"plone": {"serial": 1.5, "timestamp": "2026-11-23T07:30:00Z"}}',
        '{"plone": {"serial": 1, "timestamp": "2026-11-23T07:30:00Z", "documents": "x"}}',
        '{"plone": {"serial": 1, "timestamp": "2026-13-23T07:30:00Z"}}',
        '{"plone": null}',
    ],
    ids=lambda text: text[:60],
)
def test_a_since_file_of_nonsense_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "since"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"since is not a since-file .* run with -f\."):
        load_checkpoint(path, "plone")


@pytest.mark.parametrize(
    "entry",
    [
        {"serial": 10**30},
        {"serial": 2**53},
        {"serial": -1},
        {"serial": 7, "documents": -1},
        {"serial": 7, "documents": 10**30},
    ],
    ids=str,
)
def test_a_checkpoint_with_a_number_that_cannot_be_says_nothing(
    entry: dict[str, int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "since"
    path.write_text(json.dumps({"plone": {"timestamp": "2026-11-23T07:30:00Z", **entry}}))
    checkpoint = load_checkpoint(path, "plone")
    assert checkpoint is not None
    assert (checkpoint.serial, checkpoint.documents) == (None, 0)
    assert "every project is looked at again" in caplog.text


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    path = tmp_path / "since"
    path.write_text('{"plone": {"serial": 7, "timestamp": "2026-11-23T07:30:00"}}')
    checkpoint = load_checkpoint(path, "plone")
    assert checkpoint is not None
    assert checkpoint.timestamp.isoformat() == "2026-11-23T07:30:00+00:00"


# The profiles


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 20_000, "nested too deeply|not YAML"),
        ("{a: " * 20_000, "nested too deeply|not YAML"),
        ("? " * 20_000, "nested too deeply|not YAML"),
        ("- " * 20_000, "nested too deeply|not YAML"),
        ("&a [*a]", "must be a mapping"),
        ("profiles: &a {own: *a}", "unknown in|must be|has no"),
        (HEAD + "      - *b", "not YAML"),
        ("%YAML 9.9\n---\nprofiles: {}", "not YAML"),
        ("!!python/object:os.system x", "must be a mapping"),
        (HEAD + '      - "' + "x" * 200_000 + '"\n    extra: 1', "'extra' is unknown"),
        ("profiles: {" + "'" + "K" * 900 + "': 1}", "cannot be a profile's key"),
    ],
    ids=lambda value: value[:30],
)
def test_a_profiles_file_of_nonsense_is_refused_in_one_short_sentence_at_once(
    text: str, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    started = time.monotonic()
    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        load_profiles(path)
    assert len(str(refusal.value)) < 800
    assert time.monotonic() - started < SECONDS


def test_aliases_in_a_profiles_file_do_not_explode(tmp_path: Path) -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    path = tmp_path / "own.yaml"
    path.write_text('x0: &x0 ["lol"]\n' + levels + "profiles: *x11\n")
    started = time.monotonic()
    with pytest.raises(ConfigurationError, match="'x0' is unknown in the file"):
        load_profiles(path)
    path.write_text(HEAD.replace("classifiers:\n", "classifiers: &x0 [&y 'A :: B', *y, *x0]\n"))
    with pytest.raises(ConfigurationError, match="must be text"):
        load_profiles(path)
    assert time.monotonic() - started < SECONDS


def test_a_thousand_unknown_classifiers_are_told_of_in_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "own.yaml"
    unknown = [f"Framework :: Nobody {n} \\e[2J" for n in range(1000)] + ["y" * 100_000]
    path.write_text(HEAD + "".join(f'      - "{text}"\n' for text in reversed(unknown)))
    started = time.monotonic()
    assert len(load_profiles(path)["own"].selection.classifiers) == 1001
    assert time.monotonic() - started < SECONDS
    assert len(caplog.records) == 21
    assert all(len(record.getMessage()) < 1000 for record in caplog.records)
    assert "981 more" in caplog.records[-1].getMessage()
    assert "\x1b" not in caplog.text
