"""Whatever PyPI answers a run: its documents are true ones, and its checkpoint is one it came to."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.jobs.progress import RunSummary
from tests.fuzz.answers import BROKEN, WRONG, Rewrite
from tests.fuzz.values import find_faults, try_examples
from tests.laboratory import PLONE, Document, Laboratory
from tests.servers.faults import Rewritten

NAMES = ("a", "b", "c")
PATHS = st.sampled_from(["*", "/simple/", "/pypi/*/json", "/pypi", "/pypi/a/json"])

WAYS: dict[str, Callable[[Laboratory], Coroutine[None, None, RunSummary]]] = {
    "full": Laboratory.run_full,
    "incremental": Laboratory.run_incremental,
    "by the index": Laboratory.run_index,
}


@pytest.fixture
def filled(laboratory: Laboratory) -> Laboratory:
    """A collection that equals PyPI."""
    for name in NAMES:
        laboratory.world.add_project(name, classifiers=[PLONE], summary="as it was")
    assert asyncio.run(laboratory.run_full()).complete
    return laboratory


def run(laboratory: Laboratory, way: str) -> RunSummary:
    """Run in one of the ways there are."""
    return asyncio.run(WAYS[way](laboratory))


def find_sentences(summary: RunSummary) -> list[str]:
    """Return whatever the run says of what went wrong."""
    failures = [*summary.failed, *summary.rejected, *summary.not_on_pypi]
    return [*([summary.stopped] if summary.stopped else []), *(failure.reason for failure in failures)]


def find_versions(documents: dict[str, Document]) -> dict[str, str]:
    return {name: document["version"] for name, document in documents.items()}


@try_examples(12)
@given(rewrite=BROKEN, path=PATHS, way=st.sampled_from(list(WAYS)))
def test_of_broken_answers_a_run_takes_nothing(
    filled: Laboratory, rewrite: Rewrite, path: str, way: str
) -> None:
    before = filled.get_documents()
    number = filled.world.serial
    filled.world.release("a", f"2.{number}.0", classifiers=[PLONE], summary="as it is")
    filled.world.add_project(f"new-{number}", classifiers=[PLONE])
    truth = {
        name: project.latest.version for name, project in filled.world.projects.items() if project.latest
    }
    filled.pypi.fail(path, Rewritten(rewrite))
    summary = run(filled, way)
    assert [fault for sentence in find_sentences(summary) for fault in find_faults(sentence)] == []
    documents = filled.get_documents()
    changed = {name for name in documents if before.get(name) != documents[name]}
    assert find_versions({name: documents[name] for name in changed}).items() <= truth.items()
    assert documents.keys() >= before.keys()
    if filled.checkpoint == filled.world.serial:
        assert find_versions(documents) == truth
    filled.pypi.mend()
    assert run(filled, "incremental").complete
    assert (find_versions(filled.get_documents()), filled.checkpoint) == (truth, filled.world.serial)


@try_examples(12)
@given(rewrite=WRONG, path=PATHS, way=st.sampled_from(list(WAYS)))
def test_of_wrong_answers_a_run_makes_documents_or_sentences(
    filled: Laboratory, rewrite: Rewrite, path: str, way: str
) -> None:
    filled.world.release("a", f"2.{filled.world.serial}.0", classifiers=[PLONE])
    filled.pypi.mend()
    filled.pypi.fail(path, Rewritten(rewrite))
    before = filled.checkpoint
    summary = run(filled, way)
    assert [fault for sentence in find_sentences(summary) for fault in find_faults(sentence)] == []
    assert summary.complete or filled.checkpoint == before
    if path == "/pypi/a/json":
        assert filled.get_names() >= {"b", "c"}
