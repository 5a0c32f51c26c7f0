"""Whose stars a project may show: what its own URLs say is believed where there is evidence."""

import pytest

from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.metadata.repositories.choice import Claimant, find_claim
from pyf.aggregator.metadata.repositories.claims import NAME_ALONE, UNRELATED, Ownership, decide_ownership
from pyf.aggregator.metadata.repositories.evidence import (
    Likeness,
    compare_names,
    is_made_for,
    is_of_framework,
    names_author,
    shares_owner,
    shares_word,
)
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE


def build(name: str, slug: str, *owners: str, author: str | None = None, organization: str = "") -> Claimant:
    return Claimant(
        name=normalize(name),
        project_urls={"Source": f"https://github.com/{slug}"},
        owners=owners,
        organization=organization or None,
        authors=[author] if author else [],
    )


def decide(*claimants: Claimant) -> tuple[set[NormalizedName], dict[NormalizedName, str]]:
    """Return who shows a repository's figures, and why the others do not."""
    found = {claimant.name: find_claim(claimant, GITHUB_ALONE) for claimant in claimants}
    decided = decide_ownership(claimants, found, {})
    refused = {
        name: owned.doubt or "" if isinstance(owned, Ownership) else str(owned)
        for name, owned in decided.items()
        if not isinstance(owned, Ownership) or owned.doubt is not None
    }
    return decided.keys() - refused.keys(), refused


BELIEVED = [
    # An owner in common, whatever things are called
    build("shiny", "ana/mono", "ana"),
    build("shiny", "Ana-Bo/mono", "x", "ana.bo"),
    build("pytz", "stub42/pytz", "stub"),
    build("shiny", "pallets/mono", "x", organization="Pallets"),
    build("linux", "torvalds/linux", "torvalds"),
    # The owner of the repository is called like the project
    build("django", "django/django", "x"),
    build("celery", "celery/celery", "x"),
    build("collective.easyform", "collective/collective.easyform", "x"),
    build("babel", "python-babel/babel", "x"),
    build("pyyaml", "yaml/pyyaml", "x"),
    build("sentry-sdk", "getsentry/sentry-python", "x"),
    build("factory-boy", "FactoryBoy/factory_boy", "x"),
    # The name, of a repository that is for a framework or of a framework's account
    build("flask", "pallets/flask", "x"),
    build("plone.restapi", "plone/plone.restapi", "x"),
    build("django-filter", "ana/django-filter", "x"),
    build("Products.Kit", "ana/Products.Kit", "x"),
    build("djangorestframework", "encode/django-rest-framework", "x"),
    build("plonetheme.kit", "ana/plonetheme.kit", "x"),
    build("wagtailmenus", "ana/wagtailmenus", "x"),
    build("Willow", "wagtail/Willow", "x"),
    build("asgiref", "django/asgiref", "x"),
    build("email-validator", "ana/python-email-validator", "x"),
    # The name, and an author of the owner's name
    build("wrapt", "GrahamSmithee/wrapt", "x", author="Graham Smithee"),
    build("roman", "zopersfoundation/roman", "x", author="Zopers Foundation and Contributors"),
    # The name, where PyPI tells no owners
    build("kit", "ana/kit"),
    build("email-validator", "ana/email_validator"),
    build("plone.volto", "ana/volto"),
    build("kit-django", "ana/kit"),
    build("kit2", "ana/kit"),
]

REFUSED = [
    # Known borrowers
    (build("linux", "torvalds/linux", "stranger"), NAME_ALONE),
    (build("linux-tools", "torvalds/linux", "stranger"), NAME_ALONE),
    (build("plone.kernel", "torvalds/linux", "stranger"), UNRELATED),
    (build("plone.kernel", "torvalds/linux"), UNRELATED),
    (build("django-shiny", "django/django", "stranger"), UNRELATED),
    (build("django-shiny", "django/django"), UNRELATED),
    (build("shiny-django", "django/django"), UNRELATED),
    (build("plone.shiny", "plone/Products.CMFPlone"), UNRELATED),
    (build("flask-shiny", "pallets/flask", "stranger"), UNRELATED),
    (build("wagtail-shiny", "wagtail/wagtail", "stranger"), UNRELATED),
    (build("face-kit", "facebook/react", "stranger"), UNRELATED),
    (build("open-kit", "openai/whisper", "stranger"), UNRELATED),
    (
        build("whisper", "openai/whisper", "stranger", author="Open Kit Makers", organization="Kits"),
        NAME_ALONE,
    ),
    (build("torvalds", "torvalds/linux", "stranger"), UNRELATED),
    (build("cpython", "python/cpython", "stranger"), NAME_ALONE),
    (build("collective.shiny", "collective/collective.kit", "stranger"), UNRELATED),
    (build("flask-sentry", "getsentry/sentry", "stranger"), NAME_ALONE),
    (build("django-openai-kit", "openai/openai-python", "stranger"), NAME_ALONE),
    (build("django-celery", "celery/celery", "stranger"), UNRELATED),
    (build("react", "facebook/react", "stranger"), NAME_ALONE),
    (build("django-react", "facebook/react", "stranger"), NAME_ALONE),
    (build("react-native", "facebook/react-native", "stranger", author="Somebody Else"), NAME_ALONE),
    # Words that half of all names have
    (build("shiny-api", "ana/cloud-api"), UNRELATED),
    (build("python-shiny", "python/cpython", "stranger"), UNRELATED),
    (build("django-rest-shiny", "ana/django-rest"), UNRELATED),
    (build("shiny", "shi/other"), UNRELATED),
]


@pytest.mark.parametrize("claimant", BELIEVED, ids=lambda claimant: claimant.name)
def test_a_project_with_evidence_is_believed(claimant: Claimant) -> None:
    assert decide(claimant) == ({claimant.name}, {})


@pytest.mark.parametrize(("claimant", "reason"), REFUSED, ids=lambda value: getattr(value, "name", ""))
def test_a_project_without_evidence_is_not(claimant: Claimant, reason: str) -> None:
    assert decide(claimant) == (set(), {claimant.name: reason})


@pytest.mark.parametrize(
    ("claimants", "showing"),
    [
        # More projects of the people whose repository it surely is
        ([build("kit", "kit/kit", "ana"), build("other", "kit/kit", "ana", "bo")], {"kit", "other"}),
        ([build("kit", "kit/kit", "ana"), build("other", "kit/kit", "cy")], {"kit"}),
        ([build("a", "ana/mono", "cy"), build("b", "ana/mono", "cy")], set()),
        # People who are surely at home in the account
        ([build("asgi", "kits/asgi", "bo"), build("kits", "kits/kits", "bo")], {"asgi", "kits"}),
        ([build("asgi", "team/asgi", "cy"), build("kits", "team/kits", "bo")], set()),
        # A community: more repositories of the account have projects of their names
        ([build(name, f"band/{name}", name * 4) for name in ("tab", "map", "zap")], {"tab", "map", "zap"}),
        ([build(name, f"band/{name}", name * 4) for name in ("tab", "map")], set()),
        ([build(name, "band/tab", name * 4) for name in ("tab", "map", "zap")], set()),
        # Of several, the owner's, and who has an owner in common with it
        ([build("kit", "ana/kit", "squatter"), build("kit-two", "ana/kit", "ana")], {"kit-two"}),
        (
            [build("kit", "ana/kit", "bo"), build("kit-two", "ana/kit", "ana", "bo")],
            {"kit", "kit-two"},
        ),
        ([build("kit", "ana/kit"), build("kit-two", "ana/kit", "ana")], {"kit", "kit-two"}),
        # Else of the project that bears the name
        ([build("flask-kit", "x/flask-kit", "bo"), build("kit", "x/flask-kit")], {"flask-kit", "kit"}),
        (
            [
                build("django", "django/django", "maker"),
                build("django-contrib-thing", "django/django", "maker"),
                build("django-shiny", "django/django", "stranger"),
            ],
            {"django", "django-contrib-thing"},
        ),
        (
            [
                build("collective.kit", "collective/collective.kit", "bo"),
                build("collective.shiny", "collective/collective.kit", "stranger"),
            ],
            {"collective-kit"},
        ),
        # Nobody bears it: all share it for whom there is evidence
        (
            [
                build("a", "anas/mono", "anas"),
                build("b", "anas/mono", "Anas", "x"),
                build("c", "anas/mono", "d"),
            ],
            {"a", "b"},
        ),
    ],
)
def test_other_projects_speak_for_a_project_or_against_it(
    claimants: list[Claimant], showing: set[str]
) -> None:
    assert decide(*claimants)[0] == showing
    assert decide(*reversed(claimants))[0] == showing


@pytest.mark.parametrize(
    ("project", "repository", "likeness"),
    [
        ("plone.volto", "Plone_Volto", Likeness.SAME),
        ("volto", "python-volto", Likeness.ALIKE),
        ("plone.volto", "volto", Likeness.PART),
        ("plone.app.volto", "plone.volto", Likeness.ALIKE),
        ("easyform", "easy-form", Likeness.ALIKE),
        ("kit2", "kit", Likeness.ALIKE),
        ("volto-kit", "plone.volto", Likeness.PART),
        ("django", "django", Likeness.SAME),
        ("django-kit", "django", Likeness.NONE),
        ("django", "django-kit", Likeness.NONE),
        ("kit", "kitten", Likeness.NONE),
        ("api-client", "api-server", Likeness.NONE),
    ],
)
def test_names_are_compared_by_the_words_that_tell_them_apart(
    project: str, repository: str, likeness: Likeness
) -> None:
    assert compare_names(normalize(project), repository) is likeness


def test_accounts_are_compared_with_people_authors_and_projects() -> None:
    assert shares_owner("ana-lind", ["analind"])
    assert not shares_owner("analind", ["ana", "bo", ""])
    assert names_author("bolind", ["Bo Lind"])
    assert not names_author("bokern", ["Bo Lind"])
    # A name with a comma is one person, and a given name alone is nobody.
    assert names_author("annakern", ["Kern, Anna; Lind, Bo"])
    assert not names_author("annalytics", ["Kern, Anna; Lind, Bo"])
    assert not names_author("annalytics", ["Anna Kern"])
    assert not names_author("plonegovs", ["Plone Foundation"])
    assert shares_word(normalize("django"), "Django")
    assert shares_word(normalize("babel-kit"), "python-babel")
    assert not shares_word(normalize("plone.kit"), "plone")
    assert is_made_for("flask-kit")
    assert not is_made_for("dashboard")
    assert is_of_framework("wagtail")
    assert not is_of_framework("python")
