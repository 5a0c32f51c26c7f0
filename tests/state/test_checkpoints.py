import json
import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pyf.aggregator.errors.root import ConfigurationError, DataFolderUnusable
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.state.checkpoints import (
    Checkpoint,
    digest_selection,
    ensure_writable,
    load_checkpoint,
    save_checkpoint,
)

MORNING = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def build_checkpoint(serial: int) -> Checkpoint:
    return Checkpoint(serial=Serial(serial), timestamp=MORNING, selection="abc", documents=3)


def save_one(path: Path, number: int) -> None:
    save_checkpoint(path, f"collection{number}", build_checkpoint(number))


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "since"
    save_checkpoint(path, "plone", build_checkpoint(7))
    save_checkpoint(path, "django", build_checkpoint(8))
    save_checkpoint(path, "plone", build_checkpoint(9))
    assert load_checkpoint(path, "plone") == build_checkpoint(9)
    assert load_checkpoint(path, "django") == build_checkpoint(8)
    assert load_checkpoint(path, "flask") is None
    assert json.loads(path.read_text())["plone"] == {
        "serial": 9,
        "timestamp": "2026-11-23T07:30:00Z",
        "selection": "abc",
        "documents": 3,
    }


def test_a_serial_only_moves_forward_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "since"
    save_checkpoint(path, "plone", build_checkpoint(9))
    save_checkpoint(path, "plone", build_checkpoint(7))
    assert load_checkpoint(path, "plone") == build_checkpoint(9)
    save_checkpoint(path, "plone", build_checkpoint(7), backwards=True)
    assert load_checkpoint(path, "plone") == build_checkpoint(7)
    other = replace(build_checkpoint(5), selection="another")
    save_checkpoint(path, "plone", other)
    assert load_checkpoint(path, "plone") == other


def test_no_file_means_no_run(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "since", "plone") is None
    (tmp_path / "since").write_text("\n")
    assert load_checkpoint(tmp_path / "since", "plone") is None


def test_a_bare_integer_is_the_time_of_a_run_of_unknown_serial(tmp_path: Path) -> None:
    path = tmp_path / "since"
    path.write_text("1763884800\n")
    expected = Checkpoint(serial=None, timestamp=datetime.fromtimestamp(1763884800, UTC))
    assert load_checkpoint(path, "plone") == load_checkpoint(path, "django") == expected
    save_checkpoint(path, "plone", build_checkpoint(9))
    assert load_checkpoint(path, "plone") == build_checkpoint(9)


@pytest.mark.parametrize("text", ["{", "[]", '{"plone": 3}', '{"plone": {"serial": "x"}}', "\ud800"])
def test_what_is_no_since_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "since"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigurationError, match=r"since is not a since-file .* run with -f\."):
        load_checkpoint(path, "plone")


def test_profiles_that_finish_at_once_keep_each_others_entries(tmp_path: Path) -> None:
    path = tmp_path / "since"
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.starmap(save_one, [(path, number) for number in range(12)])
    assert [load_checkpoint(path, f"collection{n}") for n in range(12)] == [
        build_checkpoint(n) for n in range(12)
    ]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "since"
    link.symlink_to(tmp_path / "real" / "file")
    save_checkpoint(link, "plone", build_checkpoint(1))
    assert link.is_symlink()
    assert load_checkpoint(tmp_path / "real" / "file", "plone") == build_checkpoint(1)


def test_an_unwritable_place_is_found_before_any_work(tmp_path: Path) -> None:
    ensure_writable(tmp_path / "since")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataFolderUnusable, match="missing/since cannot be used: No such file"):
        ensure_writable(tmp_path / "missing" / "since")
    with pytest.raises(DataFolderUnusable, match="Is a directory"):
        ensure_writable(tmp_path)
    with pytest.raises(DataFolderUnusable):
        save_checkpoint(tmp_path / "missing" / "since", "plone", build_checkpoint(1))


def test_the_digest_follows_what_a_selection_wants() -> None:
    plain = Selection(("A :: B", "C"))
    included = Selection(("A :: B", "C"), include=frozenset({NormalizedName("x")}))
    excluded = Selection(("A :: B", "C"), exclude=frozenset({NormalizedName("x")}))
    assert digest_selection(plain) == digest_selection(Selection(("C", "A :: B")))
    others = [included, excluded, Selection(("C",))]
    assert len({digest_selection(selection) for selection in [plain, *others]}) == 4
