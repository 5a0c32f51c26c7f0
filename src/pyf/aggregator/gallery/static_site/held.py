"""A collection that is read once, from its first package to its last: what a build asks of one is at hand."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence

from pyf.aggregator.documents.shown import Package, ShownChange
from pyf.aggregator.gallery.changes import Changes, ChangesFound
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.sweep import AT_ONCE
from pyf.aggregator.metadata.model import NormalizedName

MOST_LEFT = 1_000
"""So many of those that left last have a page that says so."""
_PAGES = 200


class HeldCollection(Collection):
    """Answers questions about one package from what was read of it just now, and all others as ever."""

    _document: bytes | None = None
    _package: Package | None = None
    _changes: "HeldChanges | None" = None

    async def iterate_held(self) -> AsyncGenerator[Package]:
        """Yield every package by name, and answer questions about it until the next."""
        async for documents in self.whole.iterate_documents(AT_ONCE):
            for document, package in documents:
                self._document, self._package = document, package
                yield package
        self._document = self._package = None

    async def find_document(self, name: NormalizedName) -> bytes | None:
        """Return the document that is held, or ask for another one."""
        if self._package is not None and self._package.id == name:
            return self._document
        return await super().find_document(name)

    async def find_package(self, name: NormalizedName) -> Package | None:
        """Return the package that is held, or ask for another one."""
        if self._package is not None and self._package.id == name:
            return self._package
        return await super().find_package(name)

    async def hold_changes(self) -> None:
        """Read all changes, so that those of a package need no request."""
        self.changes = self._changes = await HeldChanges.read(self.changes)

    def list_left(self) -> Sequence[NormalizedName]:
        """Return packages that left and have not come back, the latest first."""
        return self._changes.left if self._changes is not None else ()


class HeldChanges(Changes):
    """Changes of which those of each package are at hand."""

    def __init__(self, changes: Changes, held: Sequence[ShownChange]) -> None:
        super().__init__(changes.collection, changes.asking)
        self._of: defaultdict[NormalizedName, list[ShownChange]] = defaultdict(list)
        for change in held:
            self._of[change.project].append(change)
        latest = (told[0] for told in self._of.values())
        self.left = tuple(change.project for change in latest if change.kind == "left")[:MOST_LEFT]

    @classmethod
    async def read(cls, changes: Changes) -> "HeldChanges":
        """Read all changes there are, the latest first."""
        held: list[ShownChange] = []
        for page in range(1, _PAGES + 1):
            found = await changes.find_latest(limit=AT_ONCE, page=page)
            held += found.changes
            if len(found.changes) < AT_ONCE:
                break
        return cls(changes, held)

    async def find_latest(
        self,
        *,
        limit: int = 50,
        page: int = 1,
        kinds: Sequence[str] = (),
        project: NormalizedName | None = None,
        since: int | None = None,
    ) -> ChangesFound:
        """Return the latest changes; those of one package without asking."""
        if project is None:
            return await super().find_latest(limit=limit, page=page, kinds=kinds, since=since)
        told = [
            change
            for change in self._of.get(project, ())
            if (not kinds or change.kind in kinds) and (since is None or change.happened >= since)
        ]
        return ChangesFound(total=len(told), changes=tuple(told[:limit]))
