"""What Typesense stores of a project: the schema as data, and Project → document. Pure.

A new field is a line in the schema (or in the display fields) and one in :func:`build_document`;
``CONTRIBUTING.md`` names what goes with it.
"""

import dataclasses
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from pyf.aggregator.documents.enrichments import ENRICHED_SCHEMA
from pyf.aggregator.documents.releases import build_releases, build_vulnerability, to_seconds, write_time
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.classifiers import (
    find_development_status,
    find_framework_versions,
    find_kinds,
    find_python_versions,
)
from pyf.aggregator.metadata.labels import Label, find_url
from pyf.aggregator.metadata.licenses import find_license_ids, read_license
from pyf.aggregator.metadata.model import DistributionKind, Project
from pyf.aggregator.metadata.names import find_vocabulary, spell_name
from pyf.aggregator.metadata.people import read_people, spell_people
from pyf.aggregator.metadata.readme.description import Description
from pyf.aggregator.metadata.versions import sort_key
from pyf.aggregator.metadata.words import find_missed_words

PYPI_SCHEMA = (
    Field(name="name", type="string", optional=False),
    Field(name="name_alt", type="string[]"),
    Field(name="name_sortable", type="string", facet=True, sort=True, optional=False),
    Field(name="version", type="string", optional=False),
    Field(name="version_sortable", type="string", sort=True, optional=False),
    Field(name="serial", type="int64", sort=True, optional=False),
    Field(name="summary", type="string"),
    Field(name="description", type="string"),
    Field(name="keywords", type="string[]", facet=True),
    Field(name="words", type="string"),
    Field(name="description_words", type="string"),
    Field(name="author", type="string", facet=True),
    Field(name="maintainer", type="string", facet=True),
    Field(name="license", type="string", facet=True),
    Field(name="license_expression", type="string", facet=True),
    Field(name="license_spdx", type="string[]", facet=True),
    Field(name="classifiers", type="string[]", facet=True),
    Field(name="framework_versions", type="string[]", facet=True),
    Field(name="python_versions", type="string[]", facet=True),
    Field(name="kinds", type="string[]", facet=True),
    Field(name="development_status", type="string", facet=True),
    Field(name="owners", type="string[]", facet=True),
    Field(name="organization", type="string", facet=True),
    Field(name="people_alt", type="string[]"),
    Field(name="upload_timestamp", type="int64", sort=True),
    Field(name="first_upload_timestamp", type="int64", sort=True),
    Field(name="yanked", type="bool", facet=True, sort=True, optional=False),
    Field(name="vulnerable", type="bool", facet=True, sort=True),
    Field(name="has_wheel", type="bool", facet=True, sort=True),
    Field(name="has_sdist", type="bool", facet=True, sort=True),
)
"""The declared fields that the pass over PyPI fills.

Numbers are 64 bits wide: 0.24.1 lets a 32-bit field overflow silently (measured).
"""

DISPLAY_FIELDS = (
    "description_html",
    "description_content_type",
    "description_problem",
    "author_email",
    "maintainer_email",
    "requires_python",
    "requires_dist",
    "home_page",
    "docs_url",
    "package_url",
    "project_url",
    "project_urls",
    "release_url",
    "documentation_url",
    "changelog_url",
    "issues_url",
    "funding_url",
    "upload_time",
    "yanked_reason",
    "releases",
    "vulnerabilities",
    "content_hash",
)
"""Stored and returned but not declared: they cost disk and no memory."""

PYPI_FIELDS = (*(field.name for field in PYPI_SCHEMA), *DISPLAY_FIELDS)
"""The fields the pass over PyPI owns: what it does not fill, it clears."""

SCHEMA = (*PYPI_SCHEMA, *ENRICHED_SCHEMA)
"""All declared fields; those of the enrichments, too, so that clients can always sort and filter by them."""

SYMBOLS_TO_INDEX = ("+", "#")
"""What belongs to a word: without it ``c``, ``c++`` and ``c#`` are one word, and one value of a facet."""

TOKEN_SEPARATORS = tuple(".-_@/()[]{}<>=\"'`,;:*!$%&\\^|?~")
"""All other ASCII punctuation. What is in neither list is dropped without splitting: ``R&D`` would be ``RD``.

Both lists hold for the whole collection: 0.24.1 ignores those of a field (all measured).
"""

_SEPARATORS = "".join(TOKEN_SEPARATORS)

MAX_MISSED_LENGTH = 20_000
"""Characters of ``words`` and of ``description_words``: runs of Chinese or Thai make many words."""


def build_schema() -> dict[str, object]:
    """Return the schema of every collection, but for its name (``POST /collections``)."""
    return {
        "fields": [dataclasses.asdict(field) for field in SCHEMA],
        "token_separators": list(TOKEN_SEPARATORS),
        "symbols_to_index": list(SYMBOLS_TO_INDEX),
    }


def build_document(
    project: Project,
    known_releases: Mapping[str, Sequence[str]],
    description: Description,
    *,
    selected: Iterable[str],
) -> Document:
    """Build the document of a project, with its description as it was rendered.

    ``known_releases`` are the framework classifiers of its older releases, as far as they are known: the
    JSON API tells them for the latest release alone. ``selected`` are the classifiers of the collection's
    selection: what kind of thing a project is, it is for their frameworks.
    """
    latest = next((r for r in project.releases if r.version == project.version), None)
    uploads = [release.upload_time for release in project.releases if release.upload_time]
    uploaded = latest.upload_time if latest else None
    author = read_people(project.author, project.author_email)
    maintainer = read_people(project.maintainer, project.maintainer_email)
    document: Document = {
        "id": project.name,
        "name": project.display_name,
        "name_alt": build_spellings(
            project.display_name,
            (project.summary, *project.keywords, *project.classifiers, description.text),
        ),
        "name_sortable": project.name,
        "version": project.version,
        "version_sortable": sort_key(project.version),
        "serial": project.serial,
        "summary": project.summary,
        "description": None if description.text is None else html.escape(description.text),
        "description_html": description.html,
        "description_content_type": project.description_content_type,
        "description_problem": description.problem,
        "keywords": list(project.keywords),
        **build_words(project.summary, project.keywords, description.text),
        "author": author,
        "author_email": project.author_email,
        "maintainer": maintainer,
        "maintainer_email": project.maintainer_email,
        "license": read_license(project.license_expression, project.license, project.classifiers),
        "license_expression": project.license_expression,
        "license_spdx": list(
            find_license_ids(project.license_expression, project.license, project.classifiers)
        ),
        "classifiers": list(project.classifiers),
        "framework_versions": list(find_framework_versions(project.classifiers)),
        "python_versions": list(find_python_versions(project.classifiers)),
        "kinds": list(find_kinds(project.classifiers, selected)),
        "development_status": find_development_status(project.classifiers),
        "requires_python": project.requires_python,
        "requires_dist": list(project.requires_dist),
        "home_page": project.home_page,
        "docs_url": project.docs_url,
        "package_url": project.package_url,
        "project_url": project.project_url,
        "project_urls": dict(project.project_urls),
        "release_url": project.release_url,
        **find_links(project.project_urls, project.docs_url),
        "owners": list(project.owners),
        "organization": project.organization,
        "people_alt": build_people(author, maintainer, project.organization),
        "upload_timestamp": to_seconds(uploaded),
        "upload_time": write_time(uploaded),
        "first_upload_timestamp": to_seconds(min(uploads, default=None)),
        "yanked": project.yanked,
        "yanked_reason": project.yanked_reason,
        "vulnerable": project.vulnerable,
        "has_wheel": latest and latest.has(DistributionKind.WHEEL),
        "has_sdist": latest and latest.has(DistributionKind.SDIST),
        "releases": build_releases(project, known_releases),
        "vulnerabilities": [build_vulnerability(v) for v in project.vulnerabilities],
    }
    return {field: value for field, value in document.items() if value not in (None, [], {})}


def build_words(summary: str | None, keywords: Iterable[str], description: str | None) -> Document:
    """Return the searched fields that hold what Typesense misses in the fields that are shown.

    ``description`` is plain text, not escaped. Every document has the symbols by themselves, too, so that the
    ``+`` of ``plone + volto`` excludes none.
    """
    short = find_missed_words("\n".join((summary or "", *keywords)), _SEPARATORS)
    return {
        "words": _join_words(chain(SYMBOLS_TO_INDEX, short)),
        "description_words": _join_words(find_missed_words(description or "", _SEPARATORS)) or None,
    }


def build_spellings(name: str, texts: Iterable[str | None]) -> list[str]:
    """Return the spellings to find a project by; ``texts`` are what it says of itself, not escaped."""
    return list(spell_name(name, find_vocabulary(*texts)))


def build_people(author: str | None, maintainer: str | None, organization: str | None) -> list[str]:
    """Return what people and organizations are found by: names, with initials, and forms Typesense misses."""
    names = (name for people in (author, maintainer) if people for name in spell_people(people))
    spellings = list(dict.fromkeys(names))
    missed = _join_words(find_missed_words("\n".join((*spellings, organization or "")), _SEPARATORS))
    return [*spellings, missed] if missed else spellings


def find_links(project_urls: Mapping[str, str], docs_url: str | None) -> Document:
    """Return the fields of the links that a well-known label promises; ``docs_url`` is PyPI's own field.

    Both are clean already (``metadata.urls``).
    """
    return {
        "documentation_url": find_url(project_urls, Label.DOCUMENTATION) or docs_url,
        "changelog_url": find_url(project_urls, Label.CHANGELOG),
        "issues_url": find_url(project_urls, Label.ISSUES),
        "funding_url": find_url(project_urls, Label.FUNDING),
    }


def hash_content(document: Document) -> str:
    """Return a short digest of all that the document says, to tell two states of it apart."""
    return hashlib.blake2b(msgspec.json.encode(document, order="deterministic"), digest_size=8).hexdigest()


def encode_document(document: Document, *, content_hash: str, replaces: bool) -> bytes:
    """Encode a document as one line for ``documents/import?action=emplace``.

    A document that ``replaces`` an older one names with ``null`` what PyPI no longer says, which removes the
    field; in a new document 0.24.1 would refuse the ``null`` (both measured).
    """
    complete: Document = {**document, "content_hash": content_hash}
    if replaces:
        complete |= dict.fromkeys(PYPI_FIELDS - complete.keys())
    return msgspec.json.encode(complete)


def _join_words(words: Iterable[str]) -> str:
    """Return as many words as are stored, the first of a text before the later ones."""
    joined = " ".join(words)
    if len(joined) <= MAX_MISSED_LENGTH:
        return joined
    return joined[: MAX_MISSED_LENGTH + 1].rpartition(" ")[0]
