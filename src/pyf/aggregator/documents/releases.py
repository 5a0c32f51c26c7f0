"""What a document says of a project's releases, of advisories against the latest one, and of times. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pyf.aggregator.documents.schema import Document
from pyf.aggregator.metadata.classifiers import find_framework_versions
from pyf.aggregator.metadata.model import Project, Release, Vulnerability
from pyf.aggregator.metadata.versions import is_prerelease, order_versions


def build_releases(project: Project, known_releases: Mapping[str, Sequence[str]]) -> list[Document]:
    """Return all releases, newest first; what a release does not say is left out."""
    releases = {release.version: release for release in project.releases}
    carried = {**known_releases, project.version: project.classifiers}
    return [
        _build_release(releases[version], carried.get(version, ())) for version in order_versions(releases)
    ]


def _build_release(release: Release, classifiers: Sequence[str]) -> Document:
    built: Document = {
        "version": release.version,
        "upload_timestamp": to_seconds(release.upload_time),
        "upload_time": write_time(release.upload_time),
        "requires_python": release.requires_python,
        "framework_versions": list(find_framework_versions(classifiers)),
        "yanked": release.yanked,
        "prerelease": is_prerelease(release.version),
    }
    return {field: value for field, value in built.items() if value not in (None, [])}


def build_vulnerability(vulnerability: Vulnerability) -> Document:
    """Return what is shown of an advisory."""
    return {
        "id": vulnerability.id,
        "aliases": list(vulnerability.aliases),
        "summary": vulnerability.summary,
        "link": vulnerability.link,
        "fixed_in": list(vulnerability.fixed_in),
    }


def to_seconds(time: datetime | None) -> int | None:
    """Return Unix seconds, the only form Typesense can sort and filter times in."""
    return None if time is None else int(time.timestamp())


def write_time(time: datetime | None) -> str | None:
    """Return a time as ISO 8601 text, to the second and in UTC, for what cannot read Unix seconds."""
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
