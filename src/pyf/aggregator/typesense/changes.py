"""The changes of packages: a collection of records beside each collection of documents.

It belongs to the name that clients use, so rebuilds and switches leave it alone. It is made when the first
complete run has filled a collection: while it is not there, nothing is a change yet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched

import msgspec

from pyf.aggregator.documents.changes import (
    BOOKKEEPING_FIELDS,
    CHAINED,
    Change,
    Ends,
    KnownChange,
    build_change_schema,
    build_record,
    find_ends,
    holds_changes,
    name_changes,
)
from pyf.aggregator.documents.import_lines import ImportLine, split_lines
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.typesense import SchemaMismatch
from pyf.aggregator.metadata.changes import ChangeKind
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.aliases import Aliases
from pyf.aggregator.typesense.collections import Collections
from pyf.aggregator.typesense.documents import Contents
from pyf.aggregator.typesense.filters import IDS_A_REQUEST, filter_values, is_plain

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The ids of what was recorded, by the collection of changes and the project.

    ``written`` counts the records of each project that were not there before.
    """

    ids: dict[tuple[str, NormalizedName], list[str]] = field(default_factory=dict)
    written: Counter[NormalizedName] = field(default_factory=Counter)


class ChangeLog:
    """Where the changes of one collection are recorded; several where several names have a log, or nowhere.

    Whoever writes documents records their changes first, and retracts those of documents that are refused.
    """

    def __init__(self, contents: Contents, collections: Sequence[str], now: Callable[[], datetime]) -> None:
        self._contents = contents
        self._collections = collections
        self._now = now

    def __bool__(self) -> bool:
        """Tell whether anything is recorded."""
        return bool(self._collections)

    async def record(
        self, changes: Sequence[Change], shown: Mapping[NormalizedName, Mapping[str, object]]
    ) -> Recorded:
        """Write the records of changes that are about to be; those that are there already stay as they are.

        ``shown`` has the name, summary and version of each package.
        """
        # Ids of somebody else's documents may be anything, and go into filters.
        changes = [change for change in changes if is_plain(change.project)]
        recorded, now = Recorded(), int(self._now().timestamp())
        for collection in self._collections if changes else ():
            chained = [change.project for change in changes if change.kind in CHAINED]
            ends = await self.fetch_ends(collection, chained)
            records = [build_record(change, ends, shown.get(change.project, {}), now) for change in changes]
            for record in records:
                recorded.ids.setdefault((collection, record.project), []).append(record.id)
            lines = [
                ImportLine(name=record.project, body=msgspec.json.encode(record.document))
                for record in records
                if record.document is not None
            ]
            for batch in split_lines(lines):
                rejections = await self._contents.create_lines(collection, batch)
                recorded.written.update(line.name for line in batch)
                recorded.written.subtract(rejection.name for rejection in rejections)
                for rejection in rejections:
                    if not rejection.present:
                        logger.warning(
                            "A change of %s was not recorded: %s", rejection.name, rejection.reason
                        )
        return recorded

    async def retract(self, recorded: Recorded, projects: Iterable[NormalizedName]) -> None:
        """Delete what was recorded of these projects: their documents did not change after all."""
        refused = set(projects)
        for (collection, project), ids in recorded.ids.items():
            if project in refused:
                await self._contents.remove_matching(collection, filter_values("id", ids))

    async def find_left(self, projects: Sequence[NormalizedName]) -> set[NormalizedName]:
        """Return those of the projects of which it is recorded that they left, and nothing since then."""
        return {
            project
            for collection in self._collections
            for (project, _), end in (
                await self.fetch_ends(collection, projects, (ChangeKind.ADDED, ChangeKind.LEFT))
            ).items()
            if end.kind == ChangeKind.LEFT
        }

    async def fetch_ends(
        self,
        collection: str,
        projects: Iterable[NormalizedName],
        kinds: Iterable[ChangeKind] = CHAINED,
    ) -> Ends:
        """Return the last change of each chain of these projects."""
        known: list[KnownChange] = []
        which = filter_values("kind", sorted(kinds))
        for part in batched(sorted(set(projects)), IDS_A_REQUEST):
            found = await self._contents.fetch_matching(
                collection,
                {
                    "filter_by": f"{filter_values('project', part)} && {which}",
                    "include_fields": ",".join(KnownChange.__struct_fields__),
                },
            )
            known += msgspec.convert(found, list[KnownChange])
        return find_ends(known)


class Changes:
    """The collections of changes on one server, each kept for ``keep_days``; with 0 nothing is recorded."""

    def __init__(
        self,
        collections: Collections,
        contents: Contents,
        aliases: Aliases,
        *,
        keep_days: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._collections = collections
        self._contents = contents
        self._aliases = aliases
        self._keep_days = keep_days
        self._now = now

    async def open(self, collection: str | None) -> ChangeLog:
        """Return where changes of a collection are recorded: for each name that leads to it and has a log."""
        logs = await self.find(collection) if collection is not None and self._keep_days else []
        return ChangeLog(self._contents, logs, self._now)

    async def find(self, collection: str) -> list[str]:
        """Return the collections of changes of all names that lead to this collection."""
        targets = await self._aliases.list_targets()
        names = [collection, *sorted(alias for alias, target in targets.items() if target == collection)]
        schemas = {schema["name"]: schema for schema in await self._collections.list_whole()}
        logs = [name_changes(name) for name in names]
        return [log for log in logs if log in schemas and holds_changes(schemas[log])]

    async def is_log(self, collection: str) -> bool:
        """Tell whether a collection holds changes and no packages."""
        return holds_changes(await self._collections.get_schema(collection))

    async def begin(self, name: str) -> None:
        """Make the collection of changes of a name that was filled, if need be; remove what is old."""
        if not self._keep_days:
            return
        log = name_changes(name)
        try:
            await self._collections.ensure(log, build_change_schema())
        except SchemaMismatch as error:
            logger.warning("Changes of %s are not recorded. %s", name, error)
            return
        oldest = self._now() - timedelta(days=self._keep_days)
        await self._contents.remove_matching(log, f"noticed:<{int(oldest.timestamp())}")

    async def fetch(
        self, logs: Sequence[str], *, since: datetime, kinds: Sequence[ChangeKind] = ()
    ) -> list[Document]:
        """Return what was noticed since then, the latest first; of these kinds, or of all."""
        filters = [f"noticed:>={int(since.timestamp())}"]
        if kinds:
            filters.append(filter_values("kind", kinds))
        parameters = {
            "filter_by": " && ".join(filters),
            "sort_by": "noticed:desc,happened:desc",
            "exclude_fields": ",".join(BOOKKEEPING_FIELDS),
        }
        return [document for log in logs for document in await self._contents.fetch_matching(log, parameters)]

    async def drop(self, name: str) -> None:
        """Drop the collection of changes of a name whose packages are gone."""
        log = name_changes(name)
        for schema in await self._collections.list_whole():
            if schema["name"] == log and holds_changes(schema):
                await self._collections.drop(log)
