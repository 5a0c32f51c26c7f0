"""Addresses on any forge as people really write them, and the repositories that they name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.metadata.model import Repository
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind, map_forges
from pyf.aggregator.metadata.repositories.places import Missing, is_pypi, locate, parse_repository

FORGES = map_forges(
    [
        Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="https://gitlab.com"),
        Forge(kind=ForgeKind.GITLAB, host="git.example.org", url="https://git.example.org"),
        Forge(kind=ForgeKind.FORGEJO, host="codeberg.org", url="https://codeberg.org"),
    ]
)
HUB, LAB, OWN, BERG = (
    "github.com/ana/kit",
    "gitlab.com/ana/kit",
    "git.example.org/ana/kit",
    "codeberg.org/ana/kit",
)
DEEP = "gitlab.com/band/tools/web/kit"

URLS: dict[str, str] = {
    # GitLab: what is copied from the address bar and the clone button
    "https://gitlab.com/ana/kit": LAB,
    "http://gitlab.com/ana/kit/": LAB,
    "https://www.gitlab.com/Ana/Kit": LAB,
    "HTTPS://GITLAB.COM/ANA/KIT": LAB,
    "https://gitlab.com./ana/kit": LAB,
    "https://gitlab.com/ana/kit.git": LAB,
    "https://gitlab.com/ana/kit.git/": LAB,
    "https://gitlab.com/ana/kit.wiki.git": LAB,
    "https://gitlab.com/ana/kit.": LAB,
    "https://gitlab.com/ana/kit?ref_type=heads": LAB,
    "https://gitlab.com/ana/kit#readme": LAB,
    "<https://gitlab.com/ana/kit>": LAB,
    " https://gitlab.com/ana/kit\n": LAB,
    "gitlab.com/ana/kit": LAB,
    "//gitlab.com/ana/kit": LAB,
    "https://gitlab.com:443/ana/kit": LAB,
    "https://ana:secret@gitlab.com/ana/kit": LAB,
    "https://gitlab.com/ana%2Fkit": LAB,
    "https://gitlab.com//ana//kit": LAB,
    "git@gitlab.com:ana/kit.git": LAB,
    "git+ssh://git@gitlab.com/ana/kit.git": LAB,
    "ssh://git@gitlab.com:22/ana/kit.git": LAB,
    "ssh://git@altssh.gitlab.com:443/ana/kit.git": LAB,
    "git+https://gitlab.com/ana/kit.git@main#egg=kit": LAB,
    "git+https://gitlab.com/ana/kit@1.0": LAB,
    "git://gitlab.com/ana/kit.git": LAB,
    "scm:git:git@gitlab.com:ana/kit.git": LAB,
    # GitLab: pages of a project, today's and former ones
    "https://gitlab.com/ana/kit/-/issues": LAB,
    "https://gitlab.com/ana/kit/-/issues/12": LAB,
    "https://gitlab.com/ana/kit/-/tree/main/src": LAB,
    "https://gitlab.com/ana/kit/-/blob/main/CHANGES.md?plain=1#L3": LAB,
    "https://gitlab.com/ana/kit/-/raw/main/logo.png": LAB,
    "https://gitlab.com/ana/kit/-/merge_requests?state=opened": LAB,
    "https://gitlab.com/ana/kit/-/archive/1.0/kit-1.0.tar.gz": LAB,
    "https://gitlab.com/ana/kit/-/releases": LAB,
    "https://gitlab.com/ana/kit/badges/main/pipeline.svg": LAB,
    "https://gitlab.com/ana/kit/badges/main/coverage.svg?job=test": LAB,
    "https://gitlab.com/ana/kit/issues": LAB,
    "https://gitlab.com/ana/kit/tree/master": LAB,
    "https://gitlab.com/ana/kit/blob/master/README.rst": LAB,
    "https://gitlab.com/ana/kit/raw/master/logo.png": LAB,
    "https://gitlab.com/ana/kit/wikis/home": LAB,
    "https://gitlab.com/ana/kit/commits/master": LAB,
    "https://gitlab.com/ana/kit/merge_requests": LAB,
    "https://gitlab.com/ana/kit/tags": LAB,
    "https://gitlab.com/api/v4/projects/ana%2Fkit": LAB,
    "https://gitlab.com/api/v4/projects/ana%2Fkit/releases": LAB,
    # GitLab: groups of any depth
    "https://gitlab.com/band/tools/web/kit": DEEP,
    "https://gitlab.com/band/tools/web/kit.git": DEEP,
    "git@gitlab.com:band/tools/web/kit.git": DEEP,
    "https://gitlab.com/Band/Tools/Web/Kit/-/issues": DEEP,
    "https://gitlab.com/band/tools/web/kit/issues": DEEP,
    "https://gitlab.com/band/tools/web/kit/-/tree/main/band/tools": DEEP,
    "https://gitlab.com/api/v4/projects/band%2Ftools%2Fweb%2Fkit": DEEP,
    f"https://gitlab.com/{'/'.join('abcdefghij')}": f"gitlab.com/{'/'.join('abcdefghij')}",
    "https://gitlab.com/ana_b/kit.web-2": "gitlab.com/ana_b/kit.web-2",
    "https://gitlab.com/ana.b/_kit": "gitlab.com/ana.b/_kit",
    # GitLab: an instance of one's own
    "https://git.example.org/ana/kit": OWN,
    "git@git.example.org:ana/kit.git": OWN,
    "ssh://git@git.example.org:2222/ana/kit.git": OWN,
    "https://git.example.org:8443/ana/kit": OWN,
    # GitLab: no project
    "https://gitlab.com": Missing.MALFORMED,
    "https://gitlab.com/ana": Missing.MALFORMED,
    "https://gitlab.com/groups/band": Missing.MALFORMED,
    "https://gitlab.com/groups/band/-/issues": Missing.MALFORMED,
    "https://gitlab.com/users/sign_in": Missing.MALFORMED,
    "https://gitlab.com/explore/projects": Missing.MALFORMED,
    "https://gitlab.com/api/v4/projects/1234": Missing.MALFORMED,
    "https://gitlab.com/ana/-/kit": Missing.MALFORMED,
    "https://gitlab.com/ana/tree/main": Missing.MALFORMED,
    "https://gitlab.com/-/snippets/12": Missing.MALFORMED,
    "https://gitlab.com/ana/kit.atom": Missing.MALFORMED,
    "https://gitlab.com/ana/ki t": Missing.MALFORMED,
    "https://gitlab.com/ana/..": Missing.MALFORMED,
    "https://gitlab.com/a\u212a/kit": Missing.MALFORMED,
    f"https://gitlab.com/{'/'.join('x' * 30)}": Missing.MALFORMED,
    "https://gitlab.com/your-name/your-project": Missing.EXAMPLE,
    "https://gitlab.com/<group>/<project>": Missing.EXAMPLE,
    # Forgejo and Gitea
    "https://codeberg.org/ana/kit": BERG,
    "http://www.codeberg.org/Ana/Kit/": BERG,
    "https://codeberg.org/ana/kit.git": BERG,
    "git@codeberg.org:ana/kit.git": BERG,
    "ssh://git@codeberg.org/ana/kit.git": BERG,
    "git+https://codeberg.org/ana/kit@main": BERG,
    "codeberg.org/ana/kit,": BERG,
    "https://codeberg.org/ana/kit/issues": BERG,
    "https://codeberg.org/ana/kit/issues/3": BERG,
    "https://codeberg.org/ana/kit/pulls": BERG,
    "https://codeberg.org/ana/kit/src/branch/main/docs": BERG,
    "https://codeberg.org/ana/kit/src/tag/1.0/CHANGES.md#1-0": BERG,
    "https://codeberg.org/ana/kit/raw/branch/main/logo.png": BERG,
    "https://codeberg.org/ana/kit/releases": BERG,
    "https://codeberg.org/ana/kit/archive/1.0.tar.gz": BERG,
    "https://codeberg.org/ana/kit/wiki": BERG,
    "https://codeberg.org/ana/kit?tab=x": BERG,
    "https://codeberg.org/ana/kit/badges/workflows/test.yml/badge.svg": BERG,
    "https://codeberg.org/api/v1/repos/ana/kit": BERG,
    "https://codeberg.org/api/v1/repos/ana/kit/issues": BERG,
    "https://codeberg.org": Missing.MALFORMED,
    "https://codeberg.org/ana": Missing.MALFORMED,
    "https://codeberg.org/explore/repos": Missing.MALFORMED,
    "https://codeberg.org/admin/users": Missing.MALFORMED,
    "https://codeberg.org/repo/create": Missing.MALFORMED,
    "https://codeberg.org/org/band": Missing.MALFORMED,
    "https://codeberg.org/ana/-/packages": Missing.MALFORMED,
    "https://codeberg.org/ana/kit.rss": Missing.MALFORMED,
    "https://codeberg.org/user/repo": Missing.EXAMPLE,
    "https://codeberg.org/username/repo": Missing.EXAMPLE,
    # GitHub stays what it is, and its rules are its own
    "https://github.com/ana/kit/issues": HUB,
    "git@github.com:ana/kit.git": HUB,
    "https://raw.githubusercontent.com/ana/kit/main/logo.png": HUB,
    "https://api.github.com/repos/ana/kit": HUB,
    "https://github.com/groups/kit": "github.com/groups/kit",
    "https://github.com/topics/kit": Missing.MALFORMED,
    # Hosts that nobody named
    "https://gitlab.example.net/ana/kit": Missing.ANOTHER_HOST,
    "https://bitbucket.org/ana/kit": Missing.ANOTHER_HOST,
    "https://gitlab.com.evil.example/ana/kit": Missing.ANOTHER_HOST,
    "https://gitlab.com@evil.example/ana/kit": Missing.ANOTHER_HOST,
    "https://evil.example/gitlab.com/ana/kit": Missing.ANOTHER_HOST,
    "https://evil.example:codeberg.org/ana/kit": Missing.ANOTHER_HOST,
    "some.body:secret@evil.example/ana/kit": Missing.ANOTHER_HOST,
    "https://ana.gitlab.io/kit": Missing.ANOTHER_HOST,
    "https://ana.codeberg.page/kit": Missing.ANOTHER_HOST,
}


@pytest.mark.parametrize(("url", "expected"), URLS.items(), ids=repr)
def test_an_address_in_any_form_names_its_repository_or_none(url: str, expected: str) -> None:
    found = locate(url, FORGES).found
    assert found == expected if isinstance(expected, Missing) else str(found) == expected


def test_a_page_leads_back_to_its_repository() -> None:
    repository = Repository("gitlab.com", "band/tools/kit")
    assert (repository.owner, repository.name) == ("band", "kit")
    assert locate(repository.url, FORGES).found == repository


@settings(max_examples=60)
@given(st.text())
def test_whatever_is_written_there_is_read_without_failing(text: str) -> None:
    for host in FORGES:
        for url in (text, f"https://{host}/{text}", f"git@{host}:{text}"):
            found = locate(url, FORGES).found
            # What it names can be written down and read again.
            assert isinstance(found, Missing) or locate(found.url, FORGES).found == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.com/ana/kit", HUB),
        ("GitHub.com/Ana/Kit", HUB),
        ("gitlab.com/band/tools/web/kit", DEEP),
        ("github.com/ana/kit/issues", None),
        ("github.com/pypa/sampleproject", None),
        ("github.com/topics/kit", None),
        ("github.com/ana", None),
        ("evil.example/ana/kit", None),
        ("ana/kit", None),
        ("github.com/ana/kit\nevil", None),
        ("", None),
    ],
)
def test_a_publisher_is_checked_like_any_address(text: str, expected: str | None) -> None:
    found = parse_repository(text, FORGES)
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://pypi.org/project/kit/", True),
        ("http://pypi.python.org/pypi/kit", True),
        ("https://test.pypi.org/project/kit", True),
        ("http://cheeseshop.python.org/pypi/kit", True),
        ("http://www.python.org/pypi/kit", True),
        ("https://files.pythonhosted.org/packages/kit.tar.gz", True),
        ("https://www.python.org/", False),
        ("https://pypi.org.example/project/kit", False),
        ("https://kit.example/pypi/kit", False),
    ],
)
def test_pypis_own_pages_are_known_as_such(url: str, expected: bool) -> None:
    assert is_pypi(url) is expected


def test_what_is_remembered_of_a_forge_is_kept_by_its_host_wherever_it_is_asked() -> None:
    asked_there = Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="https://gitlab.com")
    asked_elsewhere, beside_it = (
        Forge(kind=ForgeKind.GITLAB, host=host, url="http://127.0.0.1:9000")
        for host in ("gitlab.com", "gitlab.example.org")
    )
    assert asked_there.origin == "https://gitlab.com"
    assert len({forge.origin for forge in (asked_there, asked_elsewhere, beside_it)}) == 3
