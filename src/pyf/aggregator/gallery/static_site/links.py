"""The links of a site: each that stays within it leads to a file, and each fragment to an element."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyf.aggregator.gallery.static_site.writer import find_file
from pyf.aggregator.metadata.readme.safe_html import PREFIX

_LINK = re.compile(r'<[a-z][^<>]*?\s(?:href|src|action)="([^"]*)"')
_ID = re.compile(r'<[a-z][^<>]*?\sid="([^"]*)"')
_DATA = re.compile(r"<script type=\"application/ld\+json\">.*?</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link that leads nowhere, and the file it stands in."""

    file: str
    link: str


def find_broken_links(
    folder: Path, files: Iterable[str], *, base_url: str, searches: Iterable[str] = ()
) -> list[BrokenLink]:
    """Return the links of the pages among ``files`` that lead nowhere within the site.

    ``base_url`` is where the folder is served. A link with a query leads to the page without it, if that is
    one of the ``searches``: a page whose script reads its address.
    """
    known, searching = set(files), set(searches)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base_url))
    prefix = urlsplit(base_url).path.rstrip("/")
    ids: dict[str, set[str]] = {}
    fragments: list[tuple[str, str, str, str]] = []
    broken = []
    for file in sorted(name for name in known if name.endswith(".html")):
        text = _DATA.sub("", (folder / file).read_text(encoding="utf-8"))
        ids[file] = {unescape(found) for found in _ID.findall(text)}
        for link in sorted({unescape(found) for found in _LINK.findall(text)}):
            within = link.removeprefix(origin) if link.startswith(f"{origin}{prefix}/") else link
            if within.startswith(f"#{PREFIX}"):
                # What a README says of itself is its own affair.
                continue
            if within.startswith("#"):
                fragments.append((file, link, file, within[1:]))
            elif within.startswith("/") and not within.startswith("//"):
                target = _find_target(within, prefix, searching)
                if target is None or target not in known:
                    broken.append(BrokenLink(file, link))
                elif fragment := urlsplit(within).fragment:
                    fragments.append((file, link, target, fragment))
    broken += [
        BrokenLink(file, link)
        for file, link, target, fragment in fragments
        if unquote(fragment) not in ids.get(target, ())
    ]
    return broken


def _find_target(link: str, prefix: str, searching: set[str]) -> str | None:
    """Return the file that a path leads to; ``None`` for one outside of the site or a query of no search."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    if prefix and not path.startswith(f"{prefix}/"):
        return None
    if parts.query and parts.path not in searching:
        return None
    try:
        return find_file(path.removeprefix(prefix))
    except ValueError:
        return None
