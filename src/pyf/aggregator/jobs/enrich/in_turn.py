"""Several sources of facts for one collection, in turn: what stops one leaves the others alone."""

from collections.abc import Awaitable, Callable, Mapping

from pyf.aggregator.errors.root import AggregatorError, ConfigurationError, UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, ensure_collection
from pyf.aggregator.jobs.progress import EnrichAccount, EnrichPart, SourceSummary
from pyf.aggregator.typesense.server import SearchServer

type AskSource = Callable[[], Awaitable[EnrichPart]]
"""What opens one source, carries out its order, closes it and returns its account."""


async def enrich_in_turn(
    order: EnrichOrder, sources: Mapping[str, AskSource], search: SearchServer
) -> EnrichAccount:
    """Ask each source, in the order given; the account has a part for each.

    Whatever concerns all of them is raised, once: a collection that is not there or has another schema, a
    server that is away, and what the user has to mend (:class:`UsageError`, :class:`ConfigurationError`).
    """
    account = EnrichAccount(collection=order.target)
    await ensure_collection(search, order.target, order.remedy)
    for name, ask in sources.items():
        try:
            account.sources[name] = await ask()
        except (UsageError, ConfigurationError, CollectionNotFound):
            raise
        except AggregatorError as error:
            part = SourceSummary(source=name, collection=order.target, stopped=str(error))
            account.sources[name] = part
    return account
