"""Where the links and images of a README lead outside of its repository."""

import re

import msgspec

from pyf.aggregator.metadata.model import Repository
from pyf.aggregator.metadata.repositories.forges import ForgeKind
from pyf.aggregator.metadata.urls import MAX_URL_LENGTH, clean_url

_MAIL = "mailto:"
_WEB = ("http://", "https://")

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\n\r]")
"""Browsers take these out of an address before they read it (https://url.spec.whatwg.org/#url-parsing)."""
_UNSAFE = re.compile('[\x00-\x20\x7f-\xa0"<>`{|}]')


class FileAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where the files of a repository are: ``pages`` show one, ``raw`` is what an image comes from.

    Both name the newest state of the default branch and no slash at their end.
    """

    pages: str
    raw: str


def find_file_addresses(repository: Repository, kind: ForgeKind) -> FileAddresses:
    """Return where a forge shows the files of a repository.

    ``HEAD`` stands for the default branch on all of them, whatever that is called.
    """
    place = f"https://{repository.host}/{repository.path}"
    if kind is ForgeKind.GITHUB:
        raw = f"https://raw.githubusercontent.com/{repository.path}/HEAD"
        return FileAddresses(pages=f"{place}/blob/HEAD", raw=raw)
    if kind is ForgeKind.GITLAB:
        return FileAddresses(pages=f"{place}/-/blob/HEAD", raw=f"{place}/-/raw/HEAD")
    return FileAddresses(pages=f"{place}/src/HEAD", raw=f"{place}/raw/HEAD")


def resolve_link(address: str, files: FileAddresses | None) -> str | None:
    """Return where a link leads, or ``None`` where it leads nowhere or hides where."""
    if address.lower().startswith(_MAIL):
        return clean_url(address)
    return _resolve(address, files.pages if files else None)


def resolve_image(address: str, files: FileAddresses | None) -> str | None:
    """Return where an image is to be had from, or ``None`` where it is nowhere."""
    return _resolve(address, files.raw if files else None)


def _resolve(address: str, base: str | None) -> str | None:
    # Browsers take a backslash for a slash, so `\\host` and `/\host` are other hosts.
    path, mark, rest = _split(_IGNORED.sub("", address.strip()))
    cleaned = path + mark + rest
    if not cleaned or cleaned.startswith("//") or len(cleaned) > MAX_URL_LENGTH:
        return None
    if _SCHEME.match(cleaned):
        return _find_web_address(cleaned)
    if base is None or not path:
        return None
    inside = _normalize_path(path)
    return f"{base}/{_quote(inside + mark + rest)}" if inside else None


def _split(address: str) -> tuple[str, str, str]:
    """Return the path, the mark that ends it (``?`` or ``#``), and the rest."""
    end = min((found for mark in "?#" if (found := address.find(mark)) >= 0), default=len(address))
    return address[:end].replace("\\", "/"), address[end : end + 1], address[end + 1 :]


def _find_web_address(address: str) -> str | None:
    """Return an address by the rule for every URL, once what is sloppy in it is quoted."""
    link = clean_url(_quote(address))
    return link if link and link.startswith(_WEB) else None


def _normalize_path(path: str) -> str:
    """Return a path that stays inside the repository whatever steps up it takes."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment.lower().replace("%2e", ".") == "..":
            kept = kept[:-1]
        elif segment.replace("%2e", ".").replace("%2E", ".") not in {"", "."}:
            kept.append(segment)
    return "/".join(kept)


def _quote(address: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)
