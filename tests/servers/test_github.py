"""The stand-ins that a newcomer starts by hand."""

import socket
import subprocess
import sys

import pytest

from tests.servers.github import GitHubServer


def test_a_port_that_somebody_else_has_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="address already in use"), GitHubServer(port=port):
            pass
        command = [sys.executable, "-m", "tests.servers", "github", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Error: Port {port} cannot be used" in done.stderr


@pytest.mark.parametrize(
    ("name", "beginning", "end"),
    [
        ("github", "GITHUB_API_URL=http://127.0.0.1:", " pyfgithub -p plone"),
        ("gitlab", "PYF_FORGES=gitlab:gitlab.com=http://127.0.0.1:", ""),
        ("forgejo", "PYF_FORGES=forgejo:codeberg.org=http://127.0.0.1:", ""),
    ],
)
def test_it_says_how_to_use_it(name: str, beginning: str, end: str) -> None:
    command = [sys.executable, "-m", "tests.servers", name, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith(beginning)
    assert line.rstrip().endswith(end)
