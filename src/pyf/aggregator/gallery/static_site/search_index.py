"""The index that visitors of a site search by: Pagefind's, of names, summaries, keywords, people and READMEs.

Pagefind (https://pagefind.app) runs as a process of its own and holds the index until it is written.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from html import unescape
from pathlib import Path

import msgspec

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.found import ShownCycle, find_newest_supported, find_working_version
from pyf.aggregator.gallery.query import ENDED, FacetKind
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.static_site.pagefind import Pagefind, open_pagefind
from pyf.aggregator.gallery.templating import LIVES, VERDICTS, show_day
from pyf.aggregator.metadata.profile import Profile

LANGUAGE = "en"
MOST_TEXT = 800
"""Characters of a README that are searched: what it is about stands at its beginning.

Pagefind holds every word in memory as it writes: 1.2 GB for ten thousand packages with 4,000 characters each
(1.5.2, measured).
"""
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An index that is being made."""

    pagefind: Pagefind
    number: int
    digesting: blake2b = field(default_factory=partial(blake2b, digest_size=16))

    @property
    def digest(self) -> bytes:
        """A digest of all that was added: Pagefind itself writes other files for the same records."""
        return self.digesting.hexdigest().encode()


@asynccontextmanager
async def open_index(folder: Path) -> AsyncIterator[SearchIndex]:
    """Yield an index that is written into ``folder`` at the end. Raises :class:`IndexFailed`."""
    config = {"force_language": LANGUAGE, "include_characters": ".+#-_", "output_path": str(folder)}
    async with open_pagefind() as pagefind:
        begun = await pagefind.ask("NewIndex", config=config)
        index = SearchIndex(pagefind, begun.get("index_id", 0))
        yield index
        await pagefind.finish()
        await pagefind.ask("WriteFiles", index_id=index.number, output_path=str(folder))
        await pagefind.finish()


async def add_package(  # noqa: PLR0913 - named where it is called
    index: SearchIndex,
    site: Site,
    profile: Profile,
    package: Package,
    *,
    facets: Sequence[FacetKind],
    cycles: Sequence[ShownCycle],
) -> None:
    """Add one package: what is searched, what a result shows, by what it is narrowed and ordered."""
    record = {
        "url": site.addresses.package(profile.key, package.id),
        "content": _build_text(package),
        "language": LANGUAGE,
        "meta": _build_meta(package, cycles),
        "filters": _build_filters(package, facets),
        "sort": _build_sorts(package),
    }
    index.digesting.update(msgspec.json.encode(record))
    await index.pagefind.tell("AddRecord", index_id=index.number, **record)


def _build_text(package: Package) -> str:
    """Return what is searched: the name, in parts as well, several times, because it says the most."""
    parts = package.name.replace(".", " ").replace("-", " ").replace("_", " ")
    readme = unescape(_TAG.sub(" ", package.description_html or ""))
    people = [*package.owners, package.organization, package.author, package.maintainer]
    said = [
        *([package.name, parts] * 3),
        *([package.summary or ""] * 2),
        *package.keywords,
        *(person for person in people if person),
        readme[:MOST_TEXT],
    ]
    return " ".join(" ".join(said).split())


def _build_meta(package: Package, cycles: Sequence[ShownCycle]) -> dict[str, str]:
    """Return the texts of a result, in words that are the served page's."""
    meta = {"title": package.name, "version": package.version, "summary": package.summary or ""}
    working = find_working_version(package, cycles)
    newest = find_newest_supported(cycles)
    if working is None:
        meta |= {"works": "works with: unknown", "works_tone": "unknown"}
    elif working[0].supported is False:
        meta |= {"works": f"{working[0].version}, no longer supported", "works_tone": "caution"}
    else:
        mark = VERDICTS[working[1]]
        meta |= {"works": f"{working[0].version} {mark.text}", "works_tone": mark.tone}
    if newest is not None and newest.version in package.excluded_versions:
        meta["refused"] = f"not {newest.number}"
    if package.upload_timestamp is not None:
        meta["released"] = re.sub(_TAG, "", str(show_day(package.upload_timestamp)))
    if package.use is not None:
        meta["use"] = str(package.use)
    if package.life not in (None, "alive", "unknown"):
        mark = LIVES.get(package.life or "", LIVES["unknown"])
        meta |= {"life": mark.text, "life_tone": mark.tone}
    return meta


def _build_filters(package: Package, facets: Sequence[FacetKind]) -> dict[str, list[str]]:
    filters = {"ended": ["1" if package.life in ENDED else "0"]}
    for facet in facets:
        values = _read_values(package, facet.field)
        if values:
            filters[facet.key] = [value.removeprefix(facet.prefix) for value in values]
    return filters


def _read_values(package: Package, field: str) -> Sequence[str]:
    value = getattr(package, field, None)
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _build_sorts(package: Package) -> dict[str, str]:
    """Return what packages are ordered by, as texts that Pagefind compares as numbers."""
    sorts = {
        "use": package.use,
        "quality": package.quality,
        "newest": package.upload_timestamp,
        "new": package.first_upload_timestamp,
    }
    return {name: str(-1 if value is None else value) for name, value in sorts.items()} | {"name": package.id}
