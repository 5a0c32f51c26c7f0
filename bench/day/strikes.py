"""What befalls a site in its day: a strike every half minute or so, drawn from a seed."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from bench.day.site import SETTLED, WORKERS, Site
from tests.servers.faults import Body, CloseConnection, CutBody, Fault, RefuseConnection, Status
from tests.servers.stand_in import StandIn

PAUSE_SECONDS = 25.0
FAULTS: tuple[Fault, ...] = (
    RefuseConnection(),
    CloseConnection(),
    CutBody(),
    Body(),
    Status(status=503),
    Status(status=429, body=b"{}", headers={"Retry-After": "5"}),
)


class Strikes:
    """Strikes one after the other, each mended before the next; ``counts`` says how many of each."""

    def __init__(self, site: Site, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self._site = site
        self._random = random.Random(seed)  # noqa: S311 - strikes that can be repeated
        self._ended = threading.Event()
        self._kinds: Mapping[Callable[[], str], int] = {
            self._kill_worker: 6,
            self._stop_worker: 3,
            self._kill_beat: 2,
            self._kill_redis: 3,
            self._freeze_redis: 1,
            self._kill_typesense: 3,
            self._freeze_typesense: 2,
            self._slow_pypi: 2,
            self._break_pypi: 4,
            self._break_another: 2,
        }

    def fall(self) -> None:
        """Strike until the day ends; what was struck stands again when this returns."""
        while not self._ended.wait(self._random.expovariate(1 / PAUSE_SECONDS)):
            (strike,) = self._random.choices(list(self._kinds), list(self._kinds.values()))
            began = time.strftime("%H:%M:%S")
            what = strike()
            self.counts[what] += 1
            with (self._site.folder / "strikes.log").open("a") as log:
                print(began, time.strftime("%H:%M:%S"), what, file=log)

    def end(self) -> None:
        self._ended.set()

    def _last(self, least: float, most: float) -> None:
        self._ended.wait(self._random.uniform(least, most))

    # Processes

    def _choose_worker(self) -> str:
        return self._random.choice([name for name in WORKERS if name != SETTLED])

    def _kill_worker(self) -> str:
        return self._kill(self._choose_worker(), "worker killed")

    def _kill_beat(self) -> str:
        return self._kill("beat", "beat killed")

    def _kill(self, name: str, what: str) -> str:
        self._site.processes[name].kill()
        self._last(1, 10)
        self._site.start(name)
        return what

    def _stop_worker(self) -> str:
        name = self._choose_worker()
        self._site.processes[name].stop()
        self._site.start(name)
        return "worker stopped"

    def _kill_redis(self) -> str:
        self._site.redis.stop()
        self._last(1, 10)
        self._site.redis.start()
        return "Redis killed"

    def _kill_typesense(self) -> str:
        self._site.typesense.kill()
        self._last(1, 15)
        self._site.typesense.start()
        return "Typesense killed"

    def _freeze_redis(self) -> str:
        return self._freeze(self._site.redis.pid, "Redis frozen", 10)

    def _freeze_typesense(self) -> str:
        return self._freeze(self._site.typesense.address.pid, "Typesense frozen", 20)

    def _freeze(self, pid: int, what: str, most: float) -> str:
        os.kill(pid, signal.SIGSTOP)
        self._last(2, most)
        os.kill(pid, signal.SIGCONT)
        return what

    # Sources

    def _slow_pypi(self) -> str:
        self._site.pypi.latency_seconds = self._random.uniform(0.3, 2.0)
        self._last(10, 40)
        self._site.pypi.latency_seconds = 0.0
        return "PyPI slow"

    def _break_pypi(self) -> str:
        return self._break(self._site.pypi, "PyPI failing", 40)

    def _break_another(self) -> str:
        return self._break(
            self._random.choice([self._site.github, self._site.clickhouse]), "another failing", 60
        )

    def _break(self, server: StandIn, what: str, most: float) -> str:
        server.fail("*", self._random.choice(FAULTS))
        self._last(5, most)
        server.mend()
        return what
