"""The kinds of values whose settings come later, or that need more rows than their settings' tests have."""

import pytest

from pyf.aggregator.config.setting_values import DEFAULT_FORGES, FORGES, read_forges
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind, map_forges

LAB = Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="https://gitlab.com")
BERG = Forge(kind=ForgeKind.FORGEJO, host="codeberg.org", url="https://codeberg.org")
OWN = Forge(kind=ForgeKind.GITLAB, host="gitlab.example.org", url="https://gitlab.example.org")


@pytest.mark.parametrize(
    ("text", "forges"),
    [
        (DEFAULT_FORGES, (LAB, BERG)),
        ("gitlab:gitlab.example.org, forgejo:codeberg.org", (OWN, BERG)),
        (" gitlab:gitlab.com ,, forgejo:codeberg.org, ", (LAB, BERG)),
        ("GitLab:GitLab.com", (LAB,)),
        ("gitlab: www.gitlab.com.", (LAB,)),
        ("gitea:codeberg.org", (BERG,)),
        (
            "gitlab:gitlab.com=http://127.0.0.1:9000",
            (Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="http://127.0.0.1:9000"),),
        ),
        (
            "forgejo:git.example.org = https://intern.example.org/git/ , gitlab:gitlab.com",
            (
                Forge(kind=ForgeKind.FORGEJO, host="git.example.org", url="https://intern.example.org/git"),
                LAB,
            ),
        ),
        ("", ()),
        ("  ", ()),
    ],
)
def test_forges_are_named_by_kind_and_host_and_an_address_of_their_own(
    text: str, forges: tuple[Forge, ...]
) -> None:
    assert read_forges(text) == forges
    assert FORGES.read(text) == forges


@pytest.mark.parametrize(
    "text",
    [
        "gitlab.com",
        "gitlab:",
        "gitlab:localhost",
        ":gitlab.com",
        "sourcehut:git.sr.ht",
        "github:github.example.org",
        "gitlab:github.com",
        "gitlab:https://gitlab.com",
        "gitlab:gitlab.com/band",
        "gitlab:gitlab.com:8443",
        "gitlab:gitlab.com=",
        "gitlab:gitlab.com=gitlab.example",
        "gitlab:gitlab.com=ftp://gitlab.example",
        "gitlab:gitlab.com=https://ana:secret@gitlab.example",
        "gitlab:gitlab.com=https://gitlab.example?x=1",
        "gitlab:gitlab.com, forgejo:gitlab.com",
        "gitlab:gitlab.com, gitlab:www.gitlab.com",
        "gitlab:git lab.com",
        ",",
    ],
)
def test_what_names_no_forge_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - load_settings says what was expected
        FORGES.read(text)


def test_github_is_always_among_the_hosts() -> None:
    assert map_forges([LAB, BERG]) == {
        "github.com": ForgeKind.GITHUB,
        "gitlab.com": ForgeKind.GITLAB,
        "codeberg.org": ForgeKind.FORGEJO,
    }
    assert map_forges([]) == {"github.com": ForgeKind.GITHUB}
