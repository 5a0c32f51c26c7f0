"""Changes: what has happened to the packages of a collection, from the records beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.documents.shown import ShownChange, decode_change
from pyf.aggregator.errors.typesense import CollectionNotFound, SearchKeyRefused
from pyf.aggregator.gallery.asking import Asking, Search
from pyf.aggregator.gallery.query import build_filter
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.reader import FacetCount

PAGE_SIZE = 50
_LATEST = "noticed:desc,happened:desc"
"""A release may be noticed late: by when it happened it would come into the middle of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesFound:
    """A page of changes, the latest first, of ``total``; ``kinds`` counts what each kind alone would give."""

    total: int = 0
    changes: tuple[ShownChange, ...] = ()
    kinds: tuple[FacetCount, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


class Changes:
    """The changes of one collection; none where nobody has written any, or the key does not cover them."""

    def __init__(self, collection: str, asking: Asking) -> None:
        self.collection = collection
        self.asking = asking

    async def find_latest(
        self,
        *,
        limit: int = PAGE_SIZE,
        page: int = 1,
        kinds: Sequence[str] = (),
        project: NormalizedName | None = None,
        since: int | None = None,
    ) -> ChangesFound:
        """Return the latest changes: of all kinds and packages, or of these."""
        whole = [build_filter("project", [project])] if project else []
        if since is not None:
            whole.append(f"noticed:>={since}")
        narrowed = [*whole, build_filter("kind", kinds)] if kinds else whole
        searches = [
            self._build(narrowed)
            | {"sort_by": "happened:desc,noticed:desc", "per_page": limit, "page": page},
            self._build(whole) | {"per_page": 0, "facet_by": "kind", "max_facet_values": 30},
        ]
        try:
            found, counted = await self.asking.ask(searches)
        except (CollectionNotFound, SearchKeyRefused):
            return ChangesFound()
        return ChangesFound(
            total=found.found,
            changes=tuple(decode_change(hit.document) for hit in found.hits),
            kinds=tuple(sorted(counted.facet_counts.get("kind", ()), key=lambda count: -count.count)),
        )

    def _build(self, filters: Iterable[str]) -> Search:
        search = {"collection": name_changes(self.collection), "q": "*", "query_by": "name"}
        filter_by = " && ".join(filters)
        return search | {"filter_by": filter_by} if filter_by else search
