"""Batches of encoded documents, and what an import answers for each line. Pure.

An import answers HTTP 200 with one line per document even when every one was refused (measured on 0.24.1),
so the lines are the only truth about what arrived.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import NewType

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.metadata.model import NormalizedName

MAX_BATCH_DOCUMENTS = 250
MAX_BATCH_BYTES = 8_000_000
"""A batch this size answers in well under a second and is cheap to repeat; larger ones gain nothing."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One encoded document, or the changes to one.

    ``content_hash`` is what it takes to recognise a whole document on the server.
    """

    name: NormalizedName
    body: bytes
    content_hash: str = ""


FullBatch = NewType("FullBatch", tuple[ImportLine, ...])
"""Lines for one request: what :class:`Batch` and :func:`split_lines` make, and one line of any length.

Whoever sends lines takes nothing else, so no caller can forget the bounds.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A document that the server refused, with its reason.

    ``absent``: there was none to change; ``present``: there was one, and none to be made.
    """

    name: NormalizedName
    reason: str
    absent: bool = False
    present: bool = False


class IncompleteAnswerError(Exception):
    """The import's answer does not have one readable line per document."""


class _LineAnswer(msgspec.Struct):
    success: bool
    error: str = ""
    code: int = 0


class Batch:
    """Lines collected until a batch is full, by count or by bytes."""

    def __init__(self, *, max_documents: int = MAX_BATCH_DOCUMENTS, max_bytes: int = MAX_BATCH_BYTES) -> None:
        self._max_documents = max_documents
        self._max_bytes = max_bytes
        self._lines: list[ImportLine] = []
        self._bytes = 0

    def has_room_for(self, line: ImportLine) -> bool:
        """Tell whether the line still fits; an empty batch takes any line, however long."""
        if not self._lines:
            return True
        return len(self._lines) < self._max_documents and self._bytes + len(line.body) < self._max_bytes

    def add(self, line: ImportLine) -> None:
        """Append a line."""
        self._lines.append(line)
        self._bytes += len(line.body) + 1

    def drain(self) -> FullBatch:
        """Return what was collected and start afresh."""
        lines = FullBatch(tuple(self._lines))
        self._lines.clear()
        self._bytes = 0
        return lines


def split_lines(lines: Iterable[ImportLine]) -> Iterator[FullBatch]:
    """Yield the lines in their order, as many at once as a batch holds."""
    batch = Batch()
    for line in lines:
        if not batch.has_room_for(line):
            yield batch.drain()
        batch.add(line)
    if rest := batch.drain():
        yield rest


def join_lines(lines: Iterable[ImportLine]) -> bytes:
    """Return the body of an import: one document per line."""
    return b"\n".join(line.body for line in lines)


def read_rejections(lines: Sequence[ImportLine], answer: str) -> list[Rejection]:
    """Read the answer to an import of ``lines``, one JSON object per line and in their order.

    Raises :class:`IncompleteAnswerError` when lines are missing: the fate of the documents is then unknown.
    """
    said = [text for text in answer.split("\n") if text.strip()]
    if len(said) != len(lines):
        raise IncompleteAnswerError(f"{len(said)} answers to {len(lines)} documents")
    try:
        outcomes = [msgspec.json.decode(text, type=_LineAnswer) for text in said]
    except msgspec.MsgspecError as error:
        raise IncompleteAnswerError(str(error)) from error
    return [
        Rejection(
            name=line.name,
            reason=clean_foreign(outcome.error, longest=_LONGEST_REASON) or "no reason given",
            absent=outcome.code == HTTPStatus.NOT_FOUND,
            present=outcome.code == HTTPStatus.CONFLICT,
        )
        for line, outcome in zip(lines, outcomes, strict=True)
        if not outcome.success
    ]
