"""A stand-in for Forgejo and Gitea on loopback: repositories by owner and name."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from tests.servers.forge import ForgeServer, Project

_REPOSITORIES = "/api/v1/repos/"


@dataclass(kw_only=True)
class ForgejoServer(ForgeServer):
    """Forgejo as its ``yard`` is: what is private is not there, a former name is redirected to today's."""

    host: str = "codeberg.org"

    def answer_path(self, request: web.Request, path: str) -> web.Response:
        """Answer ``GET /api/v1/repos/<owner>/<name>``."""
        named = path.removeprefix(_REPOSITORIES)
        if request.method != "GET" or named == path or named.count("/") != 1:
            return self.refuse("The target couldn't be found.")
        found = self.yard.find(named)
        self.asked[named.lower()] += 1
        if found is None or found.private:
            return self.refuse("The target couldn't be found.")
        if found.path.lower() != named.lower():
            return self.move(f"{_REPOSITORIES}{found.path}", status=307)
        return self.give(request, self._build(found))

    def _build(self, project: Project) -> Mapping[str, object]:
        return {
            "id": project.number,
            "name": project.path.rpartition("/")[2],
            "full_name": project.path,
            "private": False,
            "internal": False,
            "empty": False,
            "mirror": False,
            "html_url": f"https://{self.host}/{project.path}",
            "stars_count": project.stars,
            "watchers_count": project.watchers,
            "forks_count": project.forks,
            "has_issues": project.has_issues,
            "open_issues_count": project.issues,
            "open_pr_counter": project.pull_requests,
            "archived": project.archived,
            "archived_at": "1970-01-01T01:00:00+01:00",
            "updated_at": project.active,
            "topics": list(project.topics),
            "licenses": list(project.licenses),
            **project.given,
        }
