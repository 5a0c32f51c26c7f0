"""Commands and workers as real processes that begin with everything imported.

An interpreter takes more than a second to import what a command needs, and the suite starts some two hundred.
Python's own fork server (:mod:`multiprocessing`) imports it once; each process is forked from there, and is a
process like any other from then on: signals, exit codes, folder, environment and open files are its own.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["celery.__main__", "celery.bin.celery", "pyf.aggregator.queue"]
    + [
        f"pyf.aggregator.cli.{name}"
        for name in ("aggregator", "enrich", "gallery", "github", "queue", "search")
    ]
    # The commands import these late, and embedded servers with them.
    + [
        f"pyf.aggregator.cli.work.{name}"
        for name in ("aggregator", "enrich", "gallery", "github", "queue", "search", "up")
    ]
    + ["pyf.aggregator.cli.output.summaries", "pyf.aggregator.typesense.embedded.sharing"]
    + [f"pyf.aggregator.{name}" for name in ("gallery.app", "gallery.serving", "services.gallery")]
)

CELERY = "celery.__main__:main"
PYFAGGREGATOR = "pyf.aggregator.cli.aggregator:pyfaggregator"
PYFENRICH = "pyf.aggregator.cli.enrich:pyfenrich"
PYFGALLERY = "pyf.aggregator.cli.gallery:pyfgallery"
PYFGITHUB = "pyf.aggregator.cli.github:pyfgithub"
PYFQUEUE = "pyf.aggregator.cli.queue:pyfqueue"
PYFSEARCH = "pyf.aggregator.cli.search:pyfsearch"


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run: ``program`` is ``module:function``, a command that reads its words from ``sys.argv``.

    What it says goes to two files in ``folder``, where it runs, or both to ``log``.
    """

    program: str
    words: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)
    folder: Path
    log: Path | None = None


class PreparedProcess:
    """A process that runs a command; it leads a group of its own."""

    def __init__(self, command: Command) -> None:
        number = len(list(command.folder.glob("process-*.out")))
        self.output = command.log or command.folder / f"process-{number}.out"
        self.errors = command.log or command.folder / f"process-{number}.err"
        self.words = command.words
        for path in (self.output, self.errors):
            path.touch()
        self._process = _CONTEXT.Process(target=_run, args=(command, str(self.output), str(self.errors)))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for the signal that ended it; ``None`` while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        """Return the exit code; raises :class:`subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.words, timeout)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        # It may have ended since, as fast as it is.
        with suppress(ProcessLookupError):
            if self.returncode is None:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = 60.0) -> tuple[bytes, bytes]:
        """Wait for the end; return what it said on stdout and on stderr."""
        self.wait(timeout)
        return self.output.read_bytes(), self.errors.read_bytes()


def run_prepared(command: Command) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    process = PreparedProcess(command)
    output, errors = (text.decode() for text in process.communicate())
    return subprocess.CompletedProcess(process.words, process.wait(), output, errors)


def _run(command: Command, output: str, errors: str) -> None:
    os.setsid()
    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.environment)
    for descriptor, path in ((1, output), (2, errors)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, descriptor)
        os.close(opened)
    module, _, function = command.program.partition(":")
    sys.argv = [function, *command.words]
    getattr(importlib.import_module(module), function)()
