import json

import pytest

from pyf.aggregator.documents.import_lines import (
    MAX_BATCH_BYTES,
    MAX_BATCH_DOCUMENTS,
    Batch,
    ImportLine,
    IncompleteAnswerError,
    Rejection,
    join_lines,
    read_rejections,
    split_lines,
)
from pyf.aggregator.metadata.model import NormalizedName


def line(name: str, size: int = 10) -> ImportLine:
    return ImportLine(name=NormalizedName(name), content_hash=name, body=b"x" * size)


def test_a_batch_is_full_by_count() -> None:
    batch = Batch(max_documents=2, max_bytes=1000)
    for name in "ab":
        assert batch.has_room_for(line(name))
        batch.add(line(name))
    assert not batch.has_room_for(line("c"))
    assert batch.drain() == (line("a"), line("b"))
    assert batch.drain() == ()
    assert batch.has_room_for(line("c"))


def test_a_batch_is_full_by_bytes_but_takes_any_first_line() -> None:
    batch = Batch(max_documents=10, max_bytes=100)
    assert batch.has_room_for(line("huge", 500))
    batch.add(line("huge", 500))
    assert not batch.has_room_for(line("a", 1))
    batch.drain()
    for each in (batch, Batch(max_documents=10, max_bytes=100)):
        each.add(line("a", 60))
        # Between two lines there is one byte more.
        assert each.has_room_for(line("b", 38))
        assert not each.has_room_for(line("b", 39))


def test_lines_are_split_by_count_and_by_bytes() -> None:
    many = [line(f"n{number}") for number in range(MAX_BATCH_DOCUMENTS + 1)]
    assert list(split_lines(many)) == [tuple(many[:-1]), (many[-1],)]
    large = [line(name, MAX_BATCH_BYTES // 2 - 1) for name in "abc"]
    assert list(split_lines(large)) == [tuple(large[:2]), (large[2],)]
    assert list(split_lines([])) == []


def test_lines_become_one_body() -> None:
    assert join_lines([line("a", 1), line("b", 2)]) == b"x\nxx"


def test_every_refused_line_is_found_with_its_reason() -> None:
    answer = '{"success":true}\n{"success":false,"error":"no name","document":"{}"}\n{"success":false}\n'
    assert read_rejections([line("a"), line("b"), line("c")], answer) == [
        Rejection(name=NormalizedName("b"), reason="no name"),
        Rejection(name=NormalizedName("c"), reason="no reason given"),
    ]


def test_what_was_not_there_or_was_there_already_is_told_from_other_reasons() -> None:
    said = [{"code": 404, "error": "none"}, {"code": 409, "error": "one"}, {"code": 400, "error": "x" * 400}]
    answer = "\n".join(json.dumps({"success": False, **each}) for each in said)
    assert read_rejections([line("a"), line("b"), line("c")], answer) == [
        Rejection(name=NormalizedName("a"), reason="none", absent=True),
        Rejection(name=NormalizedName("b"), reason="one", present=True),
        Rejection(name=NormalizedName("c"), reason=f"{'x' * 299}…"),
    ]


@pytest.mark.parametrize(
    "answer", ["", '{"success":true}', '{"success":true}\n{"succ', '{"success":true}\nnull']
)
def test_an_answer_without_a_line_for_each_document_proves_nothing(answer: str) -> None:
    with pytest.raises(IncompleteAnswerError) as caught:
        read_rejections([line("a"), line("b")], answer)
    if answer.count("\n") == 0:
        assert str(caught.value) == f"{bool(answer):d} answers to 2 documents"
