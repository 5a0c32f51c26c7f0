"""``pyfgallery`` as an operator meets it: served, ended, and each reason why it cannot be."""

import asyncio
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from pyf.aggregator.cli.gallery import pyfgallery
from pyf.aggregator.config.settings import describe_variables
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.embedded.sharing import open_embedded
from tests.clients import Client
from tests.commands import Commands, Run
from tests.gallery.wares import build_profile
from tests.servers.prepared import PYFGALLERY, Command, PreparedProcess
from tests.servers.redis import wait_until

PROFILES = """
profiles:
  wares:
    name: Plone
    classifiers: ["Framework :: Plone"]
  empty:
    name: Empty
    classifiers: ["Framework :: Flask"]
  api:
    name: Reserved
    classifiers: ["Framework :: Flask"]
"""


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfgallery)


@pytest.fixture
def settings(typesense: EmbeddedServer, wares: Profile, tmp_path: Path) -> dict[str, str]:
    """Settings that name the suite's Typesense, and profiles of which one has a collection."""
    assert wares == build_profile("wares")
    (tmp_path / "profiles.yaml").write_text(PROFILES)
    ours = {variable.name for variable in describe_variables()}
    return {
        **{name: value for name, value in os.environ.items() if name not in ours},
        "TYPESENSE_NODES": typesense.url,
        "TYPESENSE_API_KEY": typesense.api_key,
        "PYF_PROFILES": str(tmp_path / "profiles.yaml"),
        "PYF_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def keys(typesense: EmbeddedServer) -> Iterator[Client]:
    """Whoever looks after the keys of the server; those that a test leaves are removed."""
    client = Client(typesense.url, typesense.api_key)
    yield client
    for key in list_keys(client):
        client.ask("DELETE", f"/keys/{key['id']}")


def list_keys(client: Client) -> list[dict[str, object]]:
    found = client.ask("GET", "/keys")["keys"]
    return [key for key in found if key["description"] == "search-only key of the gallery"]


class Served:
    """The command as a process of its own."""

    def __init__(self, settings: Mapping[str, str], folder: Path, *arguments: str) -> None:
        self.port = find_port()
        self.log = folder / "gallery.log"
        self.log.unlink(missing_ok=True)
        self.process = PreparedProcess(
            Command(
                program=PYFGALLERY,
                words=("--port", str(self.port), *arguments),
                environment=dict(settings),
                folder=folder,
                log=self.log,
            )
        )
        wait_until(lambda: self.process.poll() is not None or self._listens(), "the gallery listens")

    def _listens(self) -> bool:
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=20)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal.Signals(number))
        return self.process.wait(20)


def find_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_what_was_collected_with_a_key_that_may_only_search(
    settings: dict[str, str], keys: Client, tmp_path: Path, number: int
) -> None:
    served = Served(settings, tmp_path)
    assert served.get("/").headers["location"] == "/wares/"
    assert served.get("/wares/?q=calendar").status_code == 200
    assert "uvicorn" not in str(served.get("/wares/").headers)
    (key,) = list_keys(keys)
    assert key["actions"] == ["documents:search"]
    assert key["collections"] == ["wares", "wares-changes", "wares-previous"]
    began = time.monotonic()
    assert served.end(number) == 0
    assert time.monotonic() - began < 5
    talk = served.log.read_text()
    assert f"The gallery is at http://127.0.0.1:{served.port}; Ctrl-C ends it." in talk
    assert "The gallery has ended." in talk
    assert settings["TYPESENSE_API_KEY"] not in talk


def test_its_key_is_kept_and_made_anew_when_it_is_gone(
    settings: dict[str, str], keys: Client, tmp_path: Path
) -> None:
    for _ in range(2):
        served = Served(settings, tmp_path)
        assert served.get("/wares/").status_code == 200
        served.end()
        assert len(list_keys(keys)) == 1
    keys.ask("DELETE", f"/keys/{list_keys(keys)[0]['id']}")
    served = Served(settings, tmp_path)
    assert served.get("/wares/").status_code == 200
    served.end()
    (key,) = list_keys(keys)
    kept = json.loads((tmp_path / "data" / "search-keys.json").read_text())
    (ours,) = kept[settings["TYPESENSE_NODES"]]
    assert ours["value"].startswith(str(key["value_prefix"]))


def test_a_gallery_of_other_profiles_takes_no_key_away(
    settings: dict[str, str], keys: Client, tmp_path: Path
) -> None:
    first = Served(settings, tmp_path)
    keys.ask("POST", "/collections", {"name": "empty", "fields": [{"name": "name", "type": "string"}]})
    try:
        (tmp_path / "second").mkdir()
        second = Served(settings, tmp_path / "second", "-p", "empty")
        assert second.get("/healthz").status_code == 200
        second.end()
    finally:
        keys.ask("DELETE", "/collections/empty")
    assert first.get("/wares/?q=calendar").status_code == 200
    first.end()
    # What covers more is good for less.
    third = Served(settings, tmp_path, "-p", "wares")
    assert third.get("/wares/").status_code == 200
    third.end()
    assert sorted(key["collections"] for key in list_keys(keys)) == [  # type: ignore[type-var]
        ["empty", "empty-changes", "empty-previous"],
        ["wares", "wares-changes", "wares-previous"],
    ]


def test_a_key_of_ones_own_is_all_it_needs(settings: dict[str, str], keys: Client, tmp_path: Path) -> None:
    made = keys.ask(
        "POST",
        "/keys",
        {
            "description": "search-only key of the gallery",
            "actions": ["documents:search"],
            "collections": ["wares"],
        },
    )
    settings["TYPESENSE_SEARCH_KEY"] = made["value"]
    del settings["TYPESENSE_API_KEY"]
    served = Served(settings, tmp_path, "-v", "--host", "0.0.0.0")  # noqa: S104 - for a moment
    page = served.get("/wares/")
    assert page.status_code == 200
    # Nobody can visit a wildcard.
    assert f'"http://localhost:{served.port}/wares/"' in page.text
    assert "0.0.0.0" not in page.text  # noqa: S104
    assert served.get("/wares/packages/nothing/").status_code == 404
    served.end()
    assert not (tmp_path / "data").exists()
    talk = served.log.read_text()
    assert made["value"] not in talk
    # With -v each request is told.
    assert "GET /wares/" in talk


def test_it_says_where_a_typesense_of_its_own_is(
    settings: dict[str, str], typesense_binary: Path, tmp_path: Path
) -> None:
    assert typesense_binary.exists()
    own = {name: value for name, value in settings.items() if not name.startswith("TYPESENSE_")}

    async def collect() -> None:
        async with open_embedded(tmp_path / "data") as server:
            schema = {"name": "empty", "fields": [{"name": "name", "type": "string"}]}
            Client(server.url, server.api_key).ask("POST", "/collections", schema)

    asyncio.run(collect())
    served = Served(own, tmp_path)
    try:
        port = json.loads((tmp_path / "data" / "typesense" / "server.json").read_text())["port"]
        line = f"Typesense is at http://127.0.0.1:{port} as long as the gallery is."
        assert line in served.log.read_text().splitlines()
    finally:
        assert served.end() == 0


def test_it_tells_what_is_missing_and_shows_the_rest(
    settings: dict[str, str], keys: Client, tmp_path: Path
) -> None:
    del keys
    served = Served(settings, tmp_path, "-p", "wares", "-p", "empty", "--base-url", "https://a.example/b/")
    assert served.get("/b/wares/").status_code == 200
    assert '"https://a.example/b/wares/"' in served.get("/b/wares/").text
    served.end()
    assert "Nothing was collected for empty yet; pyfaggregator -f -p empty does it." in served.log.read_text()


def test_what_a_setting_says_stands_on_each_page(
    settings: dict[str, str], keys: Client, tmp_path: Path
) -> None:
    del keys
    settings |= {
        "PYF_GALLERY_TITLE": "Our <shelf>",
        "PYF_GALLERY_FOOTER": "By us. [Imprint](https://a.example/i)",
        "PYF_GALLERY_URL": "https://a.example",
    }
    served = Served(settings, tmp_path, "-q")
    page = served.get("/wares/").text
    served.end()
    assert "Our &lt;shelf&gt;" in page
    assert 'By us. <a href="https://a.example/i">Imprint</a>' in page
    assert '"https://a.example/wares/"' in page


def test_a_style_sheet_of_ones_own_comes_after_ours(
    settings: dict[str, str], keys: Client, tmp_path: Path
) -> None:
    del keys
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gallery.css").write_text(":root { --accent: #123456 }")
    served = Served(settings, tmp_path)
    page = served.get("/wares/").text
    ours, own = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert ours.endswith("gallery.css")
    answer = served.get(own)
    assert (answer.text, answer.headers["content-type"]) == (
        ":root { --accent: #123456 }",
        "text/css; charset=utf-8",
    )
    assert "immutable" in answer.headers["cache-control"]
    served.end()


MISTAKES = {
    "no such profile": (["-p", "nope"], 2, "There is no profile 'nope'"),
    "an address of its own": (["-p", "api"], 2, "The gallery has pages of its own at /api"),
    "nothing collected": (["-p", "empty"], 1, "There is no collection 'empty'"),
    "no host": (["--host", "nowhere.invalid"], 1, "that is no address of this machine"),
    "no name of a host": (["--host", "a" * 64], 1, "that is no name of a host"),
    "no base URL": (["--base-url", "nonsense"], 2, "--base-url 'nonsense' is not a plain http or https URL"),
    "another subcommand": (["nonsense"], 2, "No such command 'nonsense'"),
}


@pytest.mark.parametrize(("arguments", "exit_code", "sentence"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.usefixtures("keys")
def test_a_mistake_ends_it_with_one_sentence(
    run: Run, settings: dict[str, str], arguments: list[str], exit_code: int, sentence: str
) -> None:
    ours = {name: settings[name] for name in ("TYPESENSE_NODES", "TYPESENSE_API_KEY", "PYF_PROFILES")}
    ended = run(*arguments, **ours)
    assert ended.exit_code == exit_code
    errors = [line for line in ended.talk.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert sentence in errors[0]


def test_a_port_that_is_taken(run: Run, settings: dict[str, str], keys: Client) -> None:
    del keys
    ours = {name: settings[name] for name in ("TYPESENSE_NODES", "TYPESENSE_API_KEY", "PYF_PROFILES")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("--port", str(taken.getsockname()[1]), **ours)
    assert ended.exit_code == 1
    assert "something else listens there; --port names another port." in ended.talk


def test_a_key_that_may_search_nothing(run: Run, settings: dict[str, str]) -> None:
    ours = {name: settings[name] for name in ("TYPESENSE_NODES", "PYF_PROFILES")}
    ended = run(TYPESENSE_SEARCH_KEY="wrong-key", **ours)
    assert ended.exit_code == 1
    assert "refuses the search-only key; TYPESENSE_SEARCH_KEY has to be one" in ended.talk
    assert "wrong-key" not in ended.talk


def test_an_admin_key_reads_no_page(run: Run, settings: dict[str, str]) -> None:
    ours = {name: settings[name] for name in ("TYPESENSE_NODES", "PYF_PROFILES")}
    ended = run(TYPESENSE_SEARCH_KEY=settings["TYPESENSE_API_KEY"], **ours)
    assert ended.exit_code == 2
    assert "TYPESENSE_SEARCH_KEY is an admin key; no page is read with one." in ended.talk
    assert settings["TYPESENSE_API_KEY"] not in ended.talk


def test_a_server_that_is_away(run: Run) -> None:
    ended = run(TYPESENSE_NODES="http://127.0.0.1:9", TYPESENSE_API_KEY="x")
    assert ended.exit_code == 1
    assert re.search(r"Error: Typesense at .* is unavailable", ended.talk)
