"""Whatever comes for an answer in a run: nothing that is there goes, and the next run makes it good."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.jobs.crawl.methods import Mode
from tests.fuzz.mangling import FUZZING, STATUSES, STRUCTURAL, Answer, Mangled
from tests.fuzz.sentences import check_sentence
from tests.laboratory import PLONE, Laboratory

NO_ANSWERS = st.builds(
    Answer, STATUSES.filter(lambda status: status != 304), st.just({}), STRUCTURAL, st.just(0)
)
PATHS = st.sampled_from(["/simple/", "/pypi/*/json", "/pypi/p1/json", "/pypi", "/simple/*", "*"])
COUNT = 4


@pytest.fixture
def filled(laboratory: Laboratory) -> Laboratory:
    for number in range(COUNT):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    asyncio.run(laboratory.run_full())
    return laboratory


@given(answer=NO_ANSWERS, paths=PATHS, mode=st.sampled_from(Mode))
@FUZZING
def test_a_run_amid_what_is_no_answer_loses_nothing(
    filled: Laboratory, answer: Answer, paths: str, mode: Mode
) -> None:
    version = f"{filled.world.serial}.0"
    for number in range(COUNT):
        filled.world.release(f"p{number}", version)
    filled.pypi.fail(paths, Mangled(answer))
    try:
        summary = asyncio.run(filled.run(mode))
        for failed in (*summary.failed, *summary.rejected):
            check_sentence(failed.reason)
        if summary.stopped:
            check_sentence(summary.stopped)
    except SourceError as error:
        check_sentence(str(error))
    finally:
        filled.pypi.mend()
        filled.pypi.clear_requests()
    amid = filled.get_documents()
    assert set(amid) == {f"p{number}" for number in range(COUNT)}
    assert asyncio.run(filled.run_incremental()).complete
    assert {document["version"] for document in filled.get_documents().values()} == {version}
