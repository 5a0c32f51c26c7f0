"""The checkpoints of all workers: any machine goes on where another ended."""

import msgspec

from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.state.checkpoints import Checkpoint, decode_checkpoint, encode_checkpoint, is_newer
from pyf.aggregator.state.redis.rows import tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store

_KEY = f"{PREFIX}checkpoints"


class RedisCheckpoints:
    """One checkpoint per collection. Only the holder of the collection's lease saves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self) -> None:
        """Raise :class:`BrokerUnavailable` where a checkpoint could not be saved."""
        with self._store.translated() as client:
            client.ping()

    def load(self, collection: str) -> Checkpoint | None:
        """Return the collection's checkpoint, ``None`` if there was no complete run.

        One that cannot be read proves nothing: every project is looked at again.
        """
        with self._store.translated() as client:
            text = client.hget(_KEY, collection)
        return None if text is None else _read(collection, str(text))

    def save(self, collection: str, checkpoint: Checkpoint, *, backwards: bool = False) -> None:
        """Replace the collection's checkpoint; its serial only moves forward, unless ``backwards``."""
        existing = self.load(collection)
        if existing is None or backwards or not is_newer(existing, checkpoint):
            with self._store.translated() as client:
                client.hset(_KEY, collection, encode_checkpoint(checkpoint).decode())


def _read(collection: str, text: str) -> Checkpoint | None:
    try:
        return decode_checkpoint(text.encode())
    except (msgspec.MsgspecError, AggregatorError, RecursionError, ValueError) as error:
        tell_unreadable(f"The checkpoint of {collection}", error)
        return None
