"""Whatever became of the files in the data folder: a run ends as it should, or with one sentence."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.errors.root import AggregatorError
from tests.fuzz.values import ANY_BYTES, find_faults, try_examples
from tests.laboratory import PLONE, Laboratory

SPLICES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5000), ANY_BYTES), min_size=1, max_size=3)


def spoil(file: Path, content: bytes, splices: list[tuple[float, int, bytes]]) -> None:
    """Write the content with other bytes at some places, and nothing of a journal beside it."""
    for share, length, other in splices:
        place = int(len(content) * share)
        content = content[:place] + other.ljust(length, b"\x00")[:length] + content[place + length :]
    for journal in file.parent.glob(f"{file.name}-*"):
        journal.unlink()
    file.write_bytes(content)


@try_examples(6)
@given(splices=SPLICES)
def test_a_spoilt_catalogue_ends_a_run_in_order(
    laboratory: Laboratory, splices: list[tuple[float, int, bytes]]
) -> None:
    file = laboratory.folder / "catalogue.sqlite"
    for path in laboratory.folder.glob(f"{file.name}*"):
        path.unlink()
    laboratory.world.add_project(f"p{laboratory.world.serial}", classifiers=[PLONE])
    assert asyncio.run(laboratory.run_full()).complete
    spoil(file, file.read_bytes(), splices)
    said = ""
    laboratory.world.release("p1000", f"2.{laboratory.world.serial}", classifiers=[PLONE])
    try:
        summary = asyncio.run(laboratory.run_incremental())
        said = summary.stopped or ""
    except AggregatorError as error:
        said = str(error)
    if said:
        assert find_faults(said) == []
    assert laboratory.get_names() == set(laboratory.world.projects)
