"""GitHub's own words: what is asked for, its errors, licences and pages. Pure."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.metadata.urls import clean_url
from pyf.aggregator.sources.forges.outcomes import LONGEST_REASON

_UNLICENSED = frozenset({None, "", "NOASSERTION"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A repository to ask for: by its node id where that is known, which survives renames, else by name."""

    slug: Slug
    node_id: str | None = None
    etag: str | None = None


class _Refusal(msgspec.Struct):
    message: str = ""


def read_message(body: bytes) -> str:
    """Return the sentence of an error's body, empty where it has none."""
    # Whatever else a proxy sends is no sentence of GitHub's.
    with suppress(Exception):
        return clean_foreign(msgspec.json.decode(body, type=_Refusal).message, longest=LONGEST_REASON)
    return ""


def clean_license(spdx_id: str | None) -> str | None:
    """Return an SPDX id; GitHub's word for a licence that it does not recognise says nothing."""
    return None if spdx_id in _UNLICENSED else spdx_id


def find_page(url: str, full_name: str, api_url: str) -> str | None:
    """Return the page of a repository, ``None`` where an answer gives another address for it.

    It is on github.com (which a stand-in or a cache before it repeats), or on the API's own host: for
    ``api.example.ghe.com`` that is ``example.ghe.com``, for a GitHub Enterprise Server the host itself.
    """
    page = clean_url(url)
    if page is None:
        return None
    parts = urlsplit(page)
    own = (urlsplit(api_url).hostname or "").removeprefix("api.")
    hosted = parts.hostname == own != "github.com"
    placed = hosted or (parts.scheme, parts.netloc.lower()) == ("https", "github.com")
    itself = parts.path.strip("/").casefold() == full_name.casefold()
    return page if placed and itself and not parts.query and not parts.fragment else None
