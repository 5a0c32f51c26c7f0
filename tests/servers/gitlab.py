"""A stand-in for GitLab on loopback: projects by quoted path or by id."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from tests.servers.forge import ForgeServer, Project

_PROJECTS = "/api/v4/projects/"


@dataclass(kw_only=True)
class GitLabServer(ForgeServer):
    """GitLab as its ``yard`` is: what is private is not there, another path to it is redirected to its id."""

    host: str = "gitlab.com"

    def answer_path(self, request: web.Request, path: str) -> web.Response:
        """Answer ``GET /api/v4/projects/<quoted path or id>``."""
        named = path.removeprefix(_PROJECTS)
        if request.method != "GET" or named == path or "/" in named:
            # A path whose slashes are not quoted is another address.
            return self.refuse("404 Not Found")
        wanted = unquote(named)
        by_id = wanted.isdecimal()
        found = self.yard.find_by_number(int(wanted)) if by_id else self.yard.find(wanted)
        self.asked[wanted.lower()] += 1
        if found is None or found.private:
            return self.refuse("404 Project Not Found")
        if not by_id and found.path != wanted:
            # Another case is another path, and what the redirect leads to has no query.
            return self.move(f"{_PROJECTS}{found.number}")
        return self.give(request, self._build(found, licensed=request.query.get("license") == "true"))

    def _build(self, project: Project, *, licensed: bool) -> Mapping[str, object]:
        content: dict[str, object] = {
            "id": project.number,
            "name": project.path.rpartition("/")[2],
            "path_with_namespace": project.path,
            "web_url": f"https://{self.host}/{project.path}",
            "star_count": project.stars,
            "forks_count": project.forks,
            "last_activity_at": project.active,
            "archived": project.archived,
            "visibility": "public",
            "topics": list(project.topics),
        }
        if project.has_issues:
            content["open_issues_count"] = project.issues
        if licensed:
            key = project.licenses[0].lower() if project.licenses else None
            content["license"] = key and {"key": key, "name": f"{key} License"}
        return {**content, **project.given}
