"""Asking a collection without knowing its schema: what it turns out to lack is done without."""

from collections.abc import Callable, Sequence
from typing import Any

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.errors.typesense import RequestRefused
from pyf.aggregator.gallery.adapting import find_absent_field, leave_out
from pyf.aggregator.typesense.reader import Answer, Reader

LACKING_SECONDS = 600.0
"""So long a collection is taken to lack what it lacked: a run may bring it any day."""
MOST_ATTEMPTS = 40
"""A search names about so many fields, and each attempt tells one that is missing."""

_NO_PRESET = "query_by"
"""Without the preset a search lacks this parameter, and Typesense names it when it refuses."""

type Search = dict[str, Any]
"""The parameters of one search, Typesense's."""


class Asking:
    """Asks one collection by the preset that is stored for it, if there is one."""

    def __init__(self, reader: Reader, *, clock: Callable[[], float]) -> None:
        self._reader = reader
        self._clock = clock
        self._learnt = clock()
        self._has_preset = True
        self._absent: set[str] = set()

    async def ask(self, searches: Sequence[Search]) -> list[Answer]:
        """Ask for all at once, and without whatever the collection turns out to lack."""
        for _ in range(MOST_ATTEMPTS):
            adapted = [self._adapt(search) for search in searches]
            try:
                return await self._reader.search(adapted)
            except RequestRefused as error:
                lacking = find_absent_field(error.reason)
                if lacking is not None and lacking not in self._absent:
                    self._absent.add(lacking)
                elif self._has_preset and _NO_PRESET in error.reason:
                    self._has_preset = False
                else:
                    raise
        return await self._reader.search([self._adapt(search) for search in searches])

    def _adapt(self, search: Search) -> Search:
        if self._clock() - self._learnt > LACKING_SECONDS:
            self._learnt, self._has_preset = self._clock(), True
            self._absent.clear()
        whole = {name: value for name, value in search.items() if self._has_preset or name != "preset"}
        if not self._has_preset and "query_by" not in search:
            whole = build_preset() | whole
        return leave_out(whole, self._absent) if self._absent else whole
