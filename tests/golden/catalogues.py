"""The catalogues and the golden queries, read from the tables beside this module.

``README.md`` says how they were made.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyf.aggregator.metadata.model import (
    Distribution,
    DistributionKind,
    NormalizedName,
    Project,
    Release,
    Serial,
    normalize,
)
from tests.made_up import build_whole_document

FOLDER = Path(__file__).parent
PROFILES = ("plone", "django", "flask")
_README = """{title}

{summary}.

Add {name} to the requirements of your project and install it with pip. {related} Documentation, source code,
issue tracker and changelog: see the links. Contributions and translations are welcome. Licence: see LICENSE.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenQuery:
    """What somebody types, of which kind it is, and the projects that are a right first answer."""

    query: str
    kind: str
    expected: frozenset[NormalizedName]


def read_queries(profile: str) -> list[GoldenQuery]:
    return [
        GoldenQuery(
            query=row["query"],
            kind=row["kind"],
            expected=frozenset(normalize(name) for name in row["expected"].split(", ")),
        )
        for row in _read_table(FOLDER / f"{profile}.tsv")
    ]


def build_documents(profile: str) -> list[dict[str, Any]]:
    """Return the documents of a profile's catalogue, as a run builds them, each with its rank."""
    return [
        {**build_whole_document(_build_project(row, profile)), "rank": int(row["rank"])}
        for row in _read_table(FOLDER / "projects" / f"{profile}.tsv")
    ]


def _read_table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _build_project(row: dict[str, str], profile: str) -> Project:
    name, author = row["name"], row["author"]
    related = f"It goes well with {row['mentions'].replace(',', ', ')}." if row["mentions"] else ""
    readme = _README.format(title=row["title"] or name, name=name, summary=row["summary"], related=related)
    uploaded = datetime(int(row["year"]), 1 + len(name) % 12, 1 + len(row["summary"]) % 28, tzinfo=UTC)
    file = Distribution(
        filename="file.whl",
        upload_time=uploaded,
        requires_python=None,
        yanked=False,
        yanked_reason=None,
        kind=DistributionKind.WHEEL,
    )
    return Project(
        name=normalize(name),
        display_name=name,
        serial=Serial(1),
        version="1.0",
        summary=row["summary"],
        description=readme,
        description_content_type="text/plain",
        keywords=tuple(filter(None, row["keywords"].split(","))),
        author_email=f"{author} <{'.'.join(author.split())}@mail.example>" if author else None,
        owners=(_build_account(author),) if author else (),
        organization=row["organization"] or None,
        classifiers=(f"Framework :: {profile.capitalize()}",),
        project_urls={},
        releases=(Release(version="1.0", distributions=(file,)),),
    )


def _build_account(author: str) -> str:
    """Return the account of a person at PyPI: none of these is anybody's."""
    first, _, last = author.partition(" ")
    return f"{first[0]}{last}".lower()
