"""The ways to a catalogue: how each is installed and run on a stand-in, and where its catalogue is found."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from bench.side_by_side.loopback_only.sitecustomize import MARK
from bench.side_by_side.world import CLASSIFIER

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
LOOPBACK_ONLY = HERE / "loopback_only"

_INSTALL_SECONDS = 300
_PROBE = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"

type Catalogue = dict[str, str]
"""Normalized names, and the version of each."""


class Unavailable(Exception):
    """A program could not be installed; it says why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a way runs: the stand-in, a folder of its own and the Python that has the program."""

    url: str
    folder: Path
    python: str
    typesense: str
    key: str

    @property
    def out(self) -> Path:
        """The file for programs that leave their catalogue where they are told."""
        return self.folder / "catalogue.json"

    @property
    def said(self) -> Path:
        """The file of what a program prints."""
        return self.folder / "stdout"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to a catalogue.

    ``command`` says what to run, for the first time or, with ``True``, again; it ends when the catalogue is
    there.
    """

    title: str
    command: Callable[[Place, bool], list[str]]
    read: Callable[[Place], Catalogue]
    environment: Callable[[Place], Mapping[str, str]] = lambda _: {}
    requirements: tuple[str, ...] = ()
    """What pip is told to install; nothing for what runs in our own environment."""


def find_python(way: Way, folder: Path) -> str:
    """Return a Python that has the program, installed from the registry into a fresh environment.

    Raises ``Unavailable`` where that fails.
    """
    if not way.requirements:
        return sys.executable
    environment = folder / "environment"
    python = environment / "bin" / "python"
    commands = (
        [sys.executable, "-m", "venv", str(environment)],
        [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", *way.requirements],
    )
    for command in commands:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
        if ended.returncode:
            raise Unavailable((ended.stderr.strip() or "pip failed").splitlines()[-1])
    return str(python)


def build_environment(place: Place, more: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python reaches loopback alone; nothing of this machine's is in it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place.folder),
        "PYTHONPATH": str(LOOPBACK_ONLY),
        **more,
    }


def ensure_kept_on_loopback(place: Place) -> None:
    """Stop unless the Python of a program refuses to connect elsewhere."""
    ended = subprocess.run(
        [place.python, "-c", _PROBE],
        env=build_environment(place, {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert MARK in ended.stderr, ended


def _build_program(name: str, *words: Callable[[bool], str]) -> Callable[[Place, bool], list[str]]:
    def build(place: Place, again: bool) -> list[str]:
        chosen = [word(again) for word in words]
        return [place.python, str(PROGRAMS / name), place.url, CLASSIFIER, str(place.out), *chosen]

    return build


def _build_ours(target: str, *options: str) -> Callable[[Place, bool], list[str]]:
    def build(place: Place, again: bool) -> list[str]:
        code = "from pyf.aggregator.cli.aggregator import pyfaggregator; pyfaggregator()"
        since = str(place.folder / "since")
        return [
            place.python,
            "-c",
            code,
            "-i" if again else "-f",
            "-p",
            "plone",
            "-t",
            target,
            "-s",
            since,
            *options,
        ]

    return build


def _build_our_environment(place: Place) -> dict[str, str]:
    return {**_build_polite_environment(place), "PYPI_MAX_RPS": "0"}


def _build_polite_environment(place: Place) -> dict[str, str]:
    return {
        "PYPI_URL": place.url,
        "PYF_DATA_DIR": str(place.folder),
        "PYF_FORGES": "",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "DOWNLOADS_URL": "",
        "END_OF_LIFE_URL": "",
        "TYPESENSE_NODES": place.typesense,
        "TYPESENSE_API_KEY": place.key,
    }


def _build_bandersnatch(place: Place, again: bool) -> list[str]:
    """Return the command, after its configuration is written: metadata alone, with all workers it allows."""
    del again
    configuration = place.folder / "bandersnatch.conf"
    configuration.write_text(
        f"""[mirror]
directory = {place.folder / "mirror"}
master = {place.url}
allow-non-https = true
json = true
release-files = false
delete_missing_packages = true
cleanup_todo = true
workers = 10

[plugins]
enabled = regex_project_metadata

[regex_project_metadata]
not-null:info.classifiers = {CLASSIFIER}( :: .+)?$
"""
    )
    return [str(Path(place.python).parent / "bandersnatch"), "-c", str(configuration), "mirror"]


def _build_qypi(place: Place, again: bool) -> list[str]:
    del again
    return [str(Path(place.python).parent / "qypi"), "-i", f"{place.url}/pypi", "browse", CLASSIFIER]


def _read_out(place: Place) -> Catalogue:
    return _collect((str(name), str(version)) for name, version in json.loads(place.out.read_text()))


def _read_said(place: Place) -> Catalogue:
    return _collect((release["name"], release["version"]) for release in json.loads(place.said.read_text()))


def _read_mirror(place: Place) -> Catalogue:
    infos = (json.loads(path.read_text())["info"] for path in (place.folder / "mirror/web/json").iterdir())
    return _collect((info["name"], info["version"]) for info in infos)


def _read_collection(target: str) -> Callable[[Place], Catalogue]:
    def read(place: Place) -> Catalogue:
        request = urllib.request.Request(  # noqa: S310 — a server of ours
            f"{place.typesense}/collections/{target}/documents/export?include_fields=name,version",
            headers={"X-TYPESENSE-API-KEY": place.key},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            documents = [json.loads(line) for line in response.read().splitlines()]
        return _collect((document["name"], document["version"]) for document in documents)

    return read


def _collect(pairs: Iterable[tuple[str, str]]) -> Catalogue:
    """Return the highest version of each name."""
    found: Catalogue = {}
    for name, version in pairs:
        normal = canonicalize_name(name)
        found[normal] = max(version, found.get(normal, version), key=Version)
    return found


WAYS = (
    Way(
        title="pyfaggregator, at its own pace",
        command=_build_ours("side-polite", "-q"),
        environment=_build_polite_environment,
        read=_read_collection("side-polite"),
    ),
    Way(
        title="pyfaggregator, PYPI_MAX_RPS=0",
        command=_build_ours("side", "-q"),
        environment=_build_our_environment,
        read=_read_collection("side"),
    ),
    Way(
        title="the same, --discovery index",
        command=_build_ours("side-index", "-q", "--discovery", "index"),
        environment=_build_our_environment,
        read=_read_collection("side-index"),
    ),
    Way(
        title="bare loop over the list",
        command=_build_program("bare_loop.py", lambda _: "list"),
        read=_read_out,
    ),
    Way(
        title="bare loop over browse",
        command=_build_program("bare_loop.py", lambda _: "browse"),
        read=_read_out,
    ),
    Way(
        title="addon-harvester 1.1.0, browse",
        # It asks for Python 3.14, and runs with what is here.
        requirements=("--ignore-requires-python", "addon-harvester==1.1.0"),
        command=_build_program("run_addon_harvester.py", lambda _: "browse"),
        read=_read_out,
    ),
    Way(
        title="addon-harvester 1.1.0, list",
        requirements=("--ignore-requires-python", "addon-harvester==1.1.0"),
        command=_build_program("run_addon_harvester.py", lambda _: "list"),
        read=_read_out,
    ),
    Way(
        title="qypi 0.6.1.post1, browse",
        requirements=("qypi==0.6.1.post1",),
        command=_build_qypi,
        read=_read_said,
    ),
    Way(
        title="bandersnatch 8.2.0",
        requirements=("bandersnatch==8.2.0",),
        command=_build_bandersnatch,
        read=_read_mirror,
    ),
    Way(
        title="pypi-simple 1.8.0, pypi-json 0.5.0.post1",
        requirements=("pypi-simple==1.8.0", "pypi-json==0.5.0.post1"),
        command=_build_program("client_libraries.py"),
        read=_read_out,
    ),
    Way(
        title="pyf.aggregator 1.0.0.dev0",
        requirements=("pyf.aggregator==1.0.0.dev0", "setuptools<81"),
        command=_build_program("run_aggregator_2019.py", lambda again: "incremental" if again else "first"),
        read=_read_out,
    ),
)
