"""The addresses of the gallery: every path is made here, and nowhere else. Pure.

A page's path ends with a slash. Its other representations have the same path with a suffix in place of that
slash: ``/plone/new/`` is ``/plone/new.atom`` for a feed reader. Normalized names (PEP 503) have no dots, so a
suffix is never part of one.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlsplit

API = "/api/v1"


@dataclass(frozen=True)
class Addresses:
    """Paths below ``base_url``, an address without a slash at its end; ``absolute`` makes URLs of them."""

    base_url: str

    @cached_property
    def prefix(self) -> str:
        """The path of the base URL, which all paths begin with: empty, or ``/catalogue``."""
        return urlsplit(self.base_url).path.rstrip("/")

    def absolute(self, path: str) -> str:
        """Return the URL of one of our paths."""
        return self.base_url.removesuffix(self.prefix) + path if self.prefix else self.base_url + path

    def front(self) -> str:
        """Return the path of the list of profiles."""
        return f"{self.prefix}/"

    def profile(self, profile: str) -> str:
        """Return the path of a profile's search page."""
        return f"{self.prefix}/{quote(profile)}/"

    def search(self, profile: str, query: str = "") -> str:
        """Return the path of a search; ``query`` is a whole query string, or empty."""
        return self.profile(profile) + (f"?{query}" if query else "")

    def package(self, profile: str, name: str) -> str:
        """Return the path of a package, by its normalized name."""
        return f"{self.profile(profile)}packages/{quote(name, safe='')}/"

    def checks(self, profile: str, name: str) -> str:
        """Return the path of the maintainer's page of a package."""
        return f"{self.package(profile, name)}checks/"

    def releases_of(self, profile: str, name: str) -> str:
        """Return the path whose suffixed forms list a package's releases."""
        return f"{self.package(profile, name)}releases/"

    def changes_of(self, profile: str, name: str) -> str:
        """Return the path of what changed about a package."""
        return f"{self.package(profile, name)}changes/"

    def badge(self, profile: str, name: str, kind: str, suffix: str) -> str:
        """Return the path of a badge: ``works-with``, ``quality`` or ``life``; ``suffix`` is svg or json."""
        return f"{self.package(profile, name)}badge/{kind}.{suffix}"

    def ready(self, profile: str, cycle: str | None = None) -> str:
        """Return the path of the readiness of a profile, or for one cycle such as ``6.2``."""
        path = f"{self.profile(profile)}ready/"
        return path if cycle is None else f"{path}{quote(cycle, safe='')}/"

    def person(self, profile: str, name: str) -> str:
        """Return the path of an owner's or an organization's packages."""
        return f"{self.profile(profile)}people/{quote(name, safe='')}/"

    def topic(self, profile: str, key: str) -> str:
        """Return the path of a topic."""
        return f"{self.profile(profile)}for/{quote(key, safe='')}/"

    def listing(self, profile: str, name: str) -> str:
        """Return the path of one of the lists: ``new``, ``releases``, ``rising``, ``changes``, ``about``."""
        return f"{self.profile(profile)}{quote(name)}/"

    def names(self, profile: str, page: int = 1) -> str:
        """Return the path of a page of all names."""
        path = self.listing(profile, "all")
        return path if page == 1 else f"{path}{page}/"

    def map(self, profile: str, number: int) -> str:
        """Return the path of a profile's map of the site; there may be several."""
        return f"{self.profile(profile)}sitemap-{number}.xml"

    def api(self, path: str = "/") -> str:
        """Return a path of the API."""
        return f"{self.prefix}{API}{path}"

    def other(self, page: str, suffix: str) -> str:
        """Return another representation of a page: its path with a suffix for the last slash."""
        path, mark, query = page.partition("?")
        return f"{path.removesuffix('/')}.{suffix}{mark}{query}"
