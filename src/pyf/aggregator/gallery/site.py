"""The site: which profiles the gallery shows, and under which address and title. Fixed at the start."""

from dataclasses import dataclass
from functools import cached_property

from pyf.aggregator.gallery.addresses import Addresses
from pyf.aggregator.gallery.footer import FooterPart
from pyf.aggregator.metadata.profile import Profile

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
    own_style: str | None = None
    """The path of a style sheet of the operator's own, where there is one."""

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of all pages."""
        return Addresses(self.base_url)

    def find_profile(self, key: str) -> Profile | None:
        """Return the profile with that key, if the gallery shows it."""
        return next((profile for profile in self.profiles if profile.key == key), None)
