"""Collections that are to be assessed: noted until whoever noted them last has done it."""

from contextlib import closing
from pathlib import Path

from pyf.aggregator.state.unassessed import open_unassessed


def test_a_note_stays_until_its_own_mark_takes_it_back(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with closing(open_unassessed(path)) as first, closing(open_unassessed(path)) as second:
        assert not first.is_noted("plone")
        earlier = first.note("plone")
        assert (second.is_noted("plone"), second.is_noted("django")) == (True, False)
        later = second.note("plone")
        # The second one may still be writing.
        first.forget("plone", earlier)
        assert first.is_noted("plone")
        second.forget("plone", later)
        assert not first.is_noted("plone")


def test_a_note_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with closing(open_unassessed(path)) as opened:
        opened.note("plone")
    with closing(open_unassessed(path)) as opened:
        assert opened.is_noted("plone")
