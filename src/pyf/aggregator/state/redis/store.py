"""The Redis that workers share. The only module that imports its client.

Celery's broker and this are one server; every key of ours begins with ``pyf:``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import redis
from redis.lock import Lock

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.jobs import BrokerUnavailable

PREFIX = "pyf:"
TIMEOUT_SECONDS = 10.0
_FOR_EVER = -1
"""What ``PTTL`` says of a key without an end."""

type Client = redis.Redis
type RedisLock = Lock

LockLost = redis.exceptions.LockError


class Store:
    """An open connection; ``url`` is shown in errors without its password."""

    def __init__(self, client: Client, url: str, password: str | None = None) -> None:
        self.client = client
        self._url = url
        self._password = password

    @contextmanager
    def translated(self) -> Iterator[Client]:
        """Yield the client; what goes wrong with it becomes :class:`BrokerUnavailable`."""
        try:
            yield self.client
        except LockLost:
            raise
        except redis.RedisError as error:
            raise BrokerUnavailable(self._url, clean_foreign(error, self._password)) from error

    def lock(self, name: str, seconds: float) -> RedisLock:
        """Return a lock whose lease runs out after so many seconds unless it is extended."""
        return Lock(self.client, f"{PREFIX}lock:{name}", timeout=seconds, blocking=False, thread_local=False)

    def let_run_out(self, name: str, seconds: float) -> None:
        """Give a lease that would last for ever an end: it is not one of ours, which all have one."""
        key = f"{PREFIX}lock:{name}"
        if int(self.client.pttl(key)) == _FOR_EVER:
            self.client.pexpire(key, int(seconds * 1000))

    def close(self) -> None:
        """Close the connection."""
        self.client.close()


def open_store(url: str) -> Store:
    """Connect to a Redis URL; nothing is sent yet."""
    client: Client = redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        decode_responses=True,
        # What is no UTF-8 is not ours; where it is read, it is found to be nothing that we wrote.
        encoding_errors="replace",
    )
    return Store(client, hide_password(url), _find_password(url))


def _find_password(url: str) -> str | None:
    password = urlsplit(url).password
    return None if password is None else unquote(password)


def hide_password(url: str) -> str:
    """Return a Redis URL as it may be shown: its user part and its query may hold a password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
