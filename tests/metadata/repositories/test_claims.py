"""Which repository is a project's, the evidence for it, and whose figures a project may show."""

from collections.abc import Mapping

import pytest

from pyf.aggregator.metadata.model import NormalizedName, Repository, normalize
from pyf.aggregator.metadata.repositories.choice import Claimant, Evidence, Named, find_claim
from pyf.aggregator.metadata.repositories.claims import NAME_ALONE, UNRELATED, Ownership, decide_ownership
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind, map_forges
from pyf.aggregator.metadata.repositories.places import Missing
from pyf.aggregator.metadata.repositories.repository import NoRepository

FORGES = map_forges(
    [
        Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="https://gitlab.com"),
        Forge(kind=ForgeKind.FORGEJO, host="codeberg.org", url="https://codeberg.org"),
    ]
)
PYPI = "https://pypi.org/project/kit/"
README = '<p><a href="https://github.com/ana/kit/issues">Report it</a></p>'


def name_kit(urls: Mapping[str, str] | None = None, **facts: object) -> Claimant:
    return Claimant(name=NormalizedName("kit"), project_urls=urls or {}, **facts)  # type: ignore[arg-type]


FOUND: list[tuple[Claimant, str, Evidence]] = [
    # Nothing is stronger than what PyPI saw
    (name_kit(attested_by=["github.com/ana/kit"]), "github.com/ana/kit", Evidence.ATTESTED),
    (
        name_kit(
            {"Source": "https://github.com/bo/kit"}, attested_by=["gitlab.com/band/x/kit"], owners=["bo"]
        ),
        "gitlab.com/band/x/kit",
        Evidence.ATTESTED,
    ),
    (
        name_kit({"Source": "https://bitbucket.org/bo/kit"}, attested_by=["github.com/Ana/Kit"]),
        "github.com/ana/kit",
        Evidence.ATTESTED,
    ),
    (
        name_kit({"Bugs": "https://github.com/bo/kit"}, attested_by=["github.com/a/b", "github.com/bo/kit"]),
        "github.com/bo/kit",
        Evidence.ATTESTED,
    ),
    # What no publisher can be is not believed
    (
        name_kit({"Source": "https://github.com/bo/kit"}, attested_by=["evil.example/a/b", "topics/x", ""]),
        "github.com/bo/kit",
        Evidence.LABELLED,
    ),
    # Owner: of the project on PyPI, its organization, or called like the project
    (
        name_kit({"Source": "https://github.com/ana/kit"}, owners=["ana"]),
        "github.com/ana/kit",
        Evidence.OWNER,
    ),
    (
        name_kit({"Code": "https://github.com/ana-bo/x"}, owners=["Ana.Bo"]),
        "github.com/ana-bo/x",
        Evidence.OWNER,
    ),
    (
        name_kit({"Source": "https://gitlab.com/band/tools/kit"}, organization="Band"),
        "gitlab.com/band/tools/kit",
        Evidence.OWNER,
    ),
    (
        name_kit({"Code": "https://codeberg.org/kit/kit"}, owners=["x"]),
        "codeberg.org/kit/kit",
        Evidence.OWNER,
    ),
    # An owner's repository of the name goes before a better label, one of another name does not
    (
        name_kit(
            {"Source": "https://github.com/bo/fork", "Homepage": "https://github.com/ana/kit"}, owners=["ana"]
        ),
        "github.com/ana/kit",
        Evidence.OWNER,
    ),
    (
        name_kit(
            {"Source": "https://github.com/band/kit", "Docs": "https://github.com/ana/docs"}, owners=["ana"]
        ),
        "github.com/band/kit",
        Evidence.LABELLED,
    ),
    # Labelled: the project says so, and nobody else
    (name_kit({"Source": "https://github.com/ana/kit"}), "github.com/ana/kit", Evidence.LABELLED),
    (
        name_kit({"Source": "https://github.com/ana/kit"}, owners=["stranger"]),
        "github.com/ana/kit",
        Evidence.LABELLED,
    ),
    (
        # Whoever registers a project can call it like somebody's account.
        name_kit({"Source": "https://github.com/kit/popular"}, owners=["stranger"]),
        "github.com/kit/popular",
        Evidence.LABELLED,
    ),
    (name_kit(home_page="https://gitlab.com/ana/kit"), "gitlab.com/ana/kit", Evidence.LABELLED),
    (
        name_kit({"Issues": "https://codeberg.org/ana/kit/issues"}),
        "codeberg.org/ana/kit",
        Evidence.LABELLED,
    ),
    # The README only where no URL says it
    (name_kit(description_html=README), "github.com/ana/kit", Evidence.README),
    (name_kit({"Homepage": PYPI}, description_html=README), "github.com/ana/kit", Evidence.README),
    (name_kit({"Source": PYPI}, description_html=README), "github.com/ana/kit", Evidence.README),
    (
        name_kit({"Homepage": "https://kit.example"}, description_html=README),
        "github.com/ana/kit",
        Evidence.README,
    ),
    (
        name_kit({"Source": "https://github.com/your-name/your-repo"}, description_html=README),
        "github.com/ana/kit",
        Evidence.README,
    ),
    (name_kit(description_html=README, owners=["ana"]), "github.com/ana/kit", Evidence.OWNER),
    (
        name_kit({"Source": "https://github.com/bo/tools"}, description_html=README),
        "github.com/bo/tools",
        Evidence.LABELLED,
    ),
]


@pytest.mark.parametrize(("claimant", "repository", "evidence"), FOUND)
def test_the_strongest_evidence_names_the_repository(
    claimant: Claimant, repository: str, evidence: Evidence
) -> None:
    found = find_claim(claimant, FORGES)
    assert isinstance(found, Named)
    assert (str(found.repository), found.evidence) == (repository, evidence)


@pytest.mark.parametrize(
    ("claimant", "reason", "sentence"),
    [
        (name_kit(), "no URL", "no URL"),
        (name_kit(description_html="<p>kit</p>"), "no URL", "no URL"),
        (name_kit({"Homepage": PYPI}), "only PyPI's own page", "only PyPI's own page"),
        (
            name_kit(home_page="http://python.org/pypi/kit"),
            "only PyPI's own page",
            "only PyPI's own page",
        ),
        (name_kit({"Source": PYPI}), "only PyPI's own page", "only PyPI's own page"),
        (
            name_kit({"Homepage": PYPI, "Docs": "https://kit.example"}),
            "URLs, but none of a repository",
            "URLs, but none of a repository: Homepage, Docs",
        ),
        (
            name_kit({"Source": "https://bitbucket.org/ana/kit"}),
            "another host: bitbucket.org",
            "on bitbucket.org",
        ),
        (
            # The project says where its source is; what its README links is not asked.
            name_kit({"Source": "https://git.example.net/kit"}, description_html=README),
            "another host: git.example.net",
            "on git.example.net",
        ),
        (
            name_kit({"Source": "https://hosting.example/kit"}, description_html=README),
            "another host: hosting.example",
            "on hosting.example",
        ),
        (
            name_kit({"Source": "https://github.com/sponsors/ana"}),
            "malformed",
            "on GitHub, but no repository: sponsors/ana",
        ),
        (
            name_kit({"Source": "https://gitlab.com/groups/band"}),
            "malformed",
            "on gitlab.com, but no repository: groups/band",
        ),
        (
            name_kit({"Source": "https://gitlab.com/user/repo"}),
            "a template's example",
            "a template's example: user/repo",
        ),
    ],
)
def test_where_there_is_none_the_reason_tells_why(claimant: Claimant, reason: str, sentence: str) -> None:
    found = find_claim(claimant, FORGES)
    assert isinstance(found, NoRepository)
    assert (found.reason, str(found)) == (reason, sentence)


def claim(name: str, path: str, *owners: str, **facts: object) -> Claimant:
    host = "" if path.startswith(("gitlab.com/", "codeberg.org/")) else "github.com/"
    return Claimant(
        name=normalize(name),
        project_urls={"Source": f"https://{host}{path}"},
        owners=owners,
        **facts,  # type: ignore[arg-type]
    )


def decide(
    *claimants: Claimant, present: Mapping[Repository, Repository] | None = None
) -> dict[NormalizedName, Ownership | NoRepository]:
    found = {claimant.name: find_claim(claimant, FORGES) for claimant in claimants}
    return decide_ownership(claimants, found, present or {})


def find_showing(*claimants: Claimant) -> set[str]:
    """Return who shows the figures of a repository."""
    decided = decide(*claimants)
    return {name for name, it in decided.items() if isinstance(it, Ownership) and it.doubt is None}


BELIEVED = [
    # Attested, whatever things are called and whoever owns them
    claim("shiny", "ana/mono", "stranger", attested_by=["github.com/ana/mono"]),
    claim("shiny", "gitlab.com/band/tools/mono", attested_by=["gitlab.com/band/tools/mono"]),
    # An owner in common, whatever things are called
    claim("shiny", "ana/mono", "ana"),
    claim("shiny", "codeberg.org/Ana-Bo/mono", "x", "ana.bo"),
    claim("shiny", "gitlab.com/pallets/web/mono", "x", organization="Pallets"),
    # The owner of the repository is called like the project
    claim("django", "django/django", "x"),
    claim("collective.easyform", "collective/collective.easyform", "x"),
    claim("factory-boy", "FactoryBoy/factory_boy", "x"),
    # The name, of a repository that is for a framework or of a framework's account
    claim("plone.restapi", "plone/plone.restapi", "x"),
    claim("django-filter", "gitlab.com/ana/django-filter", "x"),
    claim("Willow", "wagtail/Willow", "x"),
    # The name, and an author of the owner's name
    claim("wrapt", "GrahamSmithee/wrapt", "x", authors=["Graham Smithee"]),
    # The name, where PyPI tells no owners
    claim("kit", "ana/kit"),
    claim("kit", "codeberg.org/ana/kit"),
    claim("plone.volto", "ana/volto"),
]
REFUSED = [
    (claim("linux", "torvalds/linux", "stranger"), NAME_ALONE),
    (claim("plone.kernel", "torvalds/linux"), UNRELATED),
    (claim("django-shiny", "django/django", "stranger"), UNRELATED),
    (claim("torvalds", "torvalds/linux", "stranger"), UNRELATED),
    (claim("whisper", "openai/whisper", "stranger", authors=["Open Kit Makers"]), NAME_ALONE),
    (claim("shiny", "gitlab.com/band/tools/kit", "stranger"), UNRELATED),
]


@pytest.mark.parametrize("claimant", BELIEVED, ids=lambda claimant: claimant.name)
def test_a_claim_with_evidence_is_believed(claimant: Claimant) -> None:
    assert find_showing(claimant) == {claimant.name}


@pytest.mark.parametrize(("claimant", "doubt"), REFUSED, ids=lambda value: getattr(value, "name", ""))
def test_what_is_only_labelled_and_a_strangers_keeps_its_address_and_shows_no_figures(
    claimant: Claimant, doubt: str
) -> None:
    named = find_claim(claimant, FORGES)
    assert isinstance(named, Named)
    assert decide(claimant) == {
        claimant.name: Ownership(repository=named.repository, evidence=Evidence.LABELLED, doubt=doubt)
    }


def test_what_a_readme_says_is_believed_no_sooner_than_a_label() -> None:
    stranger = name_kit(description_html=README, owners=["stranger"])
    assert find_showing(stranger) == set()
    assert find_showing(name_kit(description_html=README, owners=["stranger"], authors=["Ana"])) == set()
    assert find_showing(name_kit(description_html=README)) == {"kit"}


@pytest.mark.parametrize(
    ("claimants", "showing"),
    [
        # More projects of the people whose repository it surely is
        ([claim("kit", "kit/kit", "ana"), claim("other", "kit/kit", "ana", "bo")], {"kit", "other"}),
        ([claim("kit", "kit/kit", "ana"), claim("other", "kit/kit", "cy")], {"kit"}),
        # People who are surely at home in the account, which is an account of one forge
        ([claim("asgi", "kits/asgi", "bo"), claim("kits", "kits/kits", "bo")], {"asgi", "kits"}),
        ([claim("asgi", "gitlab.com/kits/asgi", "bo"), claim("kits", "kits/kits", "bo")], {"kits"}),
        # A community
        ([claim(name, f"band/{name}", name * 4) for name in ("tab", "map", "zap")], {"tab", "map", "zap"}),
        ([claim(name, f"band/{name}", name * 4) for name in ("tab", "map")], set()),
        # Of several, the owner's; attested before the name
        ([claim("kit", "ana/kit", "squatter"), claim("kit-two", "ana/kit", "ana")], {"kit-two"}),
        (
            [
                claim("kit", "kits/kit"),
                claim("kit-two", "kits/kit", "bo", attested_by=["github.com/kits/kit"]),
                claim("kit-three", "kits/kit", "cy"),
            ],
            {"kit", "kit-two"},
        ),
        # An author's name is the weakest: it does not speak against those whose account it is ...
        (
            [
                claim("kit", "bolind/kit", "mallory", authors=["Bo Lind"]),
                claim("own", "bolind/own", "bolind"),
            ],
            {"own"},
        ),
        (
            [
                claim("kit", "bolind/kit", "mallory", authors=["Bo Lind"]),
                claim("own", "bolind/own", "cy", attested_by=["github.com/bolind/own"]),
            ],
            {"own"},
        ),
        (
            [
                claim("kit", "bolind/kit", "cy", authors=["Bo Lind"]),
                claim("own", "bolind/own", "bolind", "cy"),
            ],
            {"kit", "own"},
        ),
        # ... nor for more projects of whoever claims it
        (
            [
                claim("kit", "bolind/kit", "mallory", authors=["Bo Lind"]),
                claim("kit-popular", "bolind/popular", "mallory"),
                claim("shiny", "bolind/kit", "mallory"),
            ],
            {"kit"},
        ),
    ],
)
def test_other_projects_speak_for_a_claim_or_against_it(claimants: list[Claimant], showing: set[str]) -> None:
    assert find_showing(*claimants) == showing
    assert find_showing(*reversed(claimants)) == showing


def test_the_repository_of_another_project_is_named_as_such() -> None:
    decided = decide(claim("kit", "ana/kit", "squatter"), claim("kit-two", "ana/kit", "ana"))
    refused = decided[NormalizedName("kit")]
    assert isinstance(refused, NoRepository)
    assert (refused.why, refused.reason) == (Missing.ANOTHER_PROJECTS, "another project's")
    assert str(refused) == "ana/kit is the repository of kit-two"


def test_a_renamed_repository_is_one_under_all_its_names() -> None:
    old, new = Repository("gitlab.com", "ana/kit"), Repository("gitlab.com", "band/tools/kit")
    decided = decide(
        claim("kit", "gitlab.com/ana/kit", "ana"),
        claim("kit-two", "gitlab.com/band/tools/kit", "ana"),
        present={old: new},
    )
    assert decided[NormalizedName("kit")] == Ownership(repository=new, evidence=Evidence.OWNER)
    assert decided[NormalizedName("kit-two")] == Ownership(repository=new, evidence=Evidence.LABELLED)


def test_who_has_no_repository_is_told_why_among_others() -> None:
    decided = decide(name_kit({"Homepage": PYPI}), claim("own", "ana/own", "ana"))
    assert decided[NormalizedName("kit")] == NoRepository(Missing.ONLY_PYPI)
