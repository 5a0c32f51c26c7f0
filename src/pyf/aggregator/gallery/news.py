"""News: a feed and its entries, whatever format they are shown in. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pyf.aggregator.documents.shown import Package, Row, ShownChange
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import to_time
from pyf.aggregator.metadata.profile import Profile

MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of news. ``id`` never changes; ``time`` is in Unix seconds; ``text`` is plain."""

    id: str
    title: str
    url: str
    text: str
    time: int
    author: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Some news, the latest first: ``page`` is where people read them, ``url`` where the feed itself is.

    Entries at a time that no calendar has, and those whose id another one has, are left out: readers refuse
    a whole feed for one of them.
    """

    title: str
    page: str
    url: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """Leave out what no reader takes."""
        told: dict[str, Entry] = {}
        for entry in self.entries:
            if to_time(entry.time) is not None:
                told.setdefault(entry.id, entry)
        object.__setattr__(self, "entries", tuple(told.values()))

    @property
    def time(self) -> int:
        """When the latest entry came about; the beginning of time for an empty feed."""
        return max((entry.time for entry in self.entries), default=0)


def build_release_entries(site: Site, profile: Profile, rows: Iterable[Row]) -> tuple[Entry, ...]:
    """Return the latest releases of packages as news."""
    return tuple(
        Entry(
            id=f"{_name(site, profile, row)}#{quote(row.version)}",
            title=f"{row.name} {row.version}",
            url=_name(site, profile, row),
            text=row.summary or "",
            time=row.upload_timestamp,
            tags=_list_tags(row),
        )
        for row in rows
        if row.upload_timestamp is not None
    )


def build_new_entries(site: Site, profile: Profile, rows: Iterable[Row]) -> tuple[Entry, ...]:
    """Return packages as news, by when they came to PyPI."""
    return tuple(
        Entry(
            id=_name(site, profile, row),
            title=row.name,
            url=_name(site, profile, row),
            text=row.summary or "",
            time=row.first_upload_timestamp,
            tags=_list_tags(row),
        )
        for row in rows
        if row.first_upload_timestamp is not None
    )


def build_releases_of(site: Site, profile: Profile, package: Package) -> tuple[Entry, ...]:
    """Return the releases of one package as news, those that were not yanked."""
    url = _name(site, profile, package)
    releases = [item for item in package.releases if item.upload_timestamp is not None and not item.yanked]
    return tuple(
        Entry(
            id=f"{url}#{quote(release.version)}",
            title=f"{package.name} {release.version}",
            url=url,
            text=_describe_release(release.framework_versions, release.requires_python),
            time=release.upload_timestamp or 0,
            author=package.author or package.maintainer,
            tags=("prerelease",) if release.prerelease else (),
        )
        for release in releases[:MOST_ENTRIES]
    )


def build_change_entries(site: Site, profile: Profile, changes: Iterable[ShownChange]) -> tuple[Entry, ...]:
    """Return changes as news; a record has one id for good, whoever found the change."""
    to = site.addresses
    return tuple(
        Entry(
            id=f"{to.absolute(to.listing(profile.key, 'changes'))}#{quote(change.id)}",
            title=f"{change.name or change.project}: {change.sentence}",
            url=to.absolute(to.package(profile.key, change.project)),
            text=change.summary or change.sentence,
            time=change.noticed,
            tags=tuple(tag for tag in (change.kind, change.cycle, "major" if change.major else None) if tag),
        )
        for change in changes
    )


def _describe_release(framework_versions: Sequence[str], requires_python: str | None) -> str:
    parts = []
    if framework_versions:
        parts.append(f"Declares {', '.join(framework_versions)}.")
    if requires_python:
        parts.append(f"Requires Python {requires_python}.")
    return " ".join(parts)


def _list_tags(row: Row) -> tuple[str, ...]:
    return row.allowed_versions


def _name(site: Site, profile: Profile, row: Row) -> str:
    return site.addresses.absolute(site.addresses.package(profile.key, row.id))
