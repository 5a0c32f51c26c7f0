"""The packages that the gallery's tests show: made up, filled by a real run, and assessed."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pyf.aggregator.jobs.cycles import ProfileCycles
from pyf.aggregator.jobs.enrich.assessment import AssessmentSource
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.topics import Topic
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client
from tests.laboratory import PLONE, Laboratory
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

TODAY = date(2026, 11, 26)
NOW = int(datetime(2026, 11, 26, tzinfo=UTC).timestamp())
CYCLES = ProfileCycles(
    framework=(
        Cycle(product="plone", name="6.2", released=date(2026, 5, 19), ends=date(2029, 12, 31)),
        Cycle(product="plone", name="6.1", released=date(2025, 2, 7), ends=date(2028, 12, 31)),
        Cycle(product="plone", name="5.2", released=date(2019, 7, 1), ends=date(2024, 10, 31)),
    ),
    python=(Cycle(product="python", name="3.13", released=date(2024, 10, 7), ends=date(2029, 10, 31)),),
)

NASTY = "<script>alert(1)</script>\" onload='alert(1)' {{7*7}} </title>"
NASTY_README = """# Nasty

<script>alert(1)</script> <img src=x onerror=alert(1)> <a href="javascript:alert(1)">a</a>
<svg onload=alert(1)></svg> <iframe src="https://evil.example"></iframe> [b](javascript:alert(1))
<form action="https://evil.example"><input name=q></form> <style>*{display:none}</style>
<p onclick="alert(1)" style="position:fixed" id="main" class="top">c</p>

![d](http://pictures.example/d.png) [e](docs/e.md)

```python
print("<b>f</b>")
```
"""
README = (
    "# {name}\n\n"
    + "It does what its name says, and says how. " * 20
    + "\n\n```shell\npip install {name}\n```\n"
)


def build_profile(key: str) -> Profile:
    """Return the profile of the packages, under whatever key a test's collection has."""
    return Profile(
        key=key,
        name="Plone",
        selection=Selection((PLONE,)),
        topics=TOPICS,
        framework=Framework(distributions=(NormalizedName("products-cmfplone"),), product="plone"),
    )


def fill_world(world: World) -> None:
    """Make up packages of every kind that a page shows differently."""
    new = datetime(2026, 11, 1, tzinfo=UTC)

    def add(name: str, summary: str, *versions: str, **info: Any) -> None:
        classifiers = [PLONE, *(f"{PLONE} :: {version}" for version in versions)]
        info = {"description": README.format(name=name), "description_content_type": "text/markdown"} | info
        info.setdefault("upload_time", new)
        version = info.pop("version", "2.0")
        world.add_project(name, version="0.1", classifiers=classifiers)
        world.release(
            name,
            version,
            summary=summary,
            classifiers=[*classifiers, *info.pop("classifiers", ())],
            **info,
        )

    add(
        "collective.calendar",
        "A calendar for Plone",
        "6.1",
        "6.2",
        keywords="calendar,events",
        classifiers=["Framework :: Plone :: Addon", "Programming Language :: Python :: 3.13"],
        license_expression="MIT",
        requires_dist=["Products.CMFPlone>=6.1", "tidy.forms"],
        requires_python=">=3.10",
        project_urls={"Source": "https://github.com/collective/collective.calendar"},
    )
    add("tidy.forms", "Forms made in the browser", "6.2", requires_python=">=3.10")
    add("old.calendar", "A calendar of old", "5.2", requires_dist=["Products.CMFPlone<6"])
    add("waits.forms", "Forms that wait", requires_dist=["old.calendar", "Products.CMFPlone>=5.2"])
    add("silent", "Says nothing of versions")
    add(
        "nasty",
        NASTY,
        description=NASTY_README,
        keywords=NASTY,
        author=NASTY,
        home_page="javascript:alert(1)",
    )
    add("archived.calendar", "A calendar that has ended", "6.2")
    add("yanked.forms", "Forms that were taken back", "6.2")
    add("bare", "", description="", version="1.0rc1")
    for version in ("0.1", "2.0"):
        world.yank("yanked.forms", version, "broken")
    world.release("tidy.forms", "3.0", upload_time=new + timedelta(days=3))
    for number in range(40):
        add(
            f"filler.p{number:02}",
            f"Number {number} of many",
            "6.2",
            upload_time=new - timedelta(days=number),
        )


WEEK = 7 * 24 * 60 * 60
MONDAY = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
HISTORY = [
    {"week": MONDAY - 13 * WEEK, "use": 20, "downloads": 1_000},
    {"week": MONDAY - 12 * WEEK, "use": 30, "downloads": 2_000, "stars": 90, "dependents": 0},
    {"week": MONDAY - 11 * WEEK, "downloads": 2_500},
    {"week": MONDAY - WEEK, "use": 45, "downloads": 4_000, "stars": 120},
]
CHANGES: Sequence[Mapping[str, object]] = [
    {
        "id": "released-tidy-forms-3.0",
        "project": "tidy-forms",
        "name": "tidy.forms",
        "kind": "released",
        "version": "3.0",
        "major": True,
        "prerelease": False,
        "sentence": "Released 3.0, a major release.",
        "summary": "Forms made in the browser",
        "happened": NOW - 2 * 86_400,
        "noticed": NOW - 86_400,
    },
    {
        "id": "works-with-collective-calendar-6.2",
        "project": "collective-calendar",
        "name": "collective.calendar",
        "kind": "works-with",
        "cycle": "Plone 6.2",
        "version": "2.0",
        "sentence": "Works with Plone 6.2 now.",
        "happened": NOW - 3 * 86_400,
        "noticed": NOW - 3 * 86_400,
    },
    {
        "id": "left-gone-forms",
        "project": "gone-forms",
        "name": "gone.forms",
        "kind": "left",
        "reason": "gone from PyPI",
        "version": "1.0",
        "sentence": "Left: gone from PyPI.",
        "summary": "Forms that are gone",
        "happened": NOW - 400 * 86_400,
        "noticed": NOW - 400 * 86_400,
    },
]
TOPICS = (
    Topic(key="forms", title="Forms", words=("forms",)),
    Topic(key="events", title="Events", keywords=("events",), classifiers=("Framework :: Plone :: Addon",)),
)

SIGNALS: Mapping[str, Mapping[str, object]] = {
    "collective-calendar": {
        "repository_url": "https://github.com/collective/collective.calendar",
        "repository_host": "github.com",
        "repository_evidence": "owner",
        "repository_stars": 120,
        "repository_forks": 12,
        "repository_open_issues": 3,
        "repository_pushed": NOW - 86_400,
        "repository_checked": NOW,
        "downloads_month": 4_200,
        "downloads_as_of": NOW,
        "downloads_checked": NOW,
        "status": "active",
        "provenance_checked": NOW,
        "history": HISTORY,
    },
    "archived-calendar": {"status": "archived", "provenance_checked": NOW},
    "tidy-forms": {
        "organization": "tidy",
        "downloads_month": 900,
        "downloads_as_of": NOW,
        "downloads_checked": NOW,
    },
}


def fill(typesense: EmbeddedServer, key: str, folder: Path) -> Profile:
    """Fill the collection ``key`` by a full run, add the signals, and assess it."""
    world = World()
    fill_world(world)
    profile = build_profile(key)
    with PyPIServer(world=world) as pypi:
        laboratory = Laboratory(world=world, pypi=pypi, typesense=typesense, collection=key, folder=folder)
        asyncio.run(_fill(laboratory, profile))
    write_changes(typesense, key)
    return profile


def write_changes(typesense: EmbeddedServer, key: str) -> None:
    """Write the records of changes beside the collection."""
    client = Client(typesense.url, typesense.api_key)
    lines = "\n".join(json.dumps({"chain": change["id"], **change}) for change in CHANGES).encode()
    answers = client.ask("POST", f"/collections/{key}-changes/documents/import", lines)
    assert all(line["success"] for line in answers), answers


async def _fill(laboratory: Laboratory, profile: Profile) -> None:
    summary = await laboratory.run_full()
    assert summary.exit_code == 0, summary
    update(laboratory.typesense, laboratory.collection, SIGNALS)
    await assess(laboratory, profile)


async def assess(laboratory: Laboratory, profile: Profile) -> None:
    counts = SourceSummary(source="assessment", collection=laboratory.collection)
    source = AssessmentSource(profile=profile, cycles=CYCLES, today=TODAY)
    async with laboratory.open_search() as search:
        enrichment = Enrichment(
            order=EnrichOrder(target=laboratory.collection, max_age=timedelta()),
            source=source,
            search=search,
            progress=NullProgress(),
            counts=counts,
            go_on=source.go_on,
        )
        assert await enrichment.run() is None


def update(typesense: EmbeddedServer, key: str, signals: Mapping[str, Mapping[str, object]]) -> None:
    """Write fields into documents that are there."""
    lines = "\n".join(json.dumps({"id": name, **fields}) for name, fields in signals.items()).encode()
    client = Client(typesense.url, typesense.api_key)
    answers = client.ask("POST", f"/collections/{key}/documents/import", lines, action="update")
    assert all(line["success"] for line in (answers if isinstance(answers, list) else [answers])), answers
