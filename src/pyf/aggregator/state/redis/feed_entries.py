"""PyPI's feeds: how far they were read, and which entries are under way or done.

What an entry is called: :mod:`pyf.aggregator.metadata.feed_entry`.
"""

import re
from collections.abc import Iterable, Sequence

from pyf.aggregator.state.redis.rows import tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store

DONE_SECONDS = 3 * 24 * 3600
"""An entry leaves PyPI's feeds long before that: a hundred releases are a quarter of an hour."""
PENDING_SECONDS = 2 * 3600
"""An entry that was queued is not queued again for so long, however often its task is put back."""

_ETAG = re.compile(r"[\x21-\x7e]+")
"""It goes into a header, so nothing that would end one (RFC 9110, section 8.8.3)."""
_FEEDS = f"{PREFIX}feeds"
_DONE = f"{PREFIX}done:"
_PENDING = f"{PREFIX}pending:"


class FeedEntries:
    """The entries of all feeds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load_etag(self, feed: str) -> str | None:
        """Return the ETag of the feed as last read, ``None`` where it had none."""
        with self._store.translated() as client:
            etag = client.hget(_FEEDS, feed)
        if etag is not None and not _ETAG.fullmatch(str(etag)):
            tell_unreadable(f"The ETag of the feed {feed}", "it is none")
            return None
        return None if etag is None else str(etag)

    def save_etag(self, feed: str, etag: str | None) -> None:
        """Remember the feed as read; only after all its entries are queued."""
        with self._store.translated() as client:
            if etag is None:
                client.hdel(_FEEDS, feed)
            else:
                client.hset(_FEEDS, feed, etag)

    def claim(self, entries: Sequence[str]) -> list[str]:
        """Note those that are neither done nor under way as under way, and return them."""
        with self._store.translated() as client:
            with client.pipeline(transaction=False) as pipe:
                for entry in entries:
                    pipe.exists(_DONE + entry)
                done = pipe.execute()
            fresh = [entry for entry, there in zip(entries, done, strict=True) if not there]
            with client.pipeline(transaction=False) as pipe:
                for entry in fresh:
                    pipe.set(_PENDING + entry, "1", nx=True, ex=PENDING_SECONDS)
                claimed = pipe.execute()
        return [entry for entry, taken in zip(fresh, claimed, strict=True) if taken]

    def release(self, entries: Iterable[str]) -> None:
        """Let entries be claimed again: they were not queued after all."""
        keys = [_PENDING + entry for entry in entries]
        if keys:
            with self._store.translated() as client:
                client.delete(*keys)

    def release_all(self) -> None:
        """Let every entry under way be claimed again: their tasks were taken away."""
        with self._store.translated() as client:
            for key in client.scan_iter(match=f"{_PENDING}*", count=1000):
                client.delete(key)

    def is_done(self, entry: str) -> bool:
        """Tell whether the entry was done, within the days that a feed might show it."""
        with self._store.translated() as client:
            return bool(client.exists(_DONE + entry))

    def note_done(self, entries: Iterable[str]) -> None:
        """Note entries as done: the work has succeeded."""
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            for entry in entries:
                pipe.set(_DONE + entry, "1", ex=DONE_SECONDS)
                pipe.delete(_PENDING + entry)
            pipe.execute()
