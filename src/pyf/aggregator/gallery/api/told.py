"""What was found → the shapes of the API. Pure."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pyf.aggregator.assessment.checks import RULES, RULES_VERSION
from pyf.aggregator.assessment.readiness import Readiness
from pyf.aggregator.documents.shown import Package, Row
from pyf.aggregator.gallery.api.shapes import (
    BlockerTold,
    ChangesTold,
    ChangeTold,
    ChecksTold,
    CheckTold,
    CycleTold,
    FacetCounted,
    JudgedPackage,
    ListedPackage,
    PackageList,
    PersonList,
    PersonTold,
    ProfileTold,
    ReadinessTold,
    RulesTold,
    RuleTold,
    SearchFound,
    TopicList,
    TopicTold,
    WholePackage,
)
from pyf.aggregator.gallery.changes import ChangesFound
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.found import Found, Listing, PeopleCounts, ShownCycle, TopicCount
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.jobs.check.report import Checked
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.reader import FacetCount


def list_rows(site: Site, profile: Profile, rows: Iterable[Row]) -> list[ListedPackage]:
    """Return packages with the addresses of their pages."""
    return [
        ListedPackage(**msgspec.structs.asdict(row), url=_find_url(site, profile, row.id)) for row in rows
    ]


def tell_list(site: Site, profile: Profile, title: str, listing: Listing) -> PackageList:
    """Return a list of packages."""
    packages = list_rows(site, profile, listing.rows)
    return PackageList(profile=profile.key, title=title, total=listing.total, packages=packages)


def tell_found(site: Site, profile: Profile, found: Found, following: str | None) -> SearchFound:
    """Return a page of a search; ``following`` is the address of the next one."""
    return SearchFound(
        profile=profile.key,
        query=str(found.query),
        total=found.total,
        page=found.query.page,
        pages=found.pages,
        ended=found.ended,
        packages=list_rows(site, profile, (item.row for item in found.rows)),
        facets={
            facet.kind.key: [
                FacetCounted(value=value.value, label=value.label, count=value.count)
                for value in facet.values
            ]
            for facet in found.facets
        },
        next=following,
    )


def tell_package(site: Site, profile: Profile, package: Package) -> WholePackage:
    """Return all of a package."""
    fields = {field: getattr(package, field) for field in Package.__struct_fields__}
    return WholePackage(**fields, url=_find_url(site, profile, package.id))


def tell_checks(site: Site, profile: Profile, package: Package, checks: Iterable[Checked]) -> ChecksTold:
    """Return the checks of a package, the heaviest first."""
    return ChecksTold(
        name=package.name,
        version=package.version,
        url=site.addresses.absolute(site.addresses.checks(profile.key, package.id)),
        assessed_by=package.assessed_by,
        quality=package.quality,
        quality_known=package.quality_known,
        checks=[_tell_check(check) for check in sorted(checks, key=lambda check: -check.weight)],
    )


def _tell_check(check: Checked) -> CheckTold:
    return CheckTold(
        id=check.id,
        section=check.section,
        weight=check.weight,
        question=check.question,
        outcome=check.outcome,
        evidence=check.evidence,
        remedy=check.remedy.sentence if check.remedy else None,
        line=check.remedy.line if check.remedy else None,
        link=check.link,
    )


def tell_rules() -> RulesTold:
    """Return the rules as they are applied."""
    return RulesTold(
        version=RULES_VERSION,
        rules=[
            RuleTold(
                id=rule.id,
                section=rule.section,
                weight=rule.weight,
                question=rule.question,
                judged=rule.judged,
                link=rule.link,
            )
            for rule in RULES
        ],
    )


def tell_readiness(readiness: Readiness, packages: list[JudgedPackage] | None = None) -> ReadinessTold:
    """Return how far all are with one version."""
    return ReadinessTold(
        version=readiness.version,
        total=readiness.total,
        counts={str(verdict): count for verdict, count in readiness.counts.items()},
        blockers=[
            BlockerTold(
                id=blocker.name,
                name=blocker.display_name,
                evidence=blocker.evidence,
                waiting=list(blocker.waiting),
            )
            for blocker in readiness.blockers
        ],
        packages=packages,
    )


def tell_changes(
    site: Site, profile: Profile, found: ChangesFound, *, page: int, following: str | None
) -> ChangesTold:
    """Return a page of changes; ``following`` is the address of the next one."""
    return ChangesTold(
        profile=profile.key,
        total=found.total,
        page=page,
        pages=found.pages,
        kinds={count.value: count.count for count in found.kinds},
        changes=[
            ChangeTold(**msgspec.structs.asdict(change), url=_find_url(site, profile, change.project))
            for change in found.changes
        ],
        next=following,
    )


def tell_topics(site: Site, profile: Profile, counted: Sequence[TopicCount]) -> TopicList:
    """Return the topics of a profile."""
    to = site.addresses
    topics = [
        TopicTold(
            key=item.topic.key,
            title=item.topic.title,
            url=to.absolute(to.topic(profile.key, item.topic.key)),
            packages=item.total - item.ended,
            ended=item.ended,
        )
        for item in counted
    ]
    return TopicList(profile=profile.key, topics=topics)


def tell_people(site: Site, profile: Profile, counted: PeopleCounts) -> PersonList:
    """Return who owns packages of a profile."""

    def tell(kind: Literal["account", "organization"], counts: Iterable[FacetCount]) -> list[PersonTold]:
        return [
            PersonTold(
                name=count.value,
                kind=kind,
                packages=count.count,
                url=site.addresses.absolute(site.addresses.person(profile.key, count.value)),
            )
            for count in counts
        ]

    people = [*tell("account", counted.accounts), *tell("organization", counted.organizations)]
    people.sort(key=lambda person: (-person.packages, person.name.lower(), person.kind))
    return PersonList(profile=profile.key, people=people)


def tell_profile(
    site: Site, collection: Collection, packages: int, cycles: Sequence[ShownCycle]
) -> ProfileTold:
    """Return a profile."""
    profile = collection.profile
    return ProfileTold(
        key=profile.key,
        name=profile.name,
        url=site.addresses.absolute(site.addresses.profile(profile.key)),
        classifiers=list(profile.selection.classifiers),
        framework=collection.framework,
        packages=packages,
        cycles=[
            CycleTold(version=cycle.version, number=cycle.number, supported=cycle.supported)
            for cycle in cycles
        ],
    )


def _find_url(site: Site, profile: Profile, name: str) -> str:
    return site.addresses.absolute(site.addresses.package(profile.key, name))
