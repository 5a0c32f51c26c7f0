"""Documents of another schema → documents of ours. Pure.

A field that changed its type is converted where that loses nothing; what older collections lack is derived
from what they have.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

from pyf.aggregator.documents.enrichments import ENRICHED_FIELDS
from pyf.aggregator.documents.project import (
    PYPI_FIELDS,
    build_people,
    build_spellings,
    build_words,
    find_links,
)
from pyf.aggregator.documents.releases import write_time
from pyf.aggregator.documents.schema import Document, Schema
from pyf.aggregator.metadata.classifiers import find_development_status
from pyf.aggregator.metadata.licenses import find_license_ids
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.metadata.people import read_people
from pyf.aggregator.metadata.readme.safe_html import build_safe_html
from pyf.aggregator.metadata.urls import clean_url, clean_urls
from pyf.aggregator.metadata.versions import sort_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A document as the target wants it; ``changed`` tells whether it differs, ``lost`` what went."""

    document: Document
    changed: bool
    lost: tuple[str, ...]


def convert_document(document: Mapping[str, Any], schema: Schema) -> Converted:
    """Return the document with every declared field in the type that the schema wants."""
    converted: Document = dict(document)
    lost: list[str] = []
    for field in schema["fields"]:
        name = field["name"]
        if converted.get(name) is None:
            converted.pop(name, None)
            continue
        try:
            value = _CONVERSIONS[field["type"]](converted[name])
        except KeyError:
            # A type of which we have no idea, such as a place on the map: the server decides.
            continue
        except (ValueError, TypeError, OverflowError):
            del converted[name]
            lost.append(name)
        else:
            converted[name] = value
    _clean_addresses(converted)
    _clean_description(converted)
    _derive(converted, (field["name"] for field in schema["fields"] if not field["optional"]))
    _derive_later(converted, {field["name"] for field in schema["fields"]})
    return Converted(document=converted, changed=converted != document, lost=tuple(lost))


_ADDRESSES = tuple(
    name for name in (*PYPI_FIELDS, *ENRICHED_FIELDS) if name.endswith("_url") or name == "home_page"
)


def _clean_addresses(document: Document) -> None:
    """Hold the addresses of somebody else's collection to the rule for ours; what is none goes unlamented."""
    for field in _ADDRESSES:
        if isinstance(value := document.get(field), str) and (clean := clean_url(value)) != value:
            document.pop(field) if clean is None else document.update({field: clean})
    if isinstance(urls := document.get("project_urls"), Mapping):
        document["project_urls"] = clean_urls(urls)
    if isinstance(advisories := document.get("vulnerabilities"), list):
        document["vulnerabilities"] = [_clean_link(advisory) for advisory in advisories]


def _clean_link(advisory: object) -> object:
    if isinstance(advisory, Mapping) and "link" in advisory:
        return {**advisory, "link": clean_url(advisory["link"])}
    return advisory


def _clean_description(document: Document) -> None:
    """Hold the texts that pages put in as HTML to what holds for ours: nothing in them may run."""
    if isinstance(text := document.get("description"), str):
        document["description"] = escape(unescape(text))
    if isinstance(shown := document.get("description_html"), str):
        safe = build_safe_html(shown, None)
        document.pop("description_html") if safe is None else document.update(description_html=safe.html)


def _derive(document: Document, required: Iterable[str]) -> None:
    """Fill what the schema requires and an older document does not have."""
    name, version = str(document.get("name", document.get("id", ""))), str(document.get("version", ""))
    derived: Document = {
        "name": name,
        "name_sortable": normalize(name),
        "version": version,
        "version_sortable": sort_key(version),
        # Older than anything PyPI lists, so the next incremental run builds the document anew.
        "serial": 0,
        "yanked": False,
    }
    for field in required:
        if field in derived:
            document.setdefault(field, derived[field])


def _derive_later(document: Document, declared: AbstractSet[str]) -> None:
    """Fill what documents of earlier versions do not have yet, though they say enough to tell it."""
    if "words" in declared and "words" not in document:
        summary, keywords, description = (document.get(key) for key in ("summary", "keywords", "description"))
        missed = build_words(
            summary if isinstance(summary, str) else None,
            keywords if isinstance(keywords, list) else (),
            unescape(description) if isinstance(description, str) else None,
        )
        document |= {field: value for field, value in missed.items() if value is not None}
        document |= _read_anew(document, declared)
        document |= _tell_time(document)
        if isinstance(releases := document.get("releases"), list):
            document["releases"] = [
                {**item, **_tell_time(item)} if isinstance(item, dict) else item for item in releases
            ]
    if "name_alt" in declared and isinstance(name := document.get("name"), str):
        document["name_alt"] = build_spellings(name, _list_own_texts(document))
    if "people_alt" in declared:
        people = (document.get(field) for field in ("author", "maintainer", "organization"))
        author, maintainer, organization = (name if isinstance(name, str) else None for name in people)
        spellings = build_people(author, maintainer, organization)
        document |= {"people_alt": spellings} if spellings else {}
    if "vulnerable" in declared:
        document |= {field: value for field, value in _tell_facts(document).items() if field not in document}


def _list_own_texts(document: Document) -> list[str]:
    """Return what a document says of itself, as it was before it was escaped."""
    texts = [document.get("summary"), document.get("description")]
    lists = [*_list_texts(document.get("keywords")), *_list_texts(document.get("classifiers"))]
    return [*(unescape(text) for text in texts if isinstance(text, str)), *lists]


def _tell_facts(document: Document) -> Document:
    """Return what the classifiers, the labels and the advisories of an older document tell of it.

    Not what it is for a framework: nobody knows here whose collection this is. No advisory is no news, since
    an older document may not have been asked for any.
    """
    urls, docs_url = document.get("project_urls"), document.get("docs_url")
    links = find_links(
        urls if isinstance(urls, dict) else {}, docs_url if isinstance(docs_url, str) else None
    )
    facts: Document = {
        **links,
        "development_status": find_development_status(_list_texts(document.get("classifiers"))),
        "vulnerable": True if document.get("vulnerabilities") else None,
    }
    return {field: value for field, value in facts.items() if value is not None}


def _list_texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _read_anew(document: Document, declared: AbstractSet[str]) -> Document:
    """Return the people and the SPDX ids that a document's own words name."""

    def get(field: str) -> str | None:
        return value if isinstance(value := document.get(field), str) else None

    people = {role: read_people(get(role), get(f"{role}_email")) for role in ("author", "maintainer")}
    read: Document = {role: names for role, names in people.items() if names is not None}
    known = _list_texts(document.get("classifiers"))
    if "license_spdx" in declared and (
        ids := find_license_ids(get("license_expression"), get("license"), known)
    ):
        read["license_spdx"] = list(ids)
    return read


def _tell_time(item: Document) -> Document:
    """Return when a document's or a release's first file arrived, as text, where it says that as a number."""
    if "upload_time" in item or not isinstance(seconds := item.get("upload_timestamp"), int):
        return {}
    with suppress(ValueError, OverflowError, OSError):
        return {"upload_time": write_time(datetime.fromtimestamp(seconds, UTC))}
    return {}


def _to_text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list():
            return ", ".join(_to_text(item) for item in value)
        case _:
            raise TypeError


def _to_int(value: object) -> int:
    match value:
        case bool() | int():
            return int(value)
        case float() if value.is_integer():
            return int(value)
        case str() if value.strip().lstrip("-").isdecimal():
            return int(value)
        case str():
            time = datetime.fromisoformat(value.strip())
            return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
        case _:
            raise TypeError


def _to_float(value: object) -> float:
    if isinstance(value, int | float | str):
        return float(value)
    raise TypeError


def _to_bool(value: object) -> bool:
    match value:
        case bool():
            return value
        case 0 | 1:
            return bool(value)
        case str() if value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        case _:
            raise TypeError


def _to_list[T](convert: Callable[[object], T]) -> Callable[[object], list[T]]:
    def convert_all(value: object) -> list[T]:
        values = value if isinstance(value, list) else [value] if value != "" else []
        return [convert(item) for item in values if item is not None]

    return convert_all


_SINGLE: dict[str, Callable[[object], object]] = {
    "string": _to_text,
    "int32": _to_int,
    "int64": _to_int,
    "float": _to_float,
    "bool": _to_bool,
}
_CONVERSIONS = {**_SINGLE, **{f"{name}[]": _to_list(convert) for name, convert in _SINGLE.items()}}
