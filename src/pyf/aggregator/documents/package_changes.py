"""What changed of a package on PyPI, between its document and the one that replaces it. Pure.

What is unknown on either side is no change: a field that is filled for the first time, or that PyPI lost for
a while, is no news.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from packaging.version import Version

from pyf.aggregator.documents.changes import Change
from pyf.aggregator.metadata.changes import ChangeKind, LeavingReason
from pyf.aggregator.metadata.model import NormalizedName


class ReleaseFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is read of an entry of ``releases``; ``upload_timestamp`` is in Unix seconds."""

    version: str
    upload_timestamp: int | None = None
    yanked: bool = False
    prerelease: bool = False


class AdvisoryFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is read of an advisory."""

    id: str = ""


class PackageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of a document, and shown of it in the records of its changes."""

    id: NormalizedName
    name: str | None = None
    summary: str | None = None
    version: str | None = None
    license_expression: str | None = None
    license_spdx: Sequence[str] | None = None
    owners: Sequence[str] | None = None
    organization: str | None = None
    vulnerable: bool | None = None
    vulnerabilities: Sequence[AdvisoryFacts] | None = None
    yanked_reason: str | None = None
    releases: Sequence[ReleaseFacts] | None = None

    @property
    def shown(self) -> Mapping[str, object]:
        """Return what records show of the package."""
        return {field: getattr(self, field) for field in SHOWN_FIELDS}

    @property
    def license_ids(self) -> frozenset[str]:
        """Return the licences that are certain, none where that is none."""
        return frozenset(self.license_spdx or filter(None, [self.license_expression]))

    @property
    def advisories(self) -> list[str]:
        """Return the ids of the advisories against the latest release."""
        return sorted({item.id for item in self.vulnerabilities or () if item.id})


SHOWN_FIELDS = ("name", "summary", "version")
"""What records show of a package."""

COMPARED_FIELDS = tuple(name for name in PackageFacts.__struct_fields__ if name != "id")


def read_facts(name: NormalizedName, document: Mapping[str, object] | None) -> PackageFacts | None:
    """Return what is compared of a document; of one with other types in its fields, only its name."""
    if document is None:
        return None
    try:
        return msgspec.convert({**document, "id": name}, PackageFacts)
    except msgspec.ValidationError:
        return PackageFacts(id=name)


def compare_packages(before: PackageFacts | None, after: PackageFacts) -> list[Change]:
    """Return what changed of a package; ``before`` is ``None`` where there was no document of it."""
    if before is None:
        return [build_addition(after.id, after.version)]
    return [
        *_compare_releases(before, after),
        *_compare_advisories(before, after),
        *_compare_licenses(before, after),
        *_compare_owners(before, after),
    ]


def build_addition(name: NormalizedName, version: str | None) -> Change:
    """Return the change of a package that was not in the collection."""
    with_version = f" with {version}" if version else ""
    return Change(project=name, kind=ChangeKind.ADDED, value="present", sentence=f"Added{with_version}.")


def build_leaving(name: NormalizedName, reason: LeavingReason) -> Change:
    """Return the change of a package that is removed from the collection."""
    return Change(
        project=name,
        kind=ChangeKind.LEFT,
        value="absent",
        sentence=f"Left: {reason}.",
        shows={"reason": reason.value},
    )


# Releases


def _compare_releases(before: PackageFacts, after: PackageFacts) -> Iterator[Change]:
    """Yield every release that is younger than all that was known, and every one that was yanked."""
    if not before.releases or not after.releases:
        return
    known = {release.version: release for release in before.releases if release.upload_timestamp is not None}
    if not known:
        return
    newest = max(release.upload_timestamp or 0 for release in known.values())
    for release in after.releases:
        was = known.get(release.version)
        if was is None and release.upload_timestamp is not None and release.upload_timestamp >= newest:
            yield _build_release(release, after)
        elif was is not None and release.yanked and not was.yanked:
            yield _build_yank(release, after)


def _build_release(release: ReleaseFacts, after: PackageFacts) -> Change:
    major = _is_major(release.version, after.releases or ())
    nature = {(True, False): ", a major release", (False, True): ", a prerelease"}
    both = ", a prerelease of a major release"
    words = both if major and release.prerelease else nature.get((major, release.prerelease), "")
    return Change(
        project=after.id,
        kind=ChangeKind.RELEASED,
        subject=release.version,
        sentence=f"Released {release.version}{words}.",
        happened=release.upload_timestamp,
        shows={"version": release.version, "major": major, "prerelease": release.prerelease},
    )


def _build_yank(release: ReleaseFacts, after: PackageFacts) -> Change:
    reason = after.yanked_reason if release.version == after.version else None
    return Change(
        project=after.id,
        kind=ChangeKind.YANKED,
        subject=release.version,
        sentence=f"Yanked {release.version}: {reason}" if reason else f"Yanked {release.version}.",
        shows={"version": release.version},
    )


def _is_major(version: str, releases: Sequence[ReleaseFacts]) -> bool:
    """Tell whether the first number rose since the final release below this one, in the order of versions."""
    this = _read_version(version)
    others = [_read_version(release.version) for release in releases if not release.prerelease]
    lower = [other for other in others if other is not None and this is not None and other < this]
    if this is None or not lower:
        return False
    before = max(lower)
    return (this.epoch, this.major) > (before.epoch, before.major)


def _read_version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        return None


# Advisories, licences, owners


def _compare_advisories(before: PackageFacts, after: PackageFacts) -> Iterator[Change]:
    if before.vulnerable is None or after.vulnerable is None:
        return
    new = sorted(set(after.advisories) - set(before.advisories))
    if after.vulnerable and (new or not before.vulnerable):
        named = f": {', '.join(new)}" if new else ""
        yield Change(
            project=after.id,
            kind=ChangeKind.VULNERABLE,
            value=", ".join(after.advisories) or "unnamed",
            sentence=f"{after.version} is vulnerable{named}.",
            shows={"advisories": new},
        )
    elif before.vulnerable and not after.vulnerable:
        yield Change(
            project=after.id,
            kind=ChangeKind.FIXED,
            value="none",
            sentence=f"No advisory stands against {after.version}.",
            shows={"advisories": before.advisories},
        )


def _compare_licenses(before: PackageFacts, after: PackageFacts) -> Iterator[Change]:
    """Yield a change between licences that are certain: another spelling of the same one is none."""
    was, now = (" and ".join(sorted(facts.license_ids)) for facts in (before, after))
    if was and now and was != now:
        yield _build_turn(after, ChangeKind.LICENSE_CHANGED, "Licence", was, now)


def _compare_owners(before: PackageFacts, after: PackageFacts) -> Iterator[Change]:
    """Yield a change of the accounts or the organization; both come together, so either may be none."""
    if not before.owners or not after.owners:
        return
    was, now = (", ".join(_list_owners(facts)) for facts in (before, after))
    if was != now:
        yield _build_turn(after, ChangeKind.OWNER_CHANGED, "Owners", was, now)


def _list_owners(facts: PackageFacts) -> list[str]:
    organization = [f"organization {facts.organization}"] if facts.organization else []
    return [*organization, *sorted(facts.owners or ())]


def _build_turn(after: PackageFacts, kind: ChangeKind, what: str, was: str, now: str) -> Change:
    return Change(
        project=after.id,
        kind=kind,
        value=now,
        sentence=f"{what}: {now} (before: {was}).",
        shows={"before": was, "after": now},
    )
