"""Metrics for Prometheus: requests by route and status, how long they took, and how long Typesense did."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyf.aggregator.errors.typesense import SearchError
from pyf.aggregator.gallery.responses import NOT_KEPT, Representation, respond
from pyf.aggregator.typesense.reader import Answer, Reader

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0)
_ELSEWHERE = "none"
"""An address without a page: as many as strangers can think of, so they are counted as one."""


class Metrics:
    """The counts of one process, and the ASGI layer that does the counting."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "pyf_gallery_requests", "Requests answered.", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "pyf_gallery_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )

        self._search_seconds = Histogram(
            "pyf_gallery_search_seconds",
            "Seconds until Typesense answered a request for searches, or did not: then the error is named.",
            ("outcome",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def time(self, reader: Reader) -> Reader:
        """Return a reader that asks through this one and notes how long it takes."""
        return _TimedReader(
            reader, lambda outcome, seconds: self._search_seconds.labels(outcome).observe(seconds)
        )

    def count(self, app: ASGIApp) -> ASGIApp:
        """Return the application with its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began, status = time.perf_counter(), 500

            async def note(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, note)
            finally:
                route = getattr(scope.get("route"), "path", None) or _ELSEWHERE
                self._requests.labels(route, str(status)).inc()
                self._seconds.labels(route).observe(time.perf_counter() - began)

        return counted

    async def answer(self, request: Request) -> Response:
        """Answer ``/metrics``."""
        body = generate_latest(self.registry)
        return respond(request, Representation(body=body, media_type=MEDIA_TYPE, cache=NOT_KEPT))


class _TimedReader(Reader):
    def __init__(self, reader: Reader, note: Callable[[str, float], None]) -> None:
        self._reader = reader
        self._note = note

    @contextmanager
    def share_patience(self) -> Iterator[None]:
        with self._reader.share_patience():
            yield

    async def search(self, searches: Sequence[Mapping[str, object]]) -> list[Answer]:
        began, outcome = time.perf_counter(), "cancelled"
        try:
            answers = await self._reader.search(searches)
        except SearchError as error:
            outcome = type(error).__name__
            raise
        else:
            outcome = "ok"
            return answers
        finally:
            self._note(outcome, time.perf_counter() - began)
