"""The site: which profiles the gallery shows, and under which address and title. Fixed at the start."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from pyf.aggregator.gallery.addresses import Addresses
from pyf.aggregator.gallery.footer import FooterPart
from pyf.aggregator.metadata.profile import Profile

OWN_STYLE = "own.css"
DEFAULT_TITLE = "Package gallery"


@dataclass(frozen=True, kw_only=True)
class Site:
    """What all pages have in common.

    ``base_url`` is where visitors find the gallery, without a slash at its end, such as
    ``https://example.org/catalogue``. ``footer`` is the operator's line, in parts.
    """

    base_url: str
    profiles: tuple[Profile, ...]
    title: str = DEFAULT_TITLE
    footer: tuple[FooterPart, ...] = ()
    own_style: bytes | None = None
    """A style sheet of the operator's own, which comes after ours."""
    static: bool = False
    """Whether the pages are files: then nobody answers to a query, and search is the visitor's browser's."""

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of all pages."""
        return Addresses(self.base_url)

    @cached_property
    def own_style_path(self) -> str | None:
        """The path of that style sheet, which changes with its content."""
        if self.own_style is None:
            return None
        digest = blake2b(self.own_style, digest_size=6).hexdigest()
        return f"{self.addresses.prefix}/static/{digest}/{OWN_STYLE}"
