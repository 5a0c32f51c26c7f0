"""Trials: the tests in a process of their own, on the code as it is or with one mutant in place of a module.

Nothing is written where the code is: the process imports the mutant from memory. Processes that a test starts
import the code as it is, so what runs in them alone counts as unreached, or as survived.
"""

import gc
import importlib
import os
import pickle
import resource
import selectors
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import chain, zip_longest
from pathlib import Path
from types import CodeType

import psutil
import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pyf" / "aggregator"
PYTEST = [
    *("-q", "-x", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--no-header", "--tb=no"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # what is rewritten was imported before
]
MOST_MEMORY = 1 << 30
"""Bytes that a trial may take: a mutant may fill a list for ever."""

_WATCHED_EVERY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the tests reach: for each its lines by module, and the seconds it took. ``""`` is the import."""

    lines: dict[str, dict[str, set[int]]]
    seconds: dict[str, float]
    passed: bool

    def find_tests(self, module: str, lines: range | None, own: range = range(0)) -> list[str]:
        """Return the tests that may notice a change, those that run the module first, quick ones ahead.

        What is run when the module is imported may be noticed by any; what is run in a function of these
        ``lines`` by those that run its ``own`` lines. Some have none, as a number that is compiled into
        another line: then by all that run the function.
        """
        tests = sorted((test for test in self.lines if test), key=self.seconds.__getitem__)
        running = [test for test in tests if module in self.lines[test]]
        at_import = self.lines.get("", {}).get(module, set())
        if lines is None or at_import.intersection(lines[1:]):
            return [*running, *(test for test in tests if test not in running)]
        near = [test for test in running if self.lines[test][module].intersection(lines[1:])]
        return [test for test in near if self.lines[test][module].intersection(own)] or near

    def choose(self, tests: Sequence[str], most_seconds: float) -> list[str]:
        """Return of these tests those that take no longer, but one at least: in turn one of each file."""
        files: defaultdict[str, list[str]] = defaultdict(list)
        for test in tests:
            files[test.partition("::")[0]].append(test)
        chosen: set[str] = set()
        seconds = 0.0
        for test in filter(None, chain.from_iterable(zip_longest(*files.values()))):
            if not chosen or seconds + self.seconds[test] <= most_seconds:
                chosen.add(test)
                seconds += self.seconds[test]
        return [test for test in tests if test in chosen]


class _Bounded:
    """Settings of hypothesis that find the same in each trial, and spend no time on making it small."""

    def pytest_configure(self) -> None:
        settings.register_profile(
            "trial", deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
        )
        settings.load_profile("trial")


class _Listening:
    """Notes which lines each test runs."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.seconds: dict[str, float] = {}
        self._test = ""
        self._caches: list[_lru_cache_wrapper[object]] = []

    def start(self) -> None:
        tool = sys.monitoring.COVERAGE_ID
        sys.monitoring.use_tool_id(tool, "mutations")
        sys.monitoring.register_callback(tool, sys.monitoring.events.LINE, self._note)
        sys.monitoring.set_events(tool, sys.monitoring.events.LINE)

    def _note(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(str(SOURCE)) and code.co_name != "<module>":
            self.lines[self._test][code.co_filename].add(line)
        return sys.monitoring.DISABLE

    def pytest_collection_finish(self) -> None:
        found = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper)]
        self._caches = [each for each in found if (each.__module__ or "").startswith("pyf.")]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for cached in self._caches:  # what an earlier test has left there would be reached by that one alone
            cached.cache_clear()
        self._test = item.nodeid
        self.lines[self._test]  # one that reaches nothing is known, too
        began = time.monotonic()
        sys.monitoring.restart_events()
        result = yield
        self.seconds[item.nodeid] = time.monotonic() - began
        return result


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Runs these tests alone, in this order; one that takes longer than it may ends the process."""

    tests: Mapping[str, float]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {test: place for place, test in enumerate(self.tests)}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda i: order[i.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_REAL, self.tests[item.nodeid])
        result = yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        return result


@dataclass(frozen=True, slots=True)
class _MutantFinder:
    """Finds one module: its mutant."""

    name: str
    path: Path
    code: CodeType

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        return spec_from_file_location(name, self.path, loader=_MutantLoader(name, str(self.path), self.code))


class _MutantLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        return self._code


def name_module(path: Path) -> str:
    """Return what a module is imported as."""
    parts = path.relative_to(SOURCE.parents[1]).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def find_reached(tests: Sequence[str]) -> Reached:
    """Run the tests on the code as it is, and note what each of them reaches.

    What they import of others stays imported in this process, so that trials begin quickly.
    """

    def run() -> tuple[Reached, list[str]]:
        listening = _Listening()
        listening.start()
        code = pytest.main([*PYTEST, *tests], plugins=[_Bounded(), listening])
        plain = {test: dict(lines) for test, lines in listening.lines.items()}
        foreign = [name for name in sys.modules if name.partition(".")[0] not in {"pyf", "tests"}]
        return Reached(lines=plain, seconds=listening.seconds, passed=code == 0), foreign

    found = run_apart(run, seconds=3600)
    if not isinstance(found, tuple):
        sys.exit(f"The tests did not end: {found}")
    reached, foreign = found
    for name in foreign:
        if not _is_plugin(name):
            with suppress(ImportError):
                importlib.import_module(name)
    gc.freeze()
    return reached


def _is_plugin(name: str) -> bool:
    """Tell whether pytest rewrites a module: it wants to be the first to import it."""
    return "pytest" in name or name.startswith(("xdist", "schemathesis", "anyio"))


def is_noticed(mutant: CodeType, path: Path, tests: Mapping[str, float]) -> str | None:
    """Return how tests notice a mutant: ``failed``, ``time``, ``memory``, ``died``; ``None`` if not at all.

    ``tests`` says how many seconds each of them may take. The import may take the longest of these.
    """
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    longest = max(tests.values())

    def run() -> int:
        signal.setitimer(signal.ITIMER_REAL, longest)
        sys.meta_path.insert(0, _MutantFinder(name_module(path), path, mutant))
        return int(pytest.main([*PYTEST, *files], plugins=[_Bounded(), _Chosen(tests)]))

    outcome = run_apart(run, seconds=longest + sum(tests.values()))
    if isinstance(outcome, str):
        return outcome
    return None if outcome == pytest.ExitCode.OK else "failed"


def run_apart[R](function: Callable[[], R], *, seconds: float) -> R | str:
    """Return what a function returns in a process of its own; ``time``, ``memory`` or ``died`` otherwise.

    All processes that it starts end with it.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run_and_end(function, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        try:
            # One answer and not all until the end: who was forked by the child may hold the other one open.
            answer: R | str = _watch(child, pipe.fileno(), seconds) or pickle.load(pipe)  # noqa: S301 - ours
        except EOFError:
            answer = "died"
        finally:
            status = _end(child)
    return "time" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM else answer


def _end(child: int) -> int:
    """End a child and all that it has started, be it in a session of its own; return how it ended."""
    family = psutil.Process(child).children(recursive=True)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    return os.waitpid(child, 0)[1]


def _run_and_end(function: Callable[[], object], writing: int) -> None:
    """Run a function in the child, and write what it returns. Never returns."""
    told = os.dup(2)
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(quiet, stream)
        os.chdir(ROOT)
        answer = pickle.dumps(function())
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
    except BaseException:  # noqa: BLE001 - nobody is above to catch it
        os.write(told, traceback.format_exc().encode())
    finally:
        os._exit(0)


def _watch(child: int, pipe: int, seconds: float) -> str | None:
    """Wait until the child answers or ends; return why it may not go on."""
    ends = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not selector.select(_WATCHED_EVERY):
            if time.monotonic() > ends:
                return "time"
            with suppress(psutil.NoSuchProcess):
                if psutil.Process(child).memory_info().rss > MOST_MEMORY:
                    return "memory"
    return None
