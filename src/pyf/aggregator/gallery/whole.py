"""A collection as a whole: what is counted over all packages, or told of each of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import batched

import msgspec

from pyf.aggregator.assessment.readiness import Readiness, build_readiness
from pyf.aggregator.documents.assessment import JudgementInput
from pyf.aggregator.documents.shown import Package, decode_package
from pyf.aggregator.gallery.asking import Asking, Search
from pyf.aggregator.gallery.found import Freshness, JudgedDocument
from pyf.aggregator.gallery.query import build_filter
from pyf.aggregator.gallery.remembered import Remembered
from pyf.aggregator.gallery.searches import PACKAGE_EXCLUDED, build_base, build_list
from pyf.aggregator.gallery.sweep import sweep
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.reader import Answer

JUDGED_SECONDS = 300.0
"""So long the readiness of a whole collection is shown before it is counted again."""
JUDGED_STALE_SECONDS = 3600.0
"""So old it may be while it is counted: that takes seconds, and nobody has to wait for them."""
_FRESHNESS_FIELDS = ("serial", "provenance_checked", "repository_checked", "downloads_as_of")


class Whole:
    """All packages of one collection. Raises what :class:`Reader` raises."""

    def __init__(self, key: str, asking: Asking, *, clock: Callable[[], float]) -> None:
        self._key = key
        self._asking = asking
        self._judged = Remembered(
            self._read_judged, seconds=JUDGED_SECONDS, stale_seconds=JUDGED_STALE_SECONDS, clock=clock
        )
        self._readiness: dict[str, tuple[Readiness, Sequence[JudgedDocument]]] = {}

    async def iterate_packages(self, at_once: int) -> AsyncIterator[Sequence[Package]]:
        """Yield all packages by name, so many at a time, without the texts that are there for searches."""
        async for documents in self.iterate_documents(at_once):
            yield [package for _, package in documents]

    async def iterate_documents(self, at_once: int) -> AsyncIterator[Sequence[tuple[bytes, Package]]]:
        """Yield the same, each as JSON and as what is read of it."""
        for names in batched(await self._list_names(), at_once):
            search = build_base(self._key) | {
                "q": "*",
                "filter_by": build_filter("id", names),
                "sort_by": "name_sortable:asc",
                "per_page": len(names),
                "exclude_fields": PACKAGE_EXCLUDED,
            }
            (answer,) = await self._asking.ask([search])
            yield [(bytes(hit.document), decode_package(hit.document)) for hit in answer.hits]

    async def list_all(self) -> Sequence[JudgedDocument]:
        """Return every package by name, with what readiness and maps of the site need; some minutes old."""
        return await self._judged.get()

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
        lists = [build_list(self._key, f"{field}:>0", f"{field}:desc", 1) for field in _FRESHNESS_FIELDS]
        searches = [
            search | {"include_fields": f"id,{field}"}
            for search, field in zip(lists, _FRESHNESS_FIELDS, strict=True)
        ]
        answers = await self._asking.ask([build_list(self._key, "", "rank:desc", 0), *searches])
        latest = {
            field: (answer.found, _read_number(answer, field))
            for field, answer in zip(_FRESHNESS_FIELDS, answers[1:], strict=True)
        }
        return Freshness(packages=answers[0].found, latest=latest)

    async def _list_names(self) -> Sequence[NormalizedName]:
        names: set[NormalizedName] = set()
        async for hits in sweep(self._asking, self._everything, "id"):
            names |= {msgspec.json.decode(hit.document, type=_JudgedWire).id for hit in hits}
        return sorted(names)

    async def _read_judged(self) -> Sequence[JudgedDocument]:
        """Read what readiness is counted from, of all packages."""
        fields = ",".join(f"compatibility.{field}" for field in JudgementInput.__struct_fields__)
        documents: dict[NormalizedName, JudgedDocument] = {}
        decoder = _JudgedDecoder()
        async for hits in sweep(self._asking, self._everything, f"id,name,use,upload_timestamp,{fields}"):
            documents |= {
                document.id: document for document in (decoder.decode(hit.document) for hit in hits)
            }
        return [documents[name] for name in sorted(documents)]

    @property
    def _everything(self) -> Search:
        return build_base(self._key) | {"q": "*"}


class _JudgedWire(msgspec.Struct):
    """A judged document with its judgements unread."""

    id: NormalizedName
    name: str = ""
    use: int | None = None
    upload_timestamp: int | None = None
    compatibility: tuple[msgspec.Raw, ...] = ()


class _JudgedDecoder:
    """Reads judged documents; equal judgements are one object.

    A package has some forty of them, most of them the same as others have: each by itself, those of ten
    thousand packages take 240 MB.
    """

    def __init__(self) -> None:
        self._decode_document = msgspec.json.Decoder(_JudgedWire).decode
        self._decode_judgement = msgspec.json.Decoder(JudgementInput).decode
        self._judgements: dict[bytes, JudgementInput] = {}

    def decode(self, document: msgspec.Raw) -> JudgedDocument:
        read = self._decode_document(document)
        return JudgedDocument(
            id=read.id,
            name=read.name,
            use=read.use,
            upload_timestamp=read.upload_timestamp,
            compatibility=tuple(map(self._share, read.compatibility)),
        )

    def _share(self, raw: msgspec.Raw) -> JudgementInput:
        text = bytes(raw)
        if text not in self._judgements:
            self._judgements[text] = self._decode_judgement(text)
        return self._judgements[text]


def _read_number(answer: Answer, field: str) -> int | None:
    if not answer.hits:
        return None
    value = msgspec.json.decode(answer.hits[0].document).get(field)
    return value if isinstance(value, int) else None
