"""The writer of all enrichments: lets documents say what a source wants them to, and writes what differs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Protocol

from pyf.aggregator.documents.fact_changes import compare_facts
from pyf.aggregator.documents.import_lines import MAX_BATCH_DOCUMENTS, FullBatch, split_lines
from pyf.aggregator.documents.owned_fields import OwnedFields, encode_changes, find_changes
from pyf.aggregator.documents.references import DocumentRef
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.changes import ChangeCounts, ChangeRecorder, open_recorder
from pyf.aggregator.jobs.progress import ItemFailure
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.changes import Recorded
from pyf.aggregator.typesense.server import SearchServer

type Wanted = Mapping[NormalizedName, Document]
"""What documents should say in the fields of one source; a field that is left out goes, and so do all of them
where there are none."""

type GoOn = Callable[[NormalizedName, Document], Document]
"""What a document should say in the continued fields of its source, from what it says in them now."""


class WriteCounts(ChangeCounts, Protocol):
    """The part of a summary that the writer fills: documents written, and those that the server refused."""

    written: int
    rejected: list[ItemFailure]


class Writer:
    """Writes ``fields`` to one collection; ``carried`` is what its documents say in them now.

    ``go_on`` is asked for the ``continued`` ones of every document that is written. Those may be long, so
    they are read some documents at a time. They are written in the same line as the rest: whenever we are
    killed, a document says all of it or nothing.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own
        self,
        search: SearchServer,
        collection: str,
        fields: OwnedFields,
        carried: Mapping[NormalizedName, Mapping[str, object]],
        counts: WriteCounts,
        *,
        go_on: GoOn | None = None,
    ) -> None:
        self._search = search
        self._collection = collection
        self._recorder: ChangeRecorder | None = None
        self._fields = fields
        self._carried = dict(carried)
        self._counts = counts
        self._go_on = go_on
        self._written: set[NormalizedName] = set()

    async def write(self, wanted: Wanted) -> None:
        """Let the documents say what is wanted; those that do so already cost nothing.

        Documents that the collection does not have are left out. Raises :class:`ValueError` for a field that
        is not the source's own.
        """
        self._check_ownership(wanted, self._fields.compared)
        differing = {
            name: changes
            for name, fields in wanted.items()
            if (carried := self._carried.get(name)) is not None and (changes := find_changes(carried, fields))
        }
        for names in batched(differing, MAX_BATCH_DOCUMENTS):
            continued = await self._continue(names)
            lines = [encode_changes(name, differing[name] | continued.get(name, {})) for name in names]
            for batch in split_lines(lines):
                await self._send(batch, wanted)

    async def _continue(self, names: Sequence[NormalizedName]) -> dict[NormalizedName, Document]:
        """Return what to write to the continued fields of some documents."""
        if self._go_on is None:
            return {}
        said = await self._search.contents.fetch_fields(self._collection, names, self._fields.continued)
        wanted = {name: self._go_on(name, fields) for name, fields in said.items()}
        self._check_ownership(wanted, self._fields.continued)
        return {name: find_changes(said[name], fields) for name, fields in wanted.items()}

    async def _send(self, batch: FullBatch, wanted: Wanted) -> None:
        recorded = await self._record([line.name for line in batch], wanted)
        rejections = await self._search.contents.update_lines(self._collection, batch)
        refused = {item.name for item in rejections}
        if self._recorder is not None:
            await self._recorder.retract(recorded, refused)
        accepted = {line.name for line in batch} - refused
        self._counts.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]
        self._counts.written += len(accepted - self._written)
        self._written |= accepted
        self._carried.update({name: wanted[name] for name in accepted})

    async def _record(self, names: Iterable[NormalizedName], wanted: Wanted) -> Recorded:
        """Record what changes with what is about to be written; most of it is no change worth a record."""
        changes = [
            change for name in names for change in compare_facts(name, self._carried[name], wanted[name])
        ]
        if not changes:
            return Recorded()
        if self._recorder is None:
            self._recorder = await open_recorder(self._search, self._collection, self._counts)
        return await self._recorder.record_facts(changes)

    def _check_ownership(self, wanted: Wanted, owned: Sequence[str]) -> None:
        own = frozenset(owned)
        for fields in wanted.values():
            if strange := fields.keys() - own:
                raise ValueError(f"{self._fields.source} does not own {', '.join(sorted(strange))}")


async def write_named(
    wanted: Mapping[DocumentRef, Document], fields: OwnedFields, search: SearchServer, counts: WriteCounts
) -> None:
    """Write some documents of any collections, reading first what just these say.

    A collection or a document that is gone is passed over.
    """
    by_target: defaultdict[str, dict[NormalizedName, Document]] = defaultdict(dict)
    for reference, document in wanted.items():
        by_target[reference.target][reference.name] = document
    for target, documents in by_target.items():
        collection = await search.find_collection(target)
        if collection is not None:
            carried = await search.contents.fetch_fields(collection, list(documents), fields.names)
            await Writer(search, collection, fields, carried, counts).write(documents)
