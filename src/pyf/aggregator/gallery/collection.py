"""A profile's collection, as pages ask it: each question is one request to Typesense.

What comes back is decoded here; a page never sees Typesense's own words.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property
from itertools import count

import msgspec

from pyf.aggregator.assessment.readiness import Readiness, build_readiness
from pyf.aggregator.assessment.world import find_framework_name
from pyf.aggregator.documents.assessment import JudgementInput
from pyf.aggregator.documents.shown import Package, Row, decode_package, decode_row
from pyf.aggregator.errors.typesense import CollectionNotFound, SearchKeyRefused
from pyf.aggregator.gallery.asking import Asking, Search
from pyf.aggregator.gallery.changes import Changes
from pyf.aggregator.gallery.found import (
    Found,
    FoundRow,
    Freshness,
    JudgedDocument,
    Listing,
    Overview,
    ShownCycle,
    count_ended,
    leaves_out_ended,
    read_facet,
)
from pyf.aggregator.gallery.query import (
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
from pyf.aggregator.jobs.collections.generations import name_previous
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.reader import Answer, Reader

WEEK_SECONDS = 7 * 24 * 60 * 60
RISING = "use_growth:>0"
"""Those whose use has grown within twelve weeks, where both ends of these are known."""
KNOWN_SECONDS = 60.0
"""So long the cycles of a collection, which change a few times a year, are not asked for again."""
JUDGED_SECONDS = 300.0
"""So long the readiness of a whole collection is shown before it is counted again."""
MOST_FACET_VALUES = 60
_AT_ONCE = 250
"""Typesense returns no more for one search."""
_FRESHNESS_FIELDS = ("serial", "provenance_checked", "repository_checked", "downloads_as_of")

_ROW_FIELDS = ",".join(("id", *Row.__struct_fields__))
_PACKAGE_EXCLUDED = "description,words,description_words,people_alt,name_alt"


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
        self._judged = Remembered(self._read_judged, seconds=JUDGED_SECONDS, clock=clock)
        self._changes = Changes(self.key, Asking(reader, clock=clock))
        self._now = now
        self._readiness: dict[str, tuple[Readiness, Sequence[JudgedDocument]]] = {}

    @property
    def changes(self) -> Changes:
        """What has happened to its packages."""
        return self._changes

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
                "include_fields": _ROW_FIELDS,
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
            self._build_list(leave_out_ended(), sort_by, 6)
            for sort_by in ("first_upload_timestamp:desc", "upload_timestamp:desc", "required_by_count:desc")
        ]
        lists.append(self._build_list(f"{leave_out_ended()} && {RISING}", "use_growth:desc", 6))
        (first, *others), changes = await asyncio.gather(
            self._asking.ask([everything, *lists]),
            self._changes.find_latest(limit=8, since=int(self._now()) - WEEK_SECONDS),
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
        (answer,) = await self._asking.ask([self._build_list(filter_by, sort_by, limit) | {"page": page}])
        return Listing(total=answer.found, rows=_read_rows(answer))

    async def find_package(self, name: NormalizedName) -> Package | None:
        """Return a whole package; ``None`` if the collection has none of that name."""
        document = await self.find_document(name)
        return None if document is None else decode_package(document)

    async def find_document(self, name: NormalizedName) -> bytes | None:
        """Return a document as JSON, without the texts that are there to be searched."""
        (answer,) = await self._asking.ask(
            [
                self._build_base()
                | {
                    "q": "*",
                    "filter_by": build_filter("id", [name]),
                    "per_page": 1,
                    "exclude_fields": _PACKAGE_EXCLUDED,
                }
            ]
        )
        return bytes(answer.hits[0].document) if answer.hits else None

    async def iterate_packages(self, at_once: int) -> AsyncIterator[Sequence[Package]]:
        """Yield all packages by name, so many at a time, without the texts that are there for searches."""
        search = _without_row_fields(self._build_list("", "name_sortable:asc", at_once))
        for page in count(1):
            (answer,) = await self._asking.ask([search | {"page": page, "exclude_fields": _PACKAGE_EXCLUDED}])
            yield [decode_package(hit.document) for hit in answer.hits]
            if len(answer.hits) < at_once:
                return

    async def find_nearest(self, name: str, *, limit: int = 5) -> tuple[Row, ...]:
        """Return the packages whose names are the nearest to one that is not there."""
        words = " ".join(name.replace("-", " ").replace(".", " ").replace("_", " ").split())
        (answer,) = await self._asking.ask(
            [
                self._build_base()
                | {
                    "q": words or "*",
                    "query_by": "name_alt,name",
                    "query_by_weights": "2,1",
                    "prefix": "true,true",
                    "num_typos": "2,2",
                    "per_page": limit,
                    "include_fields": _ROW_FIELDS,
                }
            ]
        )
        return _read_rows(answer)

    async def find_left(self, name: NormalizedName) -> Package | None:
        """Return what is remembered of a package that has left, by its last change or the last rebuild."""
        left = await self._changes.find_latest(limit=1, kinds=("left",), project=name)
        if left.changes:
            change = left.changes[0]
            return Package(id=name, name=change.name, summary=change.summary, version=change.version or "")
        previous = {**self._build_base(), "collection": name_previous(self.key)}
        search = previous | {"q": "*", "filter_by": build_filter("id", [name]), "per_page": 1}
        try:
            (answer,) = await self._asking.ask([search | {"include_fields": "id,name,summary,version"}])
        except (CollectionNotFound, SearchKeyRefused):
            # There was no rebuild, or a key of somebody's own does not cover what is left of it.
            return None
        return decode_package(answer.hits[0].document) if answer.hits else None

    async def list_all(self) -> Sequence[JudgedDocument]:
        """Return every package by name, with what readiness and maps of the site need; some minutes old."""
        return await self._judged.get()

    async def get_cycles(self) -> tuple[ShownCycle, ...]:
        """Return the cycles that packages were assessed for, the newest first; none before an assessment."""
        return await self._cycles.get()

    async def get_readiness(self, version: str) -> tuple[Readiness, Sequence[JudgedDocument]]:
        """Return how far all packages are with ``Plone 6.2``, and what it was counted from.

        The whole collection is read for it, so the answer is kept for some minutes.
        """
        documents = await self._judged.get()
        readiness = self._readiness.get(version)
        if readiness is None or readiness[1] is not documents:
            readiness = self._readiness[version] = build_readiness(documents, version), documents
        return readiness

    async def read_freshness(self) -> Freshness:
        """Return how many packages each source has told something of, and when it last did."""
        lists = [self._build_list(f"{field}:>0", f"{field}:desc", 1) for field in _FRESHNESS_FIELDS]
        searches = [
            search | {"include_fields": f"id,{field}"}
            for search, field in zip(lists, _FRESHNESS_FIELDS, strict=True)
        ]
        answers = await self._asking.ask([self._build_list("", "rank:desc", 0), *searches])
        latest = {
            field: (answer.found, _read_number(answer, field))
            for field, answer in zip(_FRESHNESS_FIELDS, answers[1:], strict=True)
        }
        return Freshness(packages=answers[0].found, latest=latest)

    async def _read_judged(self) -> Sequence[JudgedDocument]:
        """Read what readiness is counted from, of all packages, so many at a time."""
        fields = ",".join(f"compatibility.{field}" for field in JudgementInput.__struct_fields__)
        base = self._build_list("", "name_sortable:asc", _AT_ONCE) | {
            "include_fields": f"id,name,use,upload_timestamp,{fields}"
        }
        documents: list[JudgedDocument] = []
        for page in count(1):
            (answer,) = await self._asking.ask([base | {"page": page}])
            documents += [_decode_judged(hit.document) for hit in answer.hits]
            if len(answer.hits) < _AT_ONCE:
                return documents
        raise AssertionError

    async def _fetch_cycles(self) -> tuple[ShownCycle, ...]:
        # Of an object that is named alone, 0.24.1 returns nothing but its braces (measured).
        named = "id,compatibility.version,compatibility.supported"
        search = self._build_list("", "rank:desc", 1) | {"include_fields": named}
        (answer,) = await self._asking.ask([search])
        if not answer.hits:
            return ()
        return tuple(
            ShownCycle(item.version, item.version.rpartition(" ")[2], item.supported)
            for item in decode_package(answer.hits[0].document).compatibility
        )

    def _build_base(self) -> Search:
        return {"collection": self.key, "preset": self.key}

    def _build_list(self, filter_by: str, sort_by: str, limit: int) -> Search:
        search = self._build_base() | {
            "q": "*",
            "sort_by": sort_by,
            "per_page": limit,
            "include_fields": _ROW_FIELDS,
        }
        return search | {"filter_by": filter_by} if filter_by else search

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
        search = self._build_base() | {"q": query.words or "*"}
        return search | {"filter_by": " && ".join(filters)} if filters else search

    def _build_count(self, query: SearchQuery, kind: FacetKind, within: str) -> Search:
        return self._build_search(query, within, but=kind) | {
            "per_page": 0,
            "facet_by": kind.field,
            "max_facet_values": MOST_FACET_VALUES,
        }

    def _is_narrowed(self, kind: FacetKind, query: SearchQuery) -> bool:
        return kind.key in query.chosen or (kind.key == LIFE_KEY and leaves_out_ended(query))


_decode_judged = msgspec.json.Decoder(JudgedDocument).decode


def _read_rows(answer: Answer) -> tuple[Row, ...]:
    return tuple(decode_row(hit.document) for hit in answer.hits)


def _without_row_fields(search: Search) -> Search:
    return {name: value for name, value in search.items() if name != "include_fields"}


def _read_number(answer: Answer, field: str) -> int | None:
    if not answer.hits:
        return None
    value = msgspec.json.decode(answer.hits[0].document).get(field)
    return value if isinstance(value, int) else None
