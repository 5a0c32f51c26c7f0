"""GitLab: gitlab.com and instances of one's own.

Shape: https://docs.gitlab.com/api/projects/#get-a-single-project. Without a token ``open_issues_count`` is
missing where issues are switched off, and so is anything of a private project, which answers 404. A former
path, and one in another case, is redirected to the address by id, without the query
(https://gitlab.com/gitlab-org/gitlab/-/merge_requests/128642).
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


class _License(msgspec.Struct):
    key: str


class GitLab(RestForge):
    """One GitLab; a project that is known is asked for by its id, which survives renames and moves."""

    def build_url(self, asked: Asked) -> str:
        """Return the address of a project: by id, else by its path, whose slashes are quoted."""
        known = asked.node_id is not None and asked.node_id.isascii() and asked.node_id.isdigit()
        project = asked.node_id if known and asked.node_id else quote(asked.repository.path, safe="")
        return f"{self._forge.url}/api/v4/projects/{project}?license=true"

    def parse(self, body: bytes) -> Found | Unavailable:
        """Read a project; figures are required, whatever else is wrong is unknown."""
        fields = Fields(body)
        if (fields.find("visibility", str) or "public") != "public":
            # Internal ones are for whoever has an account.
            return Unavailable.PRIVATE
        full_name = fields.get("path_with_namespace", str)
        if not is_path(ForgeKind.GITLAB, full_name):
            raise msgspec.ValidationError(f"{full_name[:100]!r} is no path of a project")
        active = fields.get("last_activity_at", Moment)
        found = fields.find("license", _License)
        return Found(
            stats=RepositoryStats(
                node_id=str(fields.get("id", _Id)),
                full_name=full_name,
                url=find_page(fields.find("web_url", str) or "", full_name, self._forge),
                stars=fields.get("star_count", Number),
                watchers=None,
                forks=fields.get("forks_count", Number),
                open_issues=fields.find("open_issues_count", Number),
                open_pull_requests=None,
                updated=active,
                pushed=active,
                archived=fields.get("archived", bool),
                license=_read_license(found.key if found else ""),
                topics=tuple((fields.find("topics", list[str]) or [])[:MAX_TOPICS]),
                host=self._forge.host,
            )
        )


def _read_license(key: str) -> str | None:
    """Return the SPDX id for a key, which is one in lower case; ``other`` and what is none say nothing."""
    return next(iter(find_expression_ids(key)), None)
