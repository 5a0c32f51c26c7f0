"""How far a collection is with one cycle of its framework."""

from collections.abc import Iterable

from pyf.aggregator.assessment.readiness import Readiness, build_readiness
from pyf.aggregator.documents.assessment import ReadinessInput
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.typesense.server import SearchServer


async def check_readiness(target: str, cycle: str, search: SearchServer, *, spelling: str) -> Readiness:
    """Return the readiness of the collection or alias ``target`` for a cycle: ``6.2``, or ``Plone 6.2``.

    ``spelling`` is how an option names the target. Raises :class:`CollectionNotFound`, and
    :class:`UsageError` for a cycle that no package of it was judged for.
    """
    if search.own:
        await search.wait_until_applied()
    collection = await search.get_collection(target)
    documents = await search.contents.export(collection, ReadinessInput)
    return build_readiness(documents, _find_label(documents, cycle, target, spelling))


def _find_label(documents: Iterable[ReadinessInput], cycle: str, target: str, spelling: str) -> str:
    """Return what documents call the cycle."""
    labels = dict.fromkeys(
        judgement.version for document in documents for judgement in document.compatibility
    )
    wanted = " ".join(cycle.split()).casefold()
    found = next(
        (label for label in labels if wanted in {label.casefold(), label.rpartition(" ")[2].casefold()}), None
    )
    if found is not None:
        return found
    if not labels:
        raise UsageError(
            f"Nothing in {target} was assessed yet; pyfenrich {spelling} --only assessment does it."
        )
    raise UsageError(f"No package of {target} was judged for {cycle!r}; the cycles are {', '.join(labels)}.")
