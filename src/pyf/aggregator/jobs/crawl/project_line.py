"""A project's page → the line that is imported for it."""

import asyncio

from pyf.aggregator.documents.import_lines import ImportLine
from pyf.aggregator.documents.project import build_document, encode_document, hash_content
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.sources.pypi.project_json import ProjectPage, parse_project


async def build_line(
    page: ProjectPage, selection: Selection, resources: Resources, *, replaces: bool
) -> ImportLine:
    """Render the README of a project, build its document and encode it.

    ``selection`` is the collection's; the line ``replaces`` an older document, or not.

    Raises :class:`MalformedResponse` for a page that cannot be read, :class:`RendererUnavailable` where no
    README can be rendered.
    """
    project = await asyncio.to_thread(parse_project, page)
    description = await resources.renderer.render(project)
    known = resources.catalogue.load_releases([page.name]).get(page.name, {})

    def build() -> ImportLine:
        document = build_document(project, known, description, selected=selection.classifiers)
        content_hash = hash_content(document)
        body = encode_document(document, content_hash=content_hash, replaces=replaces)
        return ImportLine(name=page.name, body=body, content_hash=content_hash)

    # In a thread: thousands of releases take a tenth of a second to sort.
    return await asyncio.to_thread(build)
