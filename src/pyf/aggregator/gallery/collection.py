"""A profile's collection, as pages ask it: each question is one request to Typesense.

What comes back is decoded here; a page never sees Typesense's own words.
"""

import asyncio
import time
from collections.abc import Callable
from functools import cached_property

from pyf.aggregator.assessment.world import find_framework_name
from pyf.aggregator.documents.shown import Package, Row, decode_package, decode_row
from pyf.aggregator.documents.topics import build_topic_filter
from pyf.aggregator.errors.typesense import CollectionNotFound, SearchKeyRefused
from pyf.aggregator.gallery.asking import Asking, Search
from pyf.aggregator.gallery.changes import Changes
from pyf.aggregator.gallery.found import (
    Found,
    FoundRow,
    Listing,
    Overview,
    PeopleCounts,
    ShownCycle,
    TopicCount,
    count_ended,
    leaves_out_ended,
    read_facet,
)
from pyf.aggregator.gallery.query import (
    ENDED,
    LIFE_KEY,
    PAGE_SIZE,
    FacetKind,
    SearchQuery,
    build_facets,
    build_filter,
    build_sort_by,
    leave_out_ended,
)
from pyf.aggregator.gallery.remembered import Remembered
from pyf.aggregator.gallery.searches import PACKAGE_EXCLUDED, ROW_FIELDS, build_base, build_list
from pyf.aggregator.gallery.whole import Whole
from pyf.aggregator.jobs.collections.generations import name_previous
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.reader import Answer, Reader

WEEK_SECONDS = 7 * 24 * 60 * 60
RISING = "use_growth:>0"
"""Those whose use has grown within twelve weeks, where both ends of these are known."""
KNOWN_SECONDS = 60.0
"""So long the cycles of a collection, which change a few times a year, are not asked for again."""
MOST_FACET_VALUES = 60
MOST_PEOPLE = 250


class Collection:
    """The packages of one profile. Raises what :class:`Reader` raises."""

    def __init__(
        self,
        profile: Profile,
        reader: Reader,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.profile = profile
        self._asking = Asking(reader, clock=clock)
        self._cycles = Remembered(self._fetch_cycles, seconds=KNOWN_SECONDS, clock=clock)
        self.whole = Whole(self.key, self._asking, clock=clock)
        self.changes = Changes(self.key, Asking(reader, clock=clock))
        self._now = now

    @property
    def key(self) -> str:
        """The profile's key, which is also the name of the collection."""
        return self.profile.key

    @cached_property
    def framework(self) -> str:
        """What versions are called by: ``Plone`` of ``Plone 6.2``."""
        return find_framework_name(self.profile)

    @cached_property
    def facets(self) -> tuple[FacetKind, ...]:
        """The facets that a search can be narrowed by."""
        return build_facets(self.framework)

    async def search(self, query: SearchQuery, *, within: str = "", page_size: int = PAGE_SIZE) -> Found:
        """Find a page of packages, and what each facet would leave of them; ``within`` is a filter for all.

        A facet with a chosen value counts what its other values would give, which takes a search of its own.
        """
        narrowing = [kind for kind in self.facets if self._is_narrowed(kind, query)]
        free = [kind for kind in self.facets if kind not in narrowing]
        searches = [
            self._build_search(query, within)
            | build_sort_by(query.sort)
            | {
                "page": query.page,
                "per_page": page_size,
                "include_fields": ROW_FIELDS,
                "facet_by": ",".join(kind.field for kind in free),
                "max_facet_values": MOST_FACET_VALUES,
            },
            *(self._build_count(query, kind, within) for kind in narrowing),
        ]
        first, *counted = await self._asking.ask(searches)
        facets = {kind.key: read_facet(kind, first, query) for kind in free}
        facets |= {
            kind.key: read_facet(kind, answer, query) for kind, answer in zip(narrowing, counted, strict=True)
        }
        return Found(
            query=query,
            total=first.found,
            rows=tuple(FoundRow(decode_row(hit.document), hit.marked) for hit in first.hits),
            facets=tuple(facets[kind.key] for kind in self.facets),
            ended=0 if query.with_ended else count_ended(facets[LIFE_KEY], query),
        )

    async def read_overview(self) -> Overview:
        """Return what is new, released lately and widely needed, without what has ended."""
        query = SearchQuery()
        everything = self._build_search(query) | {
            "per_page": 0,
            "facet_by": ",".join(kind.field for kind in self.facets),
            "max_facet_values": MOST_FACET_VALUES,
        }
        lists = [
            build_list(self.key, leave_out_ended(), sort_by, 6)
            for sort_by in ("first_upload_timestamp:desc", "upload_timestamp:desc", "required_by_count:desc")
        ]
        lists.append(build_list(self.key, f"{leave_out_ended()} && {RISING}", "use_growth:desc", 6))
        (first, *others), changes = await asyncio.gather(
            self._asking.ask([everything, *lists]),
            self.changes.find_latest(limit=8, since=int(self._now()) - WEEK_SECONDS),
        )
        new, released, needed, rising = (_read_rows(answer) for answer in others)
        return Overview(
            packages=first.found,
            new=new,
            released=released,
            needed=tuple(row for row in needed if row.required_by_count),
            rising=rising,
            changes=changes.changes,
            facets=tuple(read_facet(kind, first, query) for kind in self.facets),
        )

    async def list_packages(
        self, filter_by: str, *, sort_by: str, limit: int = PAGE_SIZE, page: int = 1
    ) -> Listing:
        """List packages by a filter and an order of Typesense's; 250 at most at once."""
        (answer,) = await self._asking.ask([build_list(self.key, filter_by, sort_by, limit) | {"page": page}])
        return Listing(total=answer.found, rows=_read_rows(answer))

    async def count_packages(self) -> int:
        """Return how many packages there are."""
        return (await self.list_packages("", sort_by="name_sortable:asc", limit=1)).total

    async def find_package(self, name: NormalizedName) -> Package | None:
        """Return a whole package; ``None`` if the collection has none of that name."""
        document = await self.find_document(name)
        return None if document is None else decode_package(document)

    async def find_document(self, name: NormalizedName) -> bytes | None:
        """Return a document as JSON, without the texts that are there to be searched."""
        (answer,) = await self._asking.ask(
            [
                build_base(self.key)
                | {
                    "q": "*",
                    "filter_by": build_filter("id", [name]),
                    "per_page": 1,
                    "exclude_fields": PACKAGE_EXCLUDED,
                }
            ]
        )
        return bytes(answer.hits[0].document) if answer.hits else None

    async def find_nearest(self, name: str, *, limit: int = 5) -> tuple[Row, ...]:
        """Return the packages whose names are the nearest to one that is not there."""
        words = " ".join(name.replace("-", " ").replace(".", " ").replace("_", " ").split())
        (answer,) = await self._asking.ask(
            [
                build_base(self.key)
                | {
                    "q": words or "*",
                    "query_by": "name_alt,name",
                    "query_by_weights": "2,1",
                    "prefix": "true,true",
                    "num_typos": "2,2",
                    "per_page": limit,
                    "include_fields": ROW_FIELDS,
                }
            ]
        )
        return _read_rows(answer)

    async def find_left(self, name: NormalizedName) -> Package | None:
        """Return what is remembered of a package that has left, by its last change or the last rebuild."""
        left = await self.changes.find_latest(limit=1, kinds=("left",), project=name)
        if left.changes:
            change = left.changes[0]
            return Package(id=name, name=change.name, summary=change.summary, version=change.version or "")
        previous = {**build_base(self.key), "collection": name_previous(self.key)}
        search = previous | {"q": "*", "filter_by": build_filter("id", [name]), "per_page": 1}
        try:
            (answer,) = await self._asking.ask([search | {"include_fields": "id,name,summary,version"}])
        except (CollectionNotFound, SearchKeyRefused):
            # There was no rebuild, or a key of somebody's own does not cover what is left of it.
            return None
        return decode_package(answer.hits[0].document) if answer.hits else None

    async def count_topics(self) -> tuple[TopicCount, ...]:
        """Count the packages of each topic of the profile."""
        topics = self.profile.topics
        base = build_base(self.key) | {"q": "*", "per_page": 0, "facet_by": "life"}
        searches = [base | {"filter_by": build_topic_filter(topic)} for topic in topics]
        answers = await self._asking.ask(searches) if searches else []
        return tuple(
            TopicCount(topic=topic, total=answer.found, ended=_count_ended(answer))
            for topic, answer in zip(topics, answers, strict=True)
        )

    async def count_people(self) -> PeopleCounts:
        """Count the packages of each account and organization on PyPI, as far as they own the most."""
        counting = {"facet_by": "owners,organization", "max_facet_values": MOST_PEOPLE}
        (answer,) = await self._asking.ask([build_base(self.key) | {"q": "*", "per_page": 0} | counting])
        counts = answer.facet_counts
        return PeopleCounts(accounts=counts.get("owners", ()), organizations=counts.get("organization", ()))

    async def get_cycles(self) -> tuple[ShownCycle, ...]:
        """Return the cycles that packages were assessed for, the newest first; none before an assessment."""
        return await self._cycles.get()

    async def _fetch_cycles(self) -> tuple[ShownCycle, ...]:
        # Of an object that is named alone, 0.24.1 returns nothing but its braces (measured).
        named = "id,compatibility.version,compatibility.supported"
        search = build_list(self.key, "", "rank:desc", 1) | {"include_fields": named}
        (answer,) = await self._asking.ask([search])
        if not answer.hits:
            return ()
        return tuple(
            ShownCycle(item.version, item.version.rpartition(" ")[2], item.supported)
            for item in decode_package(answer.hits[0].document).compatibility
        )

    def _build_search(self, query: SearchQuery, within: str = "", *, but: FacetKind | None = None) -> Search:
        """Return the search of a query, without the facet ``but``, life with what it leaves out unasked."""
        filters = [
            build_filter(kind.field, [kind.prefix + value for value in query.chosen[kind.key]])
            for kind in self.facets
            if kind.key in query.chosen and kind is not but
        ]
        if leaves_out_ended(query) and (but is None or but.key != LIFE_KEY):
            filters.append(leave_out_ended())
        if within:
            filters.append(within)
        search = build_base(self.key) | {"q": query.words or "*"}
        return search | {"filter_by": " && ".join(filters)} if filters else search

    def _build_count(self, query: SearchQuery, kind: FacetKind, within: str) -> Search:
        return self._build_search(query, within, but=kind) | {
            "per_page": 0,
            "facet_by": kind.field,
            "max_facet_values": MOST_FACET_VALUES,
        }

    def _is_narrowed(self, kind: FacetKind, query: SearchQuery) -> bool:
        return kind.key in query.chosen or (kind.key == LIFE_KEY and leaves_out_ended(query))


def _read_rows(answer: Answer) -> tuple[Row, ...]:
    return tuple(decode_row(hit.document) for hit in answer.hits)


def _count_ended(answer: Answer) -> int:
    return sum(count.count for count in answer.facet_counts.get("life", ()) if count.value in ENDED)
