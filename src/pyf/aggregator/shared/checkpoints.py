"""The checkpoints of all workers: any machine goes on where another ended."""

import logging

import msgspec

from pyf.aggregator.errors import clean_foreign
from pyf.aggregator.jobs.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint, is_newer
from pyf.aggregator.shared.store import PREFIX, Store

logger = logging.getLogger(__name__)

_KEY = f"{PREFIX}checkpoints"


class SharedCheckpoints:
    """One checkpoint per collection. Only the holder of the collection's lease saves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self) -> None:
        """Raise :class:`~pyf.aggregator.errors.BrokerUnavailable` where a checkpoint could not be saved."""
        with self._store.translated() as client:
            client.ping()

    def load(self, collection: str) -> Checkpoint | None:
        """Return the collection's checkpoint, ``None`` if there was no complete run.

        One that cannot be read counts as none: the next complete run replaces it.
        """
        try:
            with self._store.translated() as client:
                text = client.hget(_KEY, collection)
            return None if text is None else decode_checkpoint(str(text).encode())
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            logger.warning(
                "The checkpoint of %s cannot be read (%s), so every project is considered anew.",
                collection,
                clean_foreign(error),
            )
            return None

    def save(self, collection: str, checkpoint: Checkpoint, *, backwards: bool = False) -> None:
        """Replace the collection's checkpoint; its serial only moves forward, unless ``backwards``."""
        existing = self.load(collection)
        if existing is None or backwards or not is_newer(existing, checkpoint):
            with self._store.translated() as client:
                client.hset(_KEY, collection, encode_checkpoint(checkpoint).decode())
