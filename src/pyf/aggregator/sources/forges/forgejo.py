"""Forgejo, and Gitea, which answers alike: codeberg.org and instances of one's own.

Shape: https://codeberg.org/api/swagger, ``GET /repos/{owner}/{repo}``. Asking by id wants a token, so a
repository is asked for by name; a former name is redirected on the same host.
"""

from typing import Annotated
from urllib.parse import quote

import msgspec

from pyf.aggregator.metadata.model import RepositoryStats
from pyf.aggregator.metadata.repositories.forges import ForgeKind
from pyf.aggregator.metadata.repositories.grammars import is_path
from pyf.aggregator.metadata.spdx import find_expression_ids
from pyf.aggregator.sources.forges.outcomes import MAX_TOPICS, Asked, Found, Unavailable
from pyf.aggregator.sources.forges.rest import Fields, RestForge, find_page
from pyf.aggregator.sources.parsing import Moment, Number

_Id = Annotated[int, msgspec.Meta(gt=0, le=2**53 - 1)]


class Forgejo(RestForge):
    """One Forgejo or Gitea."""

    def build_url(self, asked: Asked) -> str:
        """Return the address of a repository."""
        return f"{self._forge.url}/api/v1/repos/{quote(asked.repository.path)}"

    def parse(self, body: bytes) -> Found | Unavailable:
        """Read a repository; figures are required, whatever else is wrong is unknown.

        Issues are counted without pull requests. Where issues are off, or kept by another tracker, their
        number is unknown, not 0.
        """
        fields = Fields(body)
        if fields.find("private", bool) or fields.find("internal", bool):
            return Unavailable.PRIVATE
        full_name = fields.get("full_name", str)
        if not is_path(ForgeKind.FORGEJO, full_name):
            raise msgspec.ValidationError(f"{full_name[:100]!r} is no name of a repository")
        updated = fields.get("updated_at", Moment)
        kept = fields.find("has_issues", bool) is not False and not fields.find("external_tracker", dict)
        return Found(
            stats=RepositoryStats(
                node_id=str(fields.get("id", _Id)),
                full_name=full_name,
                url=find_page(fields.find("html_url", str) or "", full_name, self._forge),
                stars=fields.get("stars_count", Number),
                watchers=fields.find("watchers_count", Number),
                forks=fields.get("forks_count", Number),
                open_issues=fields.find("open_issues_count", Number) if kept else None,
                open_pull_requests=fields.find("open_pr_counter", Number),
                updated=updated,
                pushed=updated,
                archived=fields.get("archived", bool),
                license=_read_license(fields.find("licenses", list[str]) or []),
                topics=tuple((fields.find("topics", list[str]) or [])[:MAX_TOPICS]),
                host=self._forge.host,
            )
        )


def _read_license(licenses: list[str]) -> str | None:
    """Return the only licence of a repository; of several nobody says how they go together."""
    ids = find_expression_ids(licenses[0]) if len(licenses) == 1 else ()
    return ids[0] if len(ids) == 1 else None
