"""What an entry of PyPI's feeds is called where it is remembered. Pure."""

from pyf.aggregator.metadata.model import NormalizedName


def name_entry(project: NormalizedName, version: str | None) -> str:
    """Return ``project:version`` for a release, ``project:`` for a new project.

    Neither part can hold a colon (PEP 508, PEP 440), so no two entries share a name.
    """
    return f"{project}:{version or ''}"
