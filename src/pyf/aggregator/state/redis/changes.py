"""The profiles whose documents changed since their collections were last assessed."""

from collections.abc import Iterable

from pyf.aggregator.state.redis.store import PREFIX, Store

_CHANGED = f"{PREFIX}changed"


class ChangedProfiles:
    """Noted by whoever writes a document; whoever assesses a collection forgets it first, and then reads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, profiles: Iterable[str]) -> None:
        """Note that documents of these profiles say something else, or are gone."""
        if names := sorted(set(profiles)):
            with self._store.translated() as client:
                client.sadd(_CHANGED, *names)

    def load(self) -> set[str]:
        """Return the profiles that changed."""
        with self._store.translated() as client:
            return {str(name) for name in client.smembers(_CHANGED)}

    def forget(self, profile: str) -> None:
        """Forget that a profile changed: its documents are about to be read."""
        with self._store.translated() as client:
            client.srem(_CHANGED, profile)
