"""What a site holds when its day is over, against what it has to hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.day.happenings import CLASSIFIER, Told
from bench.day.site import PROFILE, Document, Site, export
from bench.rows import build_settings, run_embedded, run_job
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.documents.enrichments import DOWNLOAD_FIELDS
from pyf.aggregator.documents.github import GITHUB_FIELDS
from pyf.aggregator.documents.repository import REPOSITORY_FIELDS
from pyf.aggregator.documents.status import STATUS_FIELDS
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.state.checkpoints import SinceFile

OWNED = frozenset(
    name
    for fields in (ASSESSMENT_FIELDS, DOWNLOAD_FIELDS, GITHUB_FIELDS, REPOSITORY_FIELDS, STATUS_FIELDS)
    for name in fields.names
)
KINDS = ("added", "left", "released", "yanked", "owner-changed")
"""The kinds of changes that the day makes and its journal tells."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How many documents and records are wrong; all of these should be 0."""

    documents: int
    missing: int
    surplus: int
    different: int
    records: int
    lost: int
    doubled: int
    invented: int
    unenriched: int


async def judge(site: Site, folder: Path) -> Verdict:
    """Compare the collection with one that is filled anew undisturbed, and the records with the journal."""
    ours = {str(document["id"]): _strip(document) for document in site.export()}
    theirs = {name: _strip(document) for name, document in (await _fill_anew(site, folder)).items()}
    wanted = site.day.find_wanted()
    assert {name: document["version"] for name, document in theirs.items()} == wanted
    told = Counter(map(_read_record, site.export(name_changes(PROFILE))))
    counted = Counter({key: count for key, count in told.items() if key[1] in KINDS})
    journal = site.day.journal
    return Verdict(
        documents=len(ours),
        missing=len(theirs.keys() - ours.keys()),
        surplus=len(ours.keys() - theirs.keys()),
        different=sum(ours[name] != theirs[name] for name in ours.keys() & theirs.keys()),
        records=counted.total(),
        lost=len(journal.must - counted.keys()),
        doubled=sum(count > 1 for count in counted.values()),
        invented=len(counted.keys() - journal.must - journal.may),
        unenriched=sum(not _is_enriched(document) for document in site.export()),
    )


async def _fill_anew(site: Site, folder: Path) -> Mapping[str, Document]:
    order = AggregateOrder(
        target=PROFILE,
        selection=Selection((CLASSIFIER,)),
        mode=Mode.FULL,
        checkpoints=SinceFile(folder / "since"),
    )
    async with run_embedded(folder) as (url, key):
        assert (await run_job(build_settings(site.pypi.url, folder), order)).complete
        return {str(document["id"]): document for document in export(url, key, PROFILE)}


def _strip(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in OWNED}


def _read_record(record: Document) -> Told:
    versioned = record["kind"] in {"released", "yanked"}
    return str(record["project"]), str(record["kind"]), str(record["version"]) if versioned else ""


def _is_enriched(document: Document) -> bool:
    """Tell whether every source that is played has said something of it."""
    repository = "github_stars" in document or "repository_missing" in document
    return repository and all(name in document for name in ("downloads_month", "status", "assessed_by"))
