"""What a site's search knows of one package: what is searched, shown, narrowed by and ordered by. Pure."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.found import ShownCycle, find_newest_supported, find_working_version
from pyf.aggregator.gallery.query import ENDED, FacetKind
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import LIVES, VERDICTS, show_day
from pyf.aggregator.metadata.profile import Profile

LANGUAGE = "en"
MOST_TEXT = 800
"""Characters of a README that are searched: what it is about stands at its beginning.

Pagefind needs some 700 bytes for each word of each package as it writes (1.5.2, measured).
"""
_TAG = re.compile(r"<[^>]+>")


def build_record(
    site: Site,
    profile: Profile,
    package: Package,
    *,
    facets: Sequence[FacetKind],
    cycles: Sequence[ShownCycle],
) -> Mapping[str, Any]:
    """Return the fields of Pagefind's ``AddRecord``."""
    sorts = _build_sorts(package)
    # By these a page puts together what it gets from several parts of an index; names are in the address.
    orders = {f"by_{name}": value for name, value in sorts.items()}
    return {
        "url": site.addresses.package(profile.key, package.id),
        "content": _build_text(package),
        "language": LANGUAGE,
        "meta": _build_meta(package, cycles) | orders,
        "filters": _build_filters(package, facets),
        "sort": sorts | {"name": package.id},
    }


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
    return {name: str(-1 if value is None else value) for name, value in sorts.items()}
