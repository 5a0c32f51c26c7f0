"""How ``pyfcheck`` shows what it found of a package: for a person, and as JSON. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from pyf.aggregator.assessment.facts import to_date
from pyf.aggregator.assessment.outcomes import Outcome
from pyf.aggregator.cli.output.blocks import INDENT, clean, write_columns, write_pairs, write_wrapped
from pyf.aggregator.jobs.check.report import Checked, Report, UsePart, list_entries

_EVIDENCE: Mapping[str, str] = {
    "attested": "PyPI tells that the latest release was published from it",
    "owner": "its owner is called like an owner of the package, or both like the package",
    "labelled": "a URL under a label that promises it",
    "readme": "the README names it",
}
_WORDS: Mapping[str, str] = {
    "downloads": "downloads a month",
    "dependents": "dependents in the collection",
    "stars": "stars",
}
_SHOWN = (
    "name",
    "version",
    "serial",
    "summary",
    "upload_timestamp",
    "requires_python",
    "license",
    "license_spdx",
    "classifiers",
    "status",
    "provenance_checked",
    "repository_url",
    "repository_evidence",
    "repository_doubt",
    "repository_missing",
    "repository_missing_reason",
    "repository_checked",
    "downloads_as_of",
    "life",
    "life_reason",
    "quality",
    "quality_known",
    "use",
    "compatibility",
    "assessed_by",
)
"""What of the document stands in the JSON."""


def describe_report(report: Report, *, width: int, verbose: bool) -> Iterator[str]:
    """Yield the lines of a report; with ``verbose`` also the checks that pass."""
    yield clean(f"{report.name} {report.version or ''}")
    if summary := report.document.get("summary"):
        yield from write_wrapped(str(summary), width=width)
    yield ""
    yield from write_pairs(list(_list_facts(report)), width=width)
    if report.listing.line and not report.listing.listed:
        yield ""
        yield "To be listed, add to the classifiers:"
        yield from _write_line(report.listing.line)
    if remedy := report.repository_remedy:
        yield ""
        yield from write_wrapped(remedy.sentence, width=width)
        yield from _write_line(remedy.line)
    yield from _describe_compatibility(report, width)
    yield from _describe_failures(report, width)
    if verbose:
        passed = [(check.id, check.evidence) for check in report.list_checks(Outcome.PASS)]
        yield from _write_section("As it should be", passed, width)
    yield from _write_section("Not known", [(item.what, item.why) for item in report.unknown], width)
    for remark in report.remarks:
        yield ""
        yield from write_wrapped(remark, width=width)


def _list_facts(report: Report) -> Iterator[tuple[str, str]]:
    document = report.document
    if report.files:
        yield "files", ", ".join(report.files)
    yield "listed", _tell_listing(report)
    if not document:
        return
    if not report.files:
        yield "release", _tell_release(document)
        yield from _list_repository(report)
    if status := document.get("status"):
        yield "status", f"{status} on PyPI{_tell_day(', asked on', document.get('provenance_checked'))}"
    if life := document.get("life"):
        yield "life", f"{life}: {document.get('life_reason', '')}".removesuffix(": ")
    if document.get("assessed_by") is not None:
        yield "quality", _tell_quality(report)
    if not report.files:
        yield from _list_use(report)


def _tell_listing(report: Report) -> str:
    words = {True: "yes", False: "no", None: "not known"}
    return f"{words[report.listing.listed]}, {report.listing.reason}"


def _tell_release(document: Mapping[str, Any]) -> str:
    parts = [f"{document.get('version', '')}{_tell_day(' of', document.get('upload_timestamp'))}"]
    if serial := document.get("serial"):
        parts.append(f"as PyPI had it at serial {serial}")
    return ", ".join(parts)


def _list_repository(report: Report) -> Iterator[tuple[str, str]]:
    document = report.document
    url = document.get("repository_url") or document.get("github_url")
    if url:
        evidence = _EVIDENCE.get(str(document.get("repository_evidence")))
        doubt = document.get("repository_doubt")
        yield "repository", f"{url}{f' ({evidence})' if evidence else ''}{f'; {doubt}' if doubt else ''}"
        return
    if reason := document.get("repository_missing_reason") or document.get("repository_missing"):
        yield "repository", f"none: {reason}"


def _tell_quality(report: Report) -> str:
    if report.quality is None:
        return "not known"
    known = report.document.get("quality_known")
    share = f" ({known} % of the weight is known)" if isinstance(known, int) else ""
    return f"{report.quality} of 100{share}"


def _list_use(report: Report) -> Iterator[tuple[str, str]]:
    if report.document.get("assessed_by") is None and all(part.value is None for part in report.use):
        return
    use = report.document.get("use")
    yield "use", f"{use} of 100, the mean of what is known of these:" if isinstance(use, int) else "not known"
    for part in report.use:
        yield "", _tell_part(part)


def _tell_part(part: UsePart) -> str:
    if part.value is None or part.percentile is None:
        return f"{_WORDS[part.name]}: not known"
    place = f"above {round(part.percentile)} % of the collection" if part.percentile else "as few as any"
    return f"{_WORDS[part.name]}: {part.value:,}, {place}"


def _describe_compatibility(report: Report, width: int) -> Iterator[str]:
    rows = [
        (
            str(item.get("version", "")),
            str(item.get("verdict", "")),
            "" if item.get("supported") is not False else "ended",
            _tell_evidence(item, report.version),
        )
        for item in list_entries(report.document, "compatibility")
    ]
    if rows:
        yield ""
        yield "Works with"
        yield from write_columns(rows, width=width)


def _tell_evidence(item: Mapping[str, Any], version: str | None) -> str:
    evidence, release = str(item.get("evidence", "")), item.get("declared_by")
    # Of the latest release itself the verdict says so already.
    return f"{evidence}; for it: {release}" if release and release != version else evidence


def _describe_failures(report: Report, width: int) -> Iterator[str]:
    failed = report.list_checks(Outcome.FAIL)
    if not failed:
        return
    yield ""
    yield "To mend, the heaviest first"
    for number, check in enumerate(failed):
        if number:
            yield ""
        yield from _describe_failure(check, width)


def _describe_failure(check: Checked, width: int) -> Iterator[str]:
    points = f"{check.weight:>4}  " if check.weight else "      "
    first, *more = write_wrapped(check.question, width=width, indent="      ")
    yield f"{points}{first[6:]}"
    yield from more
    yield from write_wrapped(check.evidence, width=width, indent="      ")
    if check.remedy is not None:
        yield from write_wrapped(check.remedy.sentence, width=width, indent="      ")
        yield from _write_line(check.remedy.line, indent="      ")
    if check.link:
        yield f"      {check.link}"


def _write_line(line: str | None, indent: str = "") -> Iterator[str]:
    """Yield a line to write, if there is one; it is never wrapped, since it is to be copied."""
    if line:
        yield f"{indent}{INDENT}{INDENT}{clean(line)}"


def _write_section(title: str, pairs: list[tuple[str, str]], width: int) -> Iterator[str]:
    if pairs:
        yield ""
        yield title
        yield from write_pairs([(clean(label), text) for label, text in pairs], width=width)


def _tell_day(before: str, seconds: object) -> str:
    day = to_date(seconds) if isinstance(seconds, int) else None
    return f"{before} {day}" if day else ""


def build_report_json(report: Report) -> dict[str, object]:
    """Return a report for a program; what is unknown is ``null`` or left out."""
    shown = {field: report.document[field] for field in _SHOWN if field in report.document}
    return {
        **shown,
        "name": report.name,
        "version": report.version,
        "files": list(report.files),
        "listed": report.listing.listed,
        "listed_because": report.listing.reason,
        "listing_line": report.listing.line,
        "quality": report.quality,
        "use_parts": {
            part.name: {"value": part.value, "percentile": _round(part.percentile)} for part in report.use
        },
        "checks": [_build_check_json(check) for check in report.checks],
        "repository_line": report.repository_remedy.line if report.repository_remedy else None,
        "unknown": [{"what": item.what, "why": item.why} for item in report.unknown],
        "remarks": list(report.remarks),
    }


def _build_check_json(check: Checked) -> dict[str, object]:
    return {
        "id": check.id,
        "section": check.section,
        "weight": check.weight,
        "question": check.question,
        "outcome": check.outcome,
        "evidence": check.evidence,
        "remedy": check.remedy.sentence if check.remedy else None,
        "line": check.remedy.line if check.remedy else None,
        "link": check.link,
    }


def _round(percentile: float | None) -> int | None:
    return None if percentile is None else round(percentile)
