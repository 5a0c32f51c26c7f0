"""Documents as a run builds them, without the processes that render READMEs."""

from collections.abc import Iterable, Mapping
from typing import Any

from pyf.aggregator.documents.project import build_document
from pyf.aggregator.metadata.model import Project
from pyf.aggregator.metadata.readme.render import render


def build_whole_document(
    project: Project,
    known: Mapping[str, tuple[str, ...]] | None = None,
    *,
    selected: Iterable[str] = ("Framework",),
) -> dict[str, Any]:
    """Render the README of a project here and build its document, by default that of all frameworks."""
    description = render(project.description, project.description_content_type)
    return build_document(project, known or {}, description, selected=selected)
