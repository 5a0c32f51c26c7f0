"""What a source of facts reads of documents, which fields are its own, and what to change in them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pyf.aggregator.documents.import_lines import ImportLine
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.model import NormalizedName


class SourceInput(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a document that a source reads; each source adds those that it needs."""

    id: NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedFields:
    """The fields that ``source`` fills and nobody else: declared ones, and others for display alone.

    ``continued`` are those among them that go on from what a document says: they are read and written for
    documents of which something else is written, and for no others.
    """

    source: str
    schema: tuple[Field, ...]
    display: tuple[str, ...] = ()
    continued: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, declared or not."""
        return (*(field.name for field in self.schema), *self.display)

    @property
    def compared(self) -> tuple[str, ...]:
        """Those whose difference is a reason to write a document."""
        return tuple(name for name in self.names if name not in self.continued)


class CarriedFields(Mapping[str, object]):
    """What a document says in some fields, as JSON until somebody looks.

    Every document of a collection is held while a source is asked, and most fields are looked at once: an
    assessment of fifteen thousand packages is 64 MB as texts, and 218 MB as objects.
    """

    __slots__ = ("_said",)

    def __init__(self, said: Mapping[str, bytes]) -> None:
        self._said = said

    def __getitem__(self, field: str) -> object:
        return msgspec.json.decode(self._said[field])

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


def read_document[D: SourceInput](text: str, reads: type[D], owned: Sequence[str]) -> tuple[D, CarriedFields]:
    """Read one exported document: what the source reads, and what it has said there before.

    Raises :class:`msgspec.MsgspecError` for a text that is no such document. What stands in the source's own
    fields may be of any type: it is replaced where it is not what the source says.
    """
    document = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    said = {field: bytes(document[field]) for field in owned if field in document}
    carried = CarriedFields({field: value for field, value in said.items() if value != b"null"})
    return msgspec.json.decode(text, type=reads), carried


def find_changes(carried: Mapping[str, object], wanted: Mapping[str, object]) -> Document:
    """Return what to write so that a document says what is wanted; ``None`` takes a field away."""
    changed = {field: value for field, value in wanted.items() if carried.get(field) != value}
    return {**changed, **dict.fromkeys(carried.keys() - wanted.keys())}


def encode_changes(name: NormalizedName, changes: Mapping[str, object]) -> ImportLine:
    """Encode changes as one line for ``documents/import?action=update``, which merges."""
    return ImportLine(name=name, body=msgspec.json.encode({"id": name, **changes}))
