"""The forges that are asked: which host speaks which language, and where its API stands. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from pyf.aggregator.metadata.model import GITHUB_HOST


class ForgeKind(StrEnum):
    """What software a forge is; Gitea answers as Forgejo does, which began as a copy of it."""

    GITHUB = "github"
    GITLAB = "gitlab"
    FORGEJO = "forgejo"


type Forges = Mapping[str, ForgeKind]
"""The hosts whose repositories are known as such, in lower case and without ``www.``, with their kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """One instance: ``host`` is what stands in the URLs of its repositories, ``url`` where it is asked."""

    kind: ForgeKind
    host: str
    url: str

    @property
    def origin(self) -> str:
        """What is remembered of its repositories is kept by this: two hosts may be asked at one address."""
        return self.url if self.url == f"https://{self.host}" else f"{self.url} {self.host}"


GITHUB_ALONE: Forges = MappingProxyType({GITHUB_HOST: ForgeKind.GITHUB})


def map_forges(instances: Iterable[Forge]) -> Forges:
    """Return the hosts of these instances and GitHub's, which is always one."""
    return MappingProxyType({**{forge.host: forge.kind for forge in instances}, **GITHUB_ALONE})


def name_forge(host: str) -> str:
    """Return what a forge is called in a sentence."""
    return "GitHub" if host == GITHUB_HOST else host
