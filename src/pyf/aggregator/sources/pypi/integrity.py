"""Who published a file: PyPI's integrity API (PEP 740). Pure but for the address it builds.

Shape: https://docs.pypi.org/api/integrity/. What it says of a file never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.repositories.attested import name_attested
from pyf.aggregator.metadata.texts import clean_line
from pyf.aggregator.sources.parsing import at_door, decode_json
from pyf.aggregator.sources.pypi.project_page import IndexFile

INTEGRITY_JSON = "application/vnd.pypi.integrity.v1+json"
MAX_PROVENANCE_BYTES = 20_000_000
"""A bundle holds a certificate and a proof of some kilobytes."""

_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """An identity that PyPI checked at the upload: ``kind`` is PyPI's word for where it works.

    ``repository`` is what it says there, unchecked.
    """

    kind: str
    repository: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The publishers of all the bundles of a file."""

    publishers: tuple[Publisher, ...]

    @property
    def repositories(self) -> tuple[str, ...]:
        """The repositories that they published from, such as ``github.com/plone/plone.api``, each once."""
        named = (name_attested(p.kind, p.repository) for p in self.publishers if p.repository)
        return tuple(sorted({repository for repository in named if repository}))


class _ProvenanceWire(msgspec.Struct, frozen=True):
    attestation_bundles: list[Any]


def build_provenance_url(pypi_url: str, name: NormalizedName, file: IndexFile) -> str:
    """Return the address of a file's provenance on the PyPI that we ask, whatever its page calls it.

    ``file`` is one whose name tells its release.
    """
    parts = (name, file.version or "", file.filename)
    return f"{pypi_url}/integrity/{'/'.join(quote(part, safe='') for part in parts)}/provenance"


def parse_provenance(body: bytes, url: str) -> Provenance:
    """Read what attests a file; raises :class:`~pyf.aggregator.errors.sources.MalformedResponse`.

    A bundle whose publisher cannot be read is left out; if none can be, the answer is none.
    """
    with at_door(url):
        bundles = decode_json(body, _ProvenanceWire).attestation_bundles
        publishers = [found for bundle in bundles if (found := _read_publisher(bundle))]
        if bundles and not publishers:
            raise MalformedResponse(url, "it names no publisher")
        return Provenance(publishers=tuple(dict.fromkeys(publishers)))


def _read_publisher(bundle: object) -> Publisher | None:
    publisher: object = bundle.get("publisher") if isinstance(bundle, Mapping) else None
    if not isinstance(publisher, Mapping):
        return None
    kind, repository = clean_line(publisher.get("kind")), clean_line(publisher.get("repository"))
    if kind is None or len(kind) > _LONGEST:
        return None
    told = repository is not None and len(repository) <= _LONGEST
    return Publisher(kind=kind, repository=repository if told else None)
