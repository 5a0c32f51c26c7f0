"""The page of a package: what it is, whether it works and is alive, who uses it, how it is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.checks import Rule, get_rules
from pyf.aggregator.assessment.outcomes import Outcome
from pyf.aggregator.assessment.remedies import fill
from pyf.aggregator.documents.shown import Package, ShownCheck, ShownJudgement, ShownRelease
from pyf.aggregator.gallery.collection import Collection, ShownCycle
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.readme import present_readme
from pyf.aggregator.gallery.responses import Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import keep_safe_url, render
from pyf.aggregator.metadata.model import NormalizedName, normalize

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
    name = normalize(request.path_params["name"])
    if name != request.path_params["name"]:
        return redirect(site.addresses.package(collection.key, name))
    package = await collection.find_package(name)
    if package is None:
        return respond(request, await find_missing(site, collection, request.path_params["name"]))
    return respond(request, show(site, collection, package, await collection.get_cycles()))


async def find_missing(site: Site, collection: Collection, name: str) -> Representation:
    """Return the page that says that there is no such package, with the names that are near."""
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
        failing=[item for item in checks if item.check.outcome == Outcome.FAIL],
        others=[item for item in checks if item.check.outcome != Outcome.FAIL],
        names_at_once=NAMES_AT_ONCE,
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


def is_major(release: ShownRelease) -> bool:
    """Tell whether a release begins a new major version: only zeros follow its first number."""
    first, _, rest = release.version.partition(".")
    return first.isdecimal() and all(part in ("0", "") for part in rest.split("."))
