"""What is seen of a site during its day: memory by process, waiting tasks by age, delays of releases."""

import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import redis

from bench.day.site import SETTLED, Site
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE

EVERY_SECONDS = 5.0
MEGABYTE = 1_048_576
_ENDED_TASK = re.compile(r"Task (\w+)\[[^]]+\] succeeded in ([\d.]+)s")


@dataclass
class Watch:
    """Samples of one day; times in seconds since its beginning, memory in MB."""

    site: Site
    began: float
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    oldest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    delays: dict[tuple[str, str], float] = field(default_factory=dict)
    most_handed_out: int = 0
    _seen: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Take one sample of everything that answers."""
        self._look_at_memory()
        with suppress(redis.RedisError):
            self._look_at_queue()
        with suppress(OSError):
            self._look_at_collection()

    def _look_at_memory(self) -> None:
        now = time.time() - self.began
        pids = {
            SETTLED: self.site.processes[SETTLED].process.pid,
            "beat": self.site.processes["beat"].process.pid,
            "Redis": self.site.redis.pid,
            "Typesense": self.site.typesense.address.pid,
        }
        for name, pid in pids.items():
            if (own := _sum_own(pid)) is not None:
                self.memory[name].append((now, own))

    def _look_at_queue(self) -> None:
        """Note how long each task has waited that waits now, by task."""
        now = time.time()
        waiting = self.site.redis.client.lrange(KEY_PREFIX + QUEUE, 0, -1)
        seen = {}
        for text in waiting:
            headers = json.loads(text)["headers"]
            seen[headers["id"]] = self._seen.get(headers["id"], now)
            self.oldest[headers["task"]] = max(self.oldest[headers["task"]], now - seen[headers["id"]])
        self._seen = seen
        handed_out = int(self.site.redis.client.hlen(f"{KEY_PREFIX}unacked"))
        self.most_handed_out = max(self.most_handed_out, handed_out)

    def _look_at_collection(self) -> None:
        """Note how long each release took until it was there, or a later one of its project."""
        now = time.time()
        versions = self.site.find_versions()
        published = dict(self.site.day.journal.released_at)
        for key in published.keys() - self.delays.keys():
            name, version = key
            if name in versions and float(versions[name]) >= float(version):
                self.delays[key] = now - published[key]

    # What it comes to

    def compare_memory(self, minutes: float) -> Mapping[str, tuple[float, float]]:
        """Return the median of the first and of the last minutes, by process."""
        span = minutes * 60
        found = {}
        for name, samples in self.memory.items():
            last = samples[-1][0]
            first_ones = [own for at, own in samples if at <= span]
            last_ones = [own for at, own in samples if at >= last - span]
            found[name] = (statistics.median(first_ones), statistics.median(last_ones))
        return found


def _sum_own(pid: int) -> float | None:
    """Return what a process and its children have for themselves alone, in MB."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(each.memory_full_info().uss for each in family) / MEGABYTE
    except psutil.Error:
        return None


def find_longest(logs: Sequence[Path]) -> Mapping[str, float]:
    """Return how many seconds the longest task of each name took, as the workers' logs tell."""
    longest: dict[str, float] = defaultdict(float)
    for task, seconds in _read_ended(logs):
        longest[task] = max(longest[task], seconds)
    return longest


def _read_ended(logs: Sequence[Path]) -> Iterator[tuple[str, float]]:
    for log in logs:
        for task, seconds in _ENDED_TASK.findall(log.read_text(errors="replace")):
            yield task, float(seconds)


def list_tracebacks(logs: Sequence[Path]) -> list[str]:
    """Return the tracebacks of the logs in which our own code stands."""
    found = []
    for log in logs:
        for part in log.read_text(errors="replace").split("Traceback (most recent call last):")[1:]:
            frames = part.split("\n[", 1)[0]
            if "/pyf/aggregator/" in frames:
                found.append(frames)
    return found
