"""A made-up PyPI: projects, releases and the serial that counts every change. No HTTP here.

Shapes follow https://docs.pypi.org/api/json/ and https://docs.pypi.org/api/index-api/.
"""

import gzip
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

FIRST_SERIAL: Final = 1000
DAWN: Final = datetime(2024, 1, 1, tzinfo=UTC)

GITHUB_PUBLISHER: Final[Mapping[str, Any]] = {
    "kind": "GitHub",
    "repository": "collective/collective.easyform",
    "workflow": "release.yml",
    "environment": "pypi",
    "claims": None,
}

MISSING: Final = object()
"""As the value of an ``info`` key: leave the key out."""


@dataclass
class Release:
    """One version: what its first file declared, and its files."""

    version: str
    info: dict[str, Any]
    files: list[dict[str, Any]]

    @property
    def yanked(self) -> bool:
        return bool(self.files) and all(file["yanked"] for file in self.files)


@dataclass
class Project:
    """A project in its owner's spelling, with the serial of its last change."""

    display_name: str
    serial: int
    releases: dict[str, Release] = field(default_factory=dict)
    vulnerabilities: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, str]] = field(default_factory=lambda: [{"role": "Owner", "user": "somebody"}])
    organization: str | None = None
    status: str = "active"
    provenance: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the integrity API says of a file, by its name."""

    @property
    def latest(self) -> Release | None:
        """Return what PyPI shows: not yanked, no prerelease, highest version; each only if there is one."""
        return max(self.releases.values(), key=_rank, default=None)


class World:
    """All projects; every change moves the serial, as PyPI's journal does."""

    def __init__(self, serial: int = FIRST_SERIAL) -> None:
        self.serial = serial
        self.projects: dict[str, Project] = {}
        self.lock = threading.RLock()
        self._uploads: list[tuple[str, str]] = []
        self._built: dict[object, tuple[int, bytes]] = {}
        self._revision = 0

    # Changes

    def add_project(
        self, name: str, *, version: str = "1.0.0", classifiers: Iterable[str] = (), **info: Any
    ) -> Project:
        """Add a project with one release; ``info`` overrides any key of its JSON, with any value."""
        with self.lock:
            self.projects[canonicalize_name(name)] = Project(display_name=name, serial=self.serial)
            return self.release(name, version, classifiers=classifiers, **info)

    def release(
        self,
        name: str,
        version: str,
        *,
        classifiers: Iterable[str] | None = None,
        upload_time: datetime | None = None,
        files: int = 1,
        yanked: bool = False,
        **info: Any,
    ) -> Project:
        """Upload a release; without ``classifiers`` it declares what the latest one did."""
        with self.lock:
            project = self.get(name)
            latest = project.latest
            carried = (latest.info["classifiers"] if latest else []) if classifiers is None else classifiers
            declared = {**(latest.info if latest else {}), **info, "classifiers": list(carried)}
            self._touch(project)
            time = upload_time or DAWN + timedelta(minutes=self.serial)
            built = [_build_file(project.display_name, version, n, time, yanked=yanked) for n in range(files)]
            project.releases[version] = Release(version=version, info=declared, files=built)
            self._uploads.append((canonicalize_name(name), version))
            return project

    def add_older_release(self, name: str, version: str, classifiers: Iterable[str]) -> Project:
        """Add a release that is older than the latest one, with classifiers of its own."""
        return self.release(name, version, classifiers=classifiers, upload_time=DAWN - timedelta(days=365))

    def yank(self, name: str, version: str, reason: str | None = None) -> None:
        with self.lock:
            project = self.get(name)
            for file in project.releases[version].files:
                file.update(yanked=True, yanked_reason=reason)
            self._touch(project)

    def remove_project(self, name: str) -> None:
        with self.lock:
            del self.projects[canonicalize_name(name)]
            self._move()

    def remove_releases(self, name: str) -> None:
        """Leave the project registered without a release: listed, and its JSON is a 404."""
        with self.lock:
            project = self.get(name)
            project.releases.clear()
            self._touch(project)

    def touch(self, name: str) -> None:
        """Move the project's serial alone, as a change of its owners does."""
        with self.lock:
            self._touch(self.get(name))

    def set_status(self, name: str, status: str) -> None:
        """Let the project have a status (PEP 792): quarantine moves the serial, archiving does not."""
        with self.lock:
            project = self.get(name)
            journalled = "quarantined" in {project.status, status}
            project.status = status
            if journalled:
                self._touch(project)
            else:
                self._revision += 1

    def attest(self, name: str, version: str, *publishers: Mapping[str, Any], kinds: str = "") -> None:
        """Give each file of a release, or those whose names end so, a bundle of each publisher (PEP 740)."""
        with self.lock:
            project = self.get(name)
            bundles = [{"publisher": dict(publisher), "attestations": []} for publisher in publishers]
            for file in project.releases[version].files:
                if file["filename"].endswith(kinds):
                    project.provenance[file["filename"]] = {"version": 1, "attestation_bundles": bundles}
            self._revision += 1

    def get(self, name: str) -> Project:
        return self.projects[canonicalize_name(name)]

    def _touch(self, project: Project) -> None:
        self._move()
        project.serial = self.serial

    def _move(self) -> None:
        self.serial += 1
        self._revision += 1

    # What PyPI shows

    def build_list(self) -> bytes:
        """Return the body of ``GET /simple/``."""
        return self._build(
            "list",
            lambda: {
                "meta": {"_last-serial": self.serial, "api-version": "1.4"},
                "projects": [
                    {"_last-serial": project.serial, "name": project.display_name}
                    for _, project in sorted(self.projects.items())
                    if project.status != "quarantined"
                ],
            },
        )

    def build_html_list(self) -> bytes:
        """Return the body of ``GET /simple/`` for who does not ask for JSON: a link for each project."""
        with self.lock:
            links = "\n".join(
                f'<a href="/simple/{name}/">{project.display_name}</a>'
                for name, project in sorted(self.projects.items())
                if project.status != "quarantined"
            )
        return f"<!DOCTYPE html>\n<html><body>\n{links}\n</body></html>\n".encode()

    def build_json(self, name: str, version: str | None = None) -> tuple[int, bytes] | None:
        """Return serial and body of ``GET /pypi/<name>/json`` or of ``GET /pypi/<name>/<version>/json``.

        It is ``None`` without such a project or release.
        """
        with self.lock:
            project = self.projects.get(name)
            if project is None or project.status == "quarantined":
                return None
            if version is not None:
                release = project.releases.get(version)
                return None if release is None else (project.serial, _dump(_build_release(project, release)))
            if project.latest is None:
                return None
            return project.serial, self._build(("json", name), lambda: _build_json(project))

    def build_index_page(self, name: str) -> tuple[int, bytes] | None:
        """Return serial and body of ``GET /simple/<name>/``, ``None`` for an unknown project."""
        with self.lock:
            project = self.projects.get(name)
            if project is None:
                return None
            return project.serial, self._build(("page", name), lambda: _build_index_page(project))

    def build_provenance(self, name: str, version: str, filename: str) -> bytes | None:
        """Return the body of ``GET /integrity/…/provenance``, ``None`` for a file that nothing attests."""
        with self.lock:
            project = self.projects.get(name)
            release = project.releases.get(version) if project else None
            if project is None or release is None or project.status == "quarantined":
                return None
            there = any(file["filename"] == filename for file in release.files)
            found = project.provenance.get(filename) if there else None
            return None if found is None else json.dumps(found).encode()

    def browse(self, classifiers: list[str]) -> list[list[str]]:
        """Return ``[name, version]`` of every release that carries all of these classifiers, exactly."""
        with self.lock:
            return [
                [project.display_name, release.version]
                for project in self.projects.values()
                for release in project.releases.values()
                if set(classifiers) <= set(release.info["classifiers"])
            ]

    def find_newest_releases(self) -> list[tuple[str, str]]:
        """Return name and version of every release that is still there, the newest first."""
        with self.lock:
            return [
                (name, version)
                for name, version in reversed(self._uploads)
                if name in self.projects and version in self.projects[name].releases
            ]

    def find_newest_projects(self) -> list[str]:
        """Return the names of all projects, the newest first."""
        with self.lock:
            return list(reversed(self.projects))

    def _build(self, key: object, build: Any) -> bytes:
        """Return the body, built again only after a change."""
        with self.lock:
            revision, body = self._built.get(key, (-1, b""))
            if revision != self._revision:
                body = _dump(build())
                self._built[key] = (self._revision, body)
            return body

    # Beginnings

    @classmethod
    def from_installed(cls) -> "World":
        """Return a world of the distributions installed here: real metadata, one release each."""
        world = cls()
        for distribution in distributions():
            info = _read_installed(distribution)
            world.add_project(info.pop("name"), version=info.pop("version"), **info)
        return world

    @classmethod
    def from_info_lines(cls, path: Path) -> "World":
        """Return a world of a JSON-lines file, each line the ``info`` of one project; ``.gz`` or plain."""
        world = cls()
        for info in _read_lines(path):
            world.add_project(info.pop("name"), version=info.pop("version"), files=2, **info)
        return world

    def add_examples(self) -> None:
        """Add made-up projects of three frameworks, with what makes them hard."""
        plone, django = "Framework :: Plone", "Framework :: Django"
        source = {"Source": "https://github.com/collective/collective.easyform"}
        self.add_project(
            "collective.easyform", version="4.0", classifiers=[plone, f"{plone} :: 6.1"], project_urls=source
        )
        self.add_older_release("collective.easyform", "2.0", [plone, f"{plone} :: 5.2"])
        self.attest("collective.easyform", "4.0", GITHUB_PUBLISHER)
        home_page = "https://github.com/collective/Products.Pre/tree/main"
        self.add_project(
            "Products.Pre", version="1.0a1", classifiers=[f"{plone} :: Addon"], home_page=home_page
        )
        self.add_project("plonetheme.yanked", classifiers=[f"{plone} :: Theme"], keywords=["a", None, "b"])
        self.yank("plonetheme.yanked", "1.0.0", "does not start")
        self.set_status("plonetheme.yanked", "archived")
        self.add_project("django-odd", classifiers=[f"{django} :: 5.2"], keywords="", project_urls=None)
        self.add_project("django-dropped", version="2.0", classifiers=["Topic :: Utilities"])
        self.add_older_release("django-dropped", "1.0", [django])
        self.add_project("djangocms-thing", classifiers=["Framework :: Django CMS :: 3.11"])
        self.add_project("Flask-Example", classifiers=["Framework :: Flask"], summary="Says hello")


def _rank(release: Release) -> tuple[bool, bool, Version]:
    try:
        version = Version(release.version)
    except InvalidVersion:
        version = Version("0")
    return not release.yanked, not version.is_prerelease, version


def _build_file(name: str, version: str, number: int, time: datetime, *, yanked: bool) -> dict[str, Any]:
    kind, ending = (("bdist_wheel", "-py3-none-any.whl"), ("sdist", ".tar.gz"))[number % 2]
    filename = f"{canonicalize_name(name).replace('-', '_')}-{version}{ending}"
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return {
        "filename": filename,
        "packagetype": kind,
        "python_version": "py3",
        "comment_text": "",
        "downloads": -1,
        "has_sig": False,
        "md5_digest": hashlib.md5(filename.encode(), usedforsecurity=False).hexdigest(),
        "digests": {"sha256": digest},
        "size": 1000 + number,
        "upload_time": time.strftime("%Y-%m-%dT%H:%M:%S"),
        "upload_time_iso_8601": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "url": f"https://files.invalid/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{filename}",
        "requires_python": ">=3.10",
        "yanked": yanked,
        "yanked_reason": None,
    }


def _build_json(project: Project) -> Mapping[str, Any]:
    """Build the JSON of a project: that of its latest release, and the files of all."""
    latest = project.latest
    assert latest is not None
    releases = {release.version: release.files for release in project.releases.values()}
    return {**_build_release(project, latest), "releases": releases}


def _build_release(project: Project, release: Release) -> Mapping[str, Any]:
    name = canonicalize_name(project.display_name)
    info = {
        **_EMPTY_INFO,
        "name": project.display_name,
        "version": release.version,
        "package_url": f"https://pypi.org/project/{name}/",
        "project_url": f"https://pypi.org/project/{name}/",
        "release_url": f"https://pypi.org/project/{name}/{release.version}/",
        "yanked": release.yanked,
        "yanked_reason": next((file["yanked_reason"] for file in release.files), None),
        **release.info,
    }
    return {
        "info": {key: value for key, value in info.items() if value is not MISSING},
        "last_serial": project.serial,
        "urls": release.files,
        "vulnerabilities": project.vulnerabilities,
        "ownership": {"roles": project.roles, "organization": project.organization},
    }


def _dump(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode()


def _build_index_page(project: Project) -> Mapping[str, Any]:
    """Build the page of a project; of one in quarantine no file is offered."""
    name = canonicalize_name(project.display_name)
    shown = {} if project.status == "quarantined" else project.releases
    return {
        "meta": {"_last-serial": project.serial, "api-version": "1.4"},
        "name": name,
        "project-status": {"status": project.status},
        "versions": list(shown),
        "files": [
            {
                "filename": file["filename"],
                "url": file["url"],
                "hashes": file["digests"],
                "requires-python": file["requires_python"],
                "size": file["size"],
                "upload-time": file["upload_time_iso_8601"],
                "yanked": (file["yanked_reason"] or True) if file["yanked"] else False,
                "core-metadata": False,
                # Another host: whoever asked there would find nobody.
                "provenance": f"https://pypi.invalid/integrity/{name}/{version}/{file['filename']}/provenance"
                if file["filename"] in project.provenance
                else None,
            }
            for version, release in shown.items()
            for file in release.files
        ],
    }


_EMPTY_INFO: Final[dict[str, Any]] = {
    **dict.fromkeys(("author", "author_email", "keywords", "license", "maintainer", "maintainer_email"), ""),
    **dict.fromkeys(("summary", "home_page", "download_url", "description"), ""),
    **dict.fromkeys(("description_content_type", "docs_url", "bugtrack_url", "platform", "dynamic")),
    **dict.fromkeys(("license_expression", "license_files", "project_urls", "provides_extra")),
    **dict.fromkeys(("requires_dist", "requires_python")),
    "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
    "classifiers": [],
}


def _read_installed(distribution: Distribution) -> dict[str, Any]:
    """Return the ``info`` that PyPI would show for an installed distribution."""
    metadata = distribution.metadata
    labels = [entry.partition(",") for entry in metadata.get_all("Project-URL") or ()]
    return {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "classifiers": metadata.get_all("Classifier") or [],
        "requires_dist": metadata.get_all("Requires-Dist"),
        "project_urls": {label.strip(): url.strip() for label, _, url in labels} or None,
        "description": metadata.json.get("description", ""),
        **{
            key: metadata.get(key.replace("_", "-"))
            for key in (
                "author",
                "author_email",
                "description_content_type",
                "home_page",
                "keywords",
                "license",
                "license_expression",
                "maintainer",
                "maintainer_email",
                "requires_python",
                "summary",
            )
        },
    }


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    yield from map(json.loads, text.decode().splitlines())
