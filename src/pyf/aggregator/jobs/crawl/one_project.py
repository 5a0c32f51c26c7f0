"""Syncing one project: fetched once, then written or removed in every profile's collection."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_version

from pyf.aggregator.documents.import_lines import FullBatch
from pyf.aggregator.errors.jobs import ReleaseMissing
from pyf.aggregator.errors.typesense import DocumentRefused
from pyf.aggregator.jobs.changes import open_recorder
from pyf.aggregator.jobs.crawl.plan import explain_unwanted
from pyf.aggregator.jobs.crawl.project_line import build_line
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.classifiers import find_frameworks
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.sources.pypi.project_json import ProjectPage, parse_project
from pyf.aggregator.state.catalogue import KnownProject

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class ProjectSync:
    """What was done, by target; ``version`` is the release that PyPI shows, at ``serial``."""

    version: str | None = None
    serial: Serial | None = None
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


async def sync_project(  # noqa: PLR0913 - what is asked, of whom, and how
    name: NormalizedName,
    profiles: Sequence[Profile],
    resources: Resources,
    *,
    version: str | None = None,
    rewrite: bool = False,
    list_serial: Serial | None = None,
) -> ProjectSync:
    """Fetch a project and write it to, or remove it from, each collection that is there.

    ``version`` was announced: while PyPI's page does not show it, :class:`ReleaseMissing` is raised. With
    ``rewrite`` documents are written even if the serial is theirs. An absent page removes nothing: only the
    project list tells that a project is gone, and the reconciling run asks that. ``list_serial`` is how far
    PyPI is, as far as that is known: no page is far beyond it.
    """
    page = await resources.pypi.fetch_project(name, least_serial=Serial(0), list_serial=list_serial)
    if version is not None and (page is None or not _shows(page, version)):
        raise ReleaseMissing(name, version)
    sync = ProjectSync()
    if page is None:
        return sync
    sync.version, sync.serial = page.version, page.serial
    for profile in profiles:
        await _bring_up(page, profile, resources, sync, rewrite=rewrite)
    if page.version:
        resources.catalogue.save_releases({name: {page.version: find_frameworks(page.classifiers)}})
    resources.catalogue.save_projects(
        [KnownProject(name=name, serial=page.serial, classifiers=page.classifiers)]
    )
    return sync


async def _bring_up(
    page: ProjectPage,
    profile: Profile,
    resources: Resources,
    sync: ProjectSync,
    *,
    rewrite: bool,
) -> None:
    target = profile.key
    collection = await resources.search.find_collection(target)
    if collection is None:
        return
    found = await resources.search.contents.find(collection, page.name)
    wanted = profile.selection.wants(page.name, page.classifiers)
    serial = -1 if found is None else int(found.get("serial", 0))
    if serial > page.serial or (found is None and not wanted):
        # Somebody else has seen a later state, or there is nothing to do.
        return
    if not wanted:
        await _remove(page, profile, collection, found or {}, resources)
        sync.removed.append(target)
    elif serial == page.serial and not rewrite:
        sync.unchanged.append(target)
    else:
        replaces = found is not None
        line = await build_line(page, profile.selection, resources, replaces=replaces)
        recorder = await open_recorder(resources.search, collection)
        recorded = await recorder.record_written([line])
        rejections = await resources.search.contents.import_lines(collection, FullBatch((line,)))
        if rejections:
            await recorder.retract(recorded, [page.name])
            raise DocumentRefused(page.name, rejections[0].reason)
        sync.written.append(target)


async def _remove(
    page: ProjectPage,
    profile: Profile,
    collection: str,
    found: Mapping[str, Any],
    resources: Resources,
) -> None:
    """Remove a document of which ``found`` is what it says, unless somebody writes a later one meanwhile."""
    recorder = await open_recorder(resources.search, collection)
    reason = explain_unwanted(profile.selection, page.name, found.get("classifiers", ()))
    recorded = await recorder.record_removed({page.name: reason})
    await resources.search.contents.remove_outdated(collection, page.name, page.serial)
    if recorded.ids and await resources.search.contents.find(collection, page.name) is not None:
        await recorder.retract(recorded, [page.name])


def _shows(page: ProjectPage, version: str) -> bool:
    wanted = canonicalize_version(version)
    return any(canonicalize_version(item.version) == wanted for item in parse_project(page).releases)
