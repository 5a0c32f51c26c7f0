"""docker-compose.yml, as far as it can be held to its promises without a Docker daemon.

The health check of Typesense is run as it is written, against a server on loopback.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from pyf.aggregator.config.settings import describe_variables

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return parsed


def find_servers(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if "image" in service}


def test_workers_and_beat_are_built_here_and_wait_for_healthy_servers(compose: dict[str, Any]) -> None:
    worker, beat = compose["services"]["worker"], compose["services"]["beat"]
    assert (worker["build"], beat["build"], worker["deploy"]) == (".", ".", {"replicas": 2})
    healthy = {"condition": "service_healthy"}
    assert worker["depends_on"] == beat["depends_on"] == {"typesense": healthy, "valkey": healthy}
    assert set(worker["environment"]) <= {variable.name for variable in describe_variables()}
    assert worker["environment"]["REDIS_HOST"] == "valkey:6379"
    assert beat["command"][:4] == ["celery", "-A", "pyf.aggregator.queue", "beat"]


def test_the_image_is_slim_runs_as_nobody_special_and_looks_after_its_health() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM")] == [
        "FROM python:3.13-slim AS build",
        "FROM python:3.13-slim",
    ]
    assert lines.index("USER pyf") > lines.index("FROM python:3.13-slim")
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    copied = {
        name
        for line in lines
        if line.startswith("COPY") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {name for name in copied if f"!{name}" not in ignored} == set()


def test_both_services_run_pinned_images_again_after_a_crash(compose: dict[str, Any]) -> None:
    assert {name: (s["image"], s["restart"]) for name, s in find_servers(compose).items()} == {
        "typesense": ("typesense/typesense:30.2", "unless-stopped"),
        "valkey": ("valkey/valkey:8", "unless-stopped"),
    }


def test_the_ports_are_those_of_example_env_and_open_on_loopback_alone(compose: dict[str, Any]) -> None:
    example = dotenv_values(ROOT / "example.env")
    redis_port = str(example["REDIS_HOST"]).rpartition(":")[2]
    assert {name: s["ports"] for name, s in find_servers(compose).items()} == {
        "typesense": [f"127.0.0.1:{example['TYPESENSE_PORT']}:8108"],
        "valkey": [f"127.0.0.1:{redis_port}:6379"],
    }


def test_the_gallery_listens_for_the_proxy_on_this_machine(compose: dict[str, Any]) -> None:
    gallery = compose["services"]["gallery"]
    assert gallery["command"] == ["pyfgallery", "--host", "0.0.0.0"]  # noqa: S104 - inside of its container
    assert gallery["ports"] == ["127.0.0.1:8000:8000"]
    assert gallery["depends_on"] == {"typesense": {"condition": "service_healthy"}}
    assert "REDIS_PASSWORD" not in gallery["environment"]


def test_the_data_are_in_declared_named_volumes(compose: dict[str, Any]) -> None:
    mounts = {name: s["volumes"] for name, s in find_servers(compose).items()}
    assert mounts == {"typesense": ["typesense-data:/data"], "valkey": ["valkey-data:/data"]}
    assert compose["volumes"].keys() == {
        "typesense-data",
        "valkey-data",
        "pyf-data",
        "beat-data",
        "gallery-data",
    }


def test_typesense_is_started_with_its_folder_and_cors(compose: dict[str, Any]) -> None:
    assert compose["services"]["typesense"]["command"] == ["--data-dir", "/data", "--enable-cors"]


def test_the_only_variables_are_the_secrets_that_example_env_defines(compose: dict[str, Any]) -> None:
    assert compose["services"]["typesense"]["environment"] == {
        "TYPESENSE_API_KEY": "${TYPESENSE_API_KEY:?set TYPESENSE_API_KEY in .env, see example.env}"
    }
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = {"TYPESENSE_API_KEY", "REDIS_PASSWORD"}
    assert set(re.findall(r"\$\{?(\w*)", text)) == secrets
    # Without one of them nothing starts.
    assert set(re.findall(r"\$\{(\w+):\?set \1 in \.env", text)) == secrets
    assert all(dotenv_values(ROOT / "example.env")[name] for name in secrets)


def test_valkey_wants_a_password_and_refuses_writes_when_it_is_full(compose: dict[str, Any]) -> None:
    valkey = compose["services"]["valkey"]
    options = dict(zip(valkey["command"][1::2], valkey["command"][2::2], strict=True))
    password = "${REDIS_PASSWORD:?set REDIS_PASSWORD in .env, see example.env}"
    assert options == {
        "--appendonly": "yes",
        "--maxmemory": "384mb",
        "--maxmemory-policy": "noeviction",
        "--requirepass": password,
    }
    assert valkey["environment"] == {"REDISCLI_AUTH": password}
    # Workers and beat have it from .env, which names no other place for it.
    assert "@" not in str(dotenv_values(ROOT / "example.env")["REDIS_HOST"])
    assert "REDIS_PASSWORD" not in compose["services"]["worker"]["environment"]


def test_no_service_takes_all_the_memory_there_is(compose: dict[str, Any]) -> None:
    assert {name: service["mem_limit"] for name, service in compose["services"].items()} == {
        "typesense": "2g",
        "valkey": "768m",
        "worker": "1536m",
        "beat": "512m",
        "gallery": "512m",
    }
    # As many processes as there are processors would not fit into that.
    assert "--concurrency=4" in compose["services"]["worker"]["command"]


def test_what_builds_the_image_is_pinned() -> None:
    (installing,) = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if "pip install" in line]
    assert re.fullmatch(r"RUN pip install --no-cache-dir uv==\d+\.\d+\.\d+", installing)


def test_example_env_means_the_same_to_compose_and_to_the_commands() -> None:
    """The two readers differ in quotes, "$" and what follows "#", so no value may hold one."""
    assert [
        value
        for value in dotenv_values(ROOT / "example.env").values()
        if re.search(r"[\"'$#\s\\]", value or "")
    ] == []


def test_valkey_is_asked_whether_it_answers(compose: dict[str, Any]) -> None:
    assert compose["services"]["valkey"]["healthcheck"]["test"] == [
        "CMD-SHELL",
        "valkey-cli ping | grep -q PONG",
    ]


class Health(BaseHTTPRequestHandler):
    """Answers ``GET /health`` like Typesense 0.24.1, which keeps the connection unless told otherwise."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self) -> None:
        body = b'{"ok":true}' if self.status == 200 else b'{"ok":false}'
        self.send_response(self.status if self.path == "/health" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve(status: int) -> Iterator[int]:
    handler = type("Answer", (Health,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def run_health_check(compose: dict[str, Any], port: int) -> int:
    """Run the command of the check, at another port, and return how it ended (0 means healthy)."""
    kind, *command = compose["services"]["typesense"]["healthcheck"]["test"]
    assert (kind, command[:2]) == ("CMD", ["bash", "-c"])
    assert "/dev/tcp/127.0.0.1/8108 " in command[2]
    here = [*command[:2], command[2].replace("/8108 ", f"/{port} ")]
    return subprocess.run(here, check=False, timeout=10, capture_output=True).returncode


def test_a_typesense_that_says_ok_is_healthy(compose: dict[str, Any]) -> None:
    with serve(200) as port:
        assert run_health_check(compose, port) == 0


@pytest.mark.parametrize("status", [503, 500, 404])
def test_a_typesense_that_says_otherwise_is_not_healthy(compose: dict[str, Any], status: int) -> None:
    with serve(status) as port:
        assert run_health_check(compose, port) != 0


def test_a_typesense_that_does_not_listen_is_not_healthy(compose: dict[str, Any]) -> None:
    with serve(200) as port:
        pass
    assert run_health_check(compose, port) != 0
