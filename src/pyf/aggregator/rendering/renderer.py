"""The renderer: READMEs in, descriptions out, by a few warm processes that are replaced when they end.

Not by :mod:`multiprocessing`: the processes of Celery's pool are daemons, which may have no children of its
making, and a process with threads is not to be forked. Each process is a fresh interpreter that talks over
pipes, in a session of its own, so that a Ctrl-C in the terminal does not reach it.
"""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pyf.aggregator.errors.jobs import RendererUnavailable
from pyf.aggregator.metadata.model import NormalizedName, Project, Repository
from pyf.aggregator.metadata.readme.description import Description, build_plain, render_plain
from pyf.aggregator.metadata.readme.links import FileAddresses, find_file_addresses
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE, Forges
from pyf.aggregator.metadata.repositories.repository import find_named
from pyf.aggregator.rendering.limits import TIME_SIGNAL, RenderLimits
from pyf.aggregator.rendering.messages import (
    HEADER_BYTES,
    RenderAnswer,
    RenderRequest,
    decode_answer,
    decode_length,
    encode_frame,
)

logger = logging.getLogger(__name__)

MAX_PROCESSES = 4
"""More would not keep up with one writer's demand, and each takes some 50 MB."""
ATTEMPTS = 3
READ_AHEAD_BYTES = 1024**2

COMMAND = ("-P", "-m", "pyf.aggregator.rendering.process")

_HANDED_ON = ("LANG", "LC_", "LD_", "DYLD_", "PATH", "PYTHON", "SYSTEMROOT", "VIRTUAL_ENV")
"""What an interpreter may need. Tokens and keys stay here: a renderer reads what strangers wrote."""


@asynccontextmanager
async def open_renderer(
    processes: int | None = None, *, limits: RenderLimits | None = None, forges: Forges = GITHUB_ALONE
) -> AsyncIterator["Renderer"]:
    """Yield a renderer with at most so many processes, each started when it is first needed.

    Relative links lead into the repository that a project's URLs name, if it is on one of ``forges``.
    """
    count = processes or min(MAX_PROCESSES, os.cpu_count() or 1)
    renderer = Renderer(count, limits or RenderLimits(), forges)
    try:
        yield renderer
    finally:
        await renderer.close()


class Renderer:
    """Renders the descriptions of projects; of any length and kind, in a bounded time."""

    def __init__(self, processes: int, limits: RenderLimits, forges: Forges) -> None:
        self._limits = limits
        self._forges = forges
        self._places = asyncio.Semaphore(processes)
        self._idle: list[_Worker] = []

    async def render(self, project: Project) -> Description:
        """Render a project's description; what exceeds a bound is shown as plain text, and named.

        Raises :class:`RendererUnavailable` where no process can be started at all.
        """
        source, content_type = project.description or "", project.description_content_type
        # Linear, and done before a process has heard of it.
        description = build_plain(source, content_type)
        if description is None:
            # A lone surrogate fits into no message.
            sendable = source.encode(errors="replace").decode()
            request = RenderRequest(
                source=sendable, content_type=content_type, files=self._find_files(project)
            )
            async with self._places:
                description = await self._ask(request)
        _tell(project.name, description)
        return description

    def _find_files(self, project: Project) -> FileAddresses | None:
        found = find_named(project.name, project.project_urls, project.home_page, forges=self._forges)
        return find_file_addresses(found, self._forges[found.host]) if isinstance(found, Repository) else None

    async def close(self) -> None:
        """End the processes that wait; those that work are ended with the tasks that wait for them."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(worker.end() for worker in idle))

    async def _ask(self, request: RenderRequest) -> Description:
        """Have a process answer; one that ended while it had nothing to do is replaced first."""
        for _ in range(ATTEMPTS + len(self._idle)):
            worker = self._idle.pop() if self._idle else await _start(self._limits)
            try:
                answer = await worker.ask(request)
            except _NeverBegun:
                continue
            except _Ended as end:
                return render_plain(request.source, str(end))
            if answer.spent:
                await worker.end()
            else:
                self._idle.append(worker)
            return answer.description
        raise RendererUnavailable("its processes end as soon as they start")


class _NeverBegun(Exception):
    """The process had ended before it heard of the README."""


class _Ended(Exception):
    """The process ended over the README; says why."""


class _Worker:
    """One process that renders."""

    def __init__(self, process: Process, limits: RenderLimits) -> None:
        self._process = process
        self._limits = limits

    async def wait_until_ready(self) -> None:
        """Return once it can be asked; raises :class:`RendererUnavailable` if it ends instead."""
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                await self._read()
        except (TimeoutError, EOFError, ValueError) as error:
            code = await self.end()
            raise RendererUnavailable(f"it ended with {code} before it was ready") from error
        except BaseException:
            await self.end()
            raise

    async def ask(self, request: RenderRequest) -> RenderAnswer:
        """Return the answer. Whatever else happens, a cancelled task included, the process is ended."""
        begun = False
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                await self._write(encode_frame(request))
                await self._read()
                begun = True
                answer = await self._read()
        except TimeoutError:
            await self.end()
            raise _Ended(self._limits.out_of_time) from None
        except (EOFError, OSError, ValueError) as error:
            code = await self.end()
            raise _Ended(self._describe_end(code)) if begun else _NeverBegun from error
        except BaseException:
            await self.end()
            raise
        if answer is None:
            await self.end()
            raise _Ended("Its renderer said nothing.")
        return answer

    async def end(self) -> int:
        """End the process, which has nothing to lose, and return how it ended."""
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()

    def _describe_end(self, code: int) -> str:
        if code == -TIME_SIGNAL:
            return self._limits.out_of_time
        if code == -signal.SIGABRT:
            # A library that is not written in Python ends its process where an allocation fails.
            return self._limits.out_of_memory
        if code < 0:
            return f"Its renderer was ended by {signal.Signals(-code).name}."
        return f"Its renderer ended with code {code}."

    async def _write(self, frame: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise EOFError
        pipe.write(frame)
        await pipe.drain()

    async def _read(self) -> RenderAnswer | None:
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        length = decode_length(await pipe.readexactly(HEADER_BYTES))
        return decode_answer(await pipe.readexactly(length))


async def _start(limits: RenderLimits) -> _Worker:
    environment = {name: value for name, value in os.environ.items() if name.startswith(_HANDED_ON)}
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *COMMAND,
            *limits.arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment,
            start_new_session=True,
            limit=READ_AHEAD_BYTES,
        )
    except OSError as error:
        raise RendererUnavailable(error.strerror or str(error)) from error
    worker = _Worker(process, limits)
    await worker.wait_until_ready()
    return worker


def _tell(name: NormalizedName, description: Description) -> None:
    if description.problem and description.plain:
        logger.warning("The README of %s is shown as plain text: %s", name, description.problem)
    elif description.problem:
        logger.debug("The README of %s is shown as far as it can be read: %s", name, description.problem)
