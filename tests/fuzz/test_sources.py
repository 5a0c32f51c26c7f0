"""Whatever a source answers, at the socket: a value of ours, or one error of ours that is one sentence."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given

from pyf.aggregator.errors.sources import SourceError
from tests.fuzz.answers import BROKEN, WRONG, Rewrite
from tests.fuzz.sources import QUESTIONS, open_client, open_servers
from tests.fuzz.values import find_faults, try_examples
from tests.servers.faults import Rewritten
from tests.servers.github import TOKEN
from tests.servers.stand_in import StandIn

each_question = pytest.mark.parametrize("question", QUESTIONS)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, StandIn]]:
    with open_servers() as opened:
        yield opened


@pytest.fixture(scope="module")
def truths(servers: dict[str, StandIn]) -> dict[str, object]:
    """What each question is answered with where nothing goes wrong."""
    return {question: ask(question, servers, None) for question in QUESTIONS}


def ask(question: str, servers: dict[str, StandIn], rewrite: Rewrite | None) -> object:
    """Ask; return the answer, or the sentence of an error of ours."""
    server = servers[QUESTIONS[question].server]
    server.mend()
    server.clear_requests()
    if rewrite is not None:
        server.fail("*", Rewritten(rewrite))

    async def run() -> object:
        async with open_client() as client:
            return await QUESTIONS[question].ask(client, server.url)

    try:
        return asyncio.run(run())
    except SourceError as error:
        return error


@each_question
@try_examples(25)
@given(rewrite=BROKEN)
def test_a_broken_answer_is_no_answer(
    question: str, servers: dict[str, StandIn], truths: dict[str, object], rewrite: Rewrite
) -> None:
    said = ask(question, servers, rewrite)
    if isinstance(said, SourceError):
        assert find_faults(str(said), TOKEN) == []
    else:
        # While a project is held back, PyPI forbids its provenance: that there is none is an answer.
        assert said == truths[question] or (question, said) == ("provenance", None)


@each_question
@try_examples(25)
@given(rewrite=WRONG)
def test_a_wrong_answer_is_a_value_or_one_sentence(
    question: str, servers: dict[str, StandIn], rewrite: Rewrite
) -> None:
    said = ask(question, servers, rewrite)
    if isinstance(said, SourceError):
        assert find_faults(str(said), TOKEN) == []


@each_question
def test_a_good_answer_is_one(question: str, truths: dict[str, object]) -> None:
    assert not isinstance(truths[question], SourceError)
    assert truths[question] is not None
