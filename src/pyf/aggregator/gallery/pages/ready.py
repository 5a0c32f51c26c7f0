"""Readiness: how far the packages are with a cycle of their framework, and what keeps the rest back."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.compatibility import FAILS, WORKS, Verdict
from pyf.aggregator.assessment.readiness import Readiness
from pyf.aggregator.documents.assessment import ReadinessInput
from pyf.aggregator.gallery.api.shapes import JudgedPackage, ReadinessList, ReadinessTold, encode
from pyf.aggregator.gallery.api.told import tell_readiness
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.found import ShownCycle
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.responses import JSON, Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile

ORDER = (
    Verdict.BLOCKED,
    Verdict.EXCLUDED,
    Verdict.CONTRADICTED,
    Verdict.UNTESTED,
    Verdict.UNKNOWN,
    Verdict.ALLOWED,
    Verdict.DECLARED,
)
"""Of the lists: what keeps a community back comes first."""
FEW = 20
MANY = 200
BLOCKERS_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Judged:
    """A package with its evidence for the cycle."""

    document: ReadinessInput
    evidence: str


@dataclass(frozen=True, slots=True)
class VerdictList:
    """The packages with one verdict, the most used first: those shown of ``total``."""

    verdict: Verdict
    total: int
    packages: tuple[Judged, ...]


async def answer_all(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/ready/``."""
    cycles = await collection.get_cycles()
    readiness = [await collection.whole.get_readiness(cycle.version) for cycle in cycles]
    return respond(request, show_all(site, collection.profile, cycles, [found for found, _ in readiness]))


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/ready/CYCLE/``, or one verdict's whole list with ``?verdict=``."""
    cycle = await find_cycle(collection, request.path_params["cycle"])
    if cycle is None:
        return respond(request, missing_page(site, profile=collection.profile))
    readiness, documents = await collection.whole.get_readiness(cycle.version)
    verdicts, most, page = _read_choice(request)
    if site.static:
        # A file has no second page.
        most = MANY
    lists = build_lists(documents, cycle.version, verdicts, most, page)
    return respond(request, show(site, collection.profile, cycle, readiness, lists=lists, page=page))


async def answer_all_json(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/ready.json``."""
    del site
    cycles = await collection.get_cycles()
    found = [tell_readiness((await collection.whole.get_readiness(cycle.version))[0]) for cycle in cycles]
    body = encode(ReadinessList(profile=collection.key, versions=found))
    return respond(request, Representation(body=body, media_type=JSON))


async def answer_json(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/ready/CYCLE.json``, with ``?verdict=`` and ``?page=`` as the page."""
    cycle = await find_cycle(collection, request.path_params["cycle"])
    if cycle is None:
        return respond(request, missing_page(site, profile=collection.profile))
    body = encode(await tell(request, collection, cycle))
    return respond(request, Representation(body=body, media_type=JSON))


async def tell(request: Request, collection: Collection, cycle: ShownCycle) -> ReadinessTold:
    """Return the readiness for a cycle with the packages of the verdicts that a request asks for."""
    readiness, documents = await collection.whole.get_readiness(cycle.version)
    lists = build_lists(documents, cycle.version, *_read_choice(request))
    packages = [
        JudgedPackage(
            id=item.document.id,
            name=item.document.name or item.document.id,
            verdict=found.verdict,
            evidence=item.evidence,
            use=item.document.use,
        )
        for found in lists
        for item in found.packages
    ]
    return tell_readiness(readiness, packages)


def _read_choice(request: Request) -> tuple[list[Verdict], int, int]:
    """Return which verdicts are listed, how many packages of each, and the page."""
    asked = request.query_params.get("verdict", "")
    if asked in ORDER:
        return [Verdict(asked)], MANY, _read_page(request.query_params.get("page", ""))
    return list(ORDER), FEW, 1


async def find_cycle(collection: Collection, number: str) -> ShownCycle | None:
    """Return the cycle with that number, if packages were assessed for it."""
    return next((cycle for cycle in await collection.get_cycles() if cycle.number == number), None)


def build_lists(
    documents: Sequence[ReadinessInput], version: str, verdicts: Sequence[Verdict], most: int, page: int = 1
) -> list[VerdictList]:
    """Return the packages by verdict, ``most`` of each, from the given page of so many."""
    by_verdict: dict[str, list[Judged]] = {}
    for document in documents:
        judged = next((item for item in document.compatibility if item.version == version), None)
        verdict, evidence = (judged.verdict, judged.evidence) if judged else (Verdict.UNKNOWN, "")
        by_verdict.setdefault(verdict, []).append(Judged(document, evidence))
    lists = []
    for verdict in verdicts:
        found = sorted(
            by_verdict.get(verdict, ()), key=lambda item: (-(item.document.use or 0), item.document.id)
        )
        start = (page - 1) * most
        lists.append(VerdictList(verdict, len(found), tuple(found[start : start + most])))
    return lists


def show_all(
    site: Site, profile: Profile, cycles: Sequence[ShownCycle], readiness: Sequence[Readiness]
) -> Representation:
    """Show the shares for every cycle."""
    rows = [(cycle, found, build_shares(found)) for cycle, found in zip(cycles, readiness, strict=True)]
    return Representation(body=render("ready.html", site, profile=profile, rows=rows))


def show(  # noqa: PLR0913 - what the page shows
    site: Site,
    profile: Profile,
    cycle: ShownCycle,
    readiness: Readiness,
    *,
    lists: Sequence[VerdictList],
    page: int,
) -> Representation:
    """Show how far all are with one cycle."""
    body = render(
        "ready_cycle.html",
        site,
        profile=profile,
        cycle=cycle,
        readiness=readiness,
        shares=build_shares(readiness),
        blockers=readiness.blockers[:BLOCKERS_SHOWN],
        lists=lists,
        page_number=page,
        pages=-(-lists[0].total // MANY) if len(lists) == 1 else 1,
    )
    return Representation(body=body)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of all packages work, may work, do not, or say nothing; ``percent`` adds up to about 100."""

    tone: str
    title: str
    count: int
    percent: float


def build_shares(readiness: Readiness) -> tuple[Share, ...]:
    """Return the four shares of a readiness."""
    works = sum(readiness.counts[verdict] for verdict in WORKS)
    fails = sum(readiness.counts[verdict] for verdict in FAILS)
    counted = (
        ("alive", "work", works),
        ("caution", "untested", readiness.counts[Verdict.UNTESTED]),
        ("ended", "do not work", fails),
        ("unknown", "unknown", readiness.counts[Verdict.UNKNOWN]),
    )
    whole = readiness.total or 1
    return tuple(Share(tone, title, count, 100 * count / whole) for tone, title, count in counted)


def _read_page(text: str) -> int:
    return max(1, int(text[:6])) if text.isascii() and text.isdecimal() else 1
