"""Pagefind's process, spoken to as its own wrapper for Python does, but without waiting for each answer.

That wrapper reads ten answers a second (1.5.2), which would make a quarter of an hour of ten thousand
packages. A message is JSON in base64 with a comma behind it, and so is each answer.
"""

import asyncio
import base64
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import pagefind_bin

from pyf.aggregator.errors.gallery import IndexFailed

MOST_UNANSWERED = 500
"""So many messages may be under way: enough to keep the process busy, and no more of them in memory."""
_LONGEST_ANSWER = 2**24
_END = b","


@asynccontextmanager
async def open_pagefind() -> AsyncIterator["Pagefind"]:
    """Yield a running Pagefind; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        pagefind_bin.get_executable(),
        "--service",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=_LONGEST_ANSWER,
    )
    pagefind = Pagefind(process)
    try:
        yield pagefind
    finally:
        await pagefind.close()


class Pagefind:
    """Sends messages to one process. Raises :class:`IndexFailed` for what it refuses, and when it ends."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._room = asyncio.Semaphore(MOST_UNANSWERED)
        self._failure: IndexFailed | None = None
        self._reading = asyncio.create_task(self._read())

    async def ask(self, kind: str, **fields: object) -> Mapping[str, Any]:
        """Send a message and wait for its answer."""
        answer = await self._send(kind, fields)
        return await answer

    async def tell(self, kind: str, **fields: object) -> None:
        """Send a message whose answer nobody waits for; a refusal is raised by what is sent later."""
        await self._send(kind, fields)

    async def finish(self) -> None:
        """Wait until everything that was told is done."""
        while self._waiting:
            await asyncio.wait(tuple(self._waiting.values()))
            await asyncio.sleep(0)
        self._raise_failure()

    async def close(self) -> None:
        """End the process."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        with suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    async def _send(self, kind: str, fields: Mapping[str, object]) -> "asyncio.Future[Mapping[str, Any]]":
        await self._room.acquire()
        self._raise_failure()
        assert self._process.stdin is not None  # noqa: S101 - it was opened with one
        self._number += 1
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = answer
        message = {"message_id": self._number, "payload": {"type": kind, **fields}}
        try:
            self._process.stdin.write(base64.b64encode(msgspec.json.encode(message)) + _END)
            await self._process.stdin.drain()
        except OSError as error:
            raise IndexFailed("its process has ended") from error
        return answer

    async def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was opened with one
        try:
            while True:
                text = await self._process.stdout.readuntil(_END)
                self._take(msgspec.json.decode(base64.b64decode(text[:-1])))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError) as error:
            self._fail(IndexFailed(f"its process has ended or answers nonsense ({type(error).__name__})"))

    def _take(self, answer: Mapping[str, Any]) -> None:
        payload = answer.get("payload", {})
        waiting = self._waiting.pop(answer.get("message_id") or -1, None)
        if payload.get("type") == "Error":
            self._fail(IndexFailed(str(payload.get("message", "without a reason"))))
        if waiting is not None:
            self._room.release()
            if not waiting.done():
                waiting.set_result(payload)

    def _fail(self, failure: IndexFailed) -> None:
        self._failure = self._failure or failure
        for waiting in self._waiting.values():
            self._room.release()
            if not waiting.done():
                waiting.set_result({})
        self._waiting.clear()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
