"""The page of a package: what it is, whether it works and is alive, who uses it, how it is made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.checks import Rule, get_rules
from pyf.aggregator.assessment.outcomes import Outcome
from pyf.aggregator.assessment.remedies import fill
from pyf.aggregator.documents.shown import Package, ShownCheck, ShownJudgement
from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_package
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.curves import build_curves
from pyf.aggregator.gallery.feeds import respond_with_feed
from pyf.aggregator.gallery.found import ShownCycle
from pyf.aggregator.gallery.news import Feed, build_releases_of
from pyf.aggregator.gallery.problems import left_page, missing_page
from pyf.aggregator.gallery.readme import present_readme
from pyf.aggregator.gallery.representations.badges import BadgeKind, build_badge, build_shields, build_svg
from pyf.aggregator.gallery.representations.structured_data import build_structured_data
from pyf.aggregator.gallery.responses import JSON, SVG, Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import keep_safe_url, render
from pyf.aggregator.metadata.model import NormalizedName, normalize

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
"""What a project can be called (PEP 508); anything else is the name of none."""
RELEASES_AT_ONCE = 6
NAMES_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class AnsweredCheck:
    """A check with what it asks; ``rule`` is ``None`` where the rules have it no more."""

    check: ShownCheck
    rule: Rule | None
    question: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the package names, and what it is."""

    title: str
    address: str


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME/``; another spelling of the name is sent to the one."""
    package = await find_package(request, site, collection)
    if isinstance(package, Response):
        return package
    return respond(request, show(site, collection, package, await collection.get_cycles()))


async def answer_json(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME.json``: everything that is known of a package."""
    package = await find_package(request, site, collection)
    if isinstance(package, Response):
        return package
    body = encode(tell_package(site, collection.profile, package))
    return respond(request, Representation(body=body, media_type=JSON))


async def answer_releases(request: Request, site: Site, collection: Collection, suffix: str) -> Response:
    """Answer ``/PROFILE/packages/NAME/releases.atom`` and ``.json``."""
    package = await find_package(request, site, collection)
    if isinstance(package, Response):
        return package
    to, profile = site.addresses, collection.profile
    feed = Feed(
        title=f"Releases of {package.name}",
        page=to.absolute(to.package(profile.key, package.id)),
        url=to.absolute(to.other(to.releases_of(profile.key, package.id), suffix)),
        entries=build_releases_of(site, profile, package),
    )
    return respond_with_feed(request, site, feed, suffix)


async def answer_badge(
    request: Request, site: Site, collection: Collection, kind: BadgeKind, suffix: str
) -> Response:
    """Answer ``/PROFILE/packages/NAME/badge/KIND.svg`` and ``.json``."""
    package = await find_package(request, site, collection)
    if isinstance(package, Response):
        return package
    badge = build_badge(kind, package, collection.framework)
    if suffix == "svg":
        return respond(request, Representation(body=build_svg(badge), media_type=SVG))
    return respond(request, Representation(body=build_shields(badge), media_type=JSON))


async def find_package(request: Request, site: Site, collection: Collection) -> Package | Response:
    """Return the package that the path names, else what there is to answer instead.

    Another spelling of a name is sent to the one, whatever stands behind it in the path.
    """
    given = request.path_params["name"]
    if not _NAME.fullmatch(given):
        return respond(request, missing_page(site, profile=collection.profile))
    name = normalize(given)
    if name != given:
        before, _, after = request.url.path.partition(f"/packages/{given}")
        query = f"?{request.url.query}" if request.url.query else ""
        return redirect(f"{before}/packages/{name}{after}{query}")
    package = await collection.find_package(name)
    if package is None:
        return respond(request, await find_missing(site, collection, name))
    return package


async def find_missing(site: Site, collection: Collection, name: str) -> Representation:
    """Return the page that says that there is no such package: it has left, or which names are near."""
    left = await collection.find_left(normalize(name))
    if left is not None:
        return left_page(site, collection.profile, left)
    return missing_page(
        site, profile=collection.profile, name=name, nearest=await collection.find_nearest(name)
    )


def show(
    site: Site, collection: Collection, package: Package, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show everything that is known of a package."""
    checks = build_checks(package, collection.framework)
    body = render(
        "package.html",
        site,
        profile=collection.profile,
        package=package,
        cycles=cycles,
        readme=present_readme(package.description_html) if package.description_html else None,
        links=build_links(package),
        releases=package.releases[:RELEASES_AT_ONCE],
        older=package.releases[RELEASES_AT_ONCE:],
        older_releases=find_older_releases(package),
        checks=checks,
        structured=build_structured_data(
            package, site.addresses.absolute(site.addresses.package(collection.key, package.id))
        ),
        failing=[item for item in checks if item.check.outcome == Outcome.FAIL],
        others=[item for item in checks if item.check.outcome != Outcome.FAIL],
        names_at_once=NAMES_AT_ONCE,
        curves=build_curves(package.history),
    )
    return Representation(body=body)


def build_checks(package: Package, framework: str) -> tuple[AnsweredCheck, ...]:
    """Return the stored checks with their questions, the heaviest first."""
    rules = get_rules()
    found = []
    for check in package.checks:
        rule = rules.get(check.id)
        question = fill(rule.question, {"framework": framework}) if rule else check.id.replace("_", " ")
        found.append(AnsweredCheck(check, rule, question))
    return tuple(sorted(found, key=lambda item: -(item.rule.weight if item.rule else 0)))


def build_links(package: Package) -> tuple[Link, ...]:
    """Return where a package leads, by kind, each address once."""
    wanted = [
        ("Documentation", package.documentation_url),
        ("Changes", package.changelog_url),
        ("Issues", package.issues_url),
        ("Source", package.repository_url),
        ("Home page", package.home_page),
        ("Funding", package.funding_url),
        *package.project_urls.items(),
        ("PyPI", package.package_url or _name_on_pypi(package.id)),
    ]
    links: dict[str, Link] = {}
    for title, address in wanted:
        if (safe := keep_safe_url(address)) is not None:
            links.setdefault(safe.rstrip("/").lower(), Link(title, safe))
    return tuple(links.values())


def _name_on_pypi(name: NormalizedName) -> str:
    return f"https://pypi.org/project/{name}/"


def find_older_releases(package: Package) -> dict[str, str]:
    """Return, by cycle, the newest release that declares it where the latest one does not work with it."""
    return {
        judgement.version: judgement.declared_by
        for judgement in package.compatibility
        if judgement.declared_by and not _works(judgement) and judgement.declared_by != package.version
    }


def _works(judgement: ShownJudgement) -> bool:
    return judgement.verdict in ("declared", "allowed")
