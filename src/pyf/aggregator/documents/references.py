"""References to documents that may be kept or sent elsewhere. Pure."""

from dataclasses import dataclass
from typing import Self

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.repositories.choice import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRef:
    """A document by the name that its collection has for clients, ``target``, and by its own id."""

    target: str
    name: NormalizedName

    def encode(self) -> str:
        """Return it as text, ``target/name``: no collection's name has a slash."""
        return f"{self.target}/{self.name}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """Read what :meth:`encode` wrote, ``None`` for anything else."""
        target, _, name = text.partition("/")
        return cls(target=target, name=NormalizedName(name)) if target and name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A document that shows a repository, and why that counts as its project's own."""

    document: DocumentRef
    evidence: Evidence

    def encode(self) -> str:
        """Return it as text: ``evidence target/name``."""
        return f"{self.evidence.value} {self.document.encode()}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """Read what :meth:`encode` wrote, ``None`` for anything else."""
        evidence, _, reference = text.partition(" ")
        document = DocumentRef.decode(reference)
        if document is None or evidence not in set(Evidence):
            return None
        return cls(document=document, evidence=Evidence(evidence))
