"""A PyPI of canned answers, fast enough not to be the bottleneck; a process of its own.

``python -m bench.static_pypi PROJECTS`` prints its URL and serves until it is ended. One project in 500
carries ``Framework :: Flask``; each JSON has some 17 KB, PyPI's usual size.
"""

import asyncio
import json
import sys
from xmlrpc import client as xmlrpc

SERIAL = 30_000_000
SHARE = 500
DESCRIPTION = "Words that somebody wrote about a package, and then some more of them. " * 40


def build_names(count: int) -> list[str]:
    return [f"some-project-{number:07}" for number in range(count)]


def is_flask(number: int) -> bool:
    return number % SHARE == 0


def build_list(count: int) -> bytes:
    projects = ",".join(
        f'{{"_last-serial":{SERIAL - 60_000 + number % 50_000},"name":"{name}"}}'
        for number, name in enumerate(build_names(count))
    )
    return f'{{"meta":{{"_last-serial":{SERIAL},"api-version":"1.4"}},"projects":[{projects}]}}'.encode()


def build_project(name: str, *, flask: bool) -> bytes:
    classifiers = ["Programming Language :: Python :: 3.12", "License :: OSI Approved :: MIT License"]
    files = [
        {
            "filename": f"{name}-{minor}.0-py3-none-any.whl",
            "upload_time_iso_8601": f"2024-01-{minor + 1:02}T12:00:00.000000Z",
            "requires_python": ">=3.9",
            "yanked": False,
            "digests": {"sha256": "0" * 64, "md5": "0" * 32, "blake2b_256": "0" * 64},
            "url": f"https://files.example/{'0' * 64}/{name}-{minor}.0-py3-none-any.whl",
        }
        for minor in range(25)
    ]
    return json.dumps(
        {
            "info": {
                "name": name,
                "version": "24.0",
                "summary": "A package among many",
                "description": DESCRIPTION,
                "description_content_type": "text/markdown",
                "classifiers": [*classifiers, "Framework :: Flask"] if flask else classifiers,
                "keywords": "many,packages",
                "author": "Somebody",
            },
            "releases": {f"{minor}.0": [file] for minor, file in enumerate(files)},
            "urls": files[-1:],
            "last_serial": SERIAL,
            "vulnerabilities": [],
            "ownership": {"roles": [], "organization": None},
        }
    ).encode()


def build_browse(count: int) -> bytes:
    rows = [[name, "24.0"] for number, name in enumerate(build_names(count)) if is_flask(number)]
    return xmlrpc.dumps((rows,), methodresponse=True).encode()


def frame(body: bytes, content_type: str) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"X-PyPI-Last-Serial: {SERIAL}\r\n\r\n"
    )
    return head.encode() + body


class Canned(asyncio.Protocol):
    """Answers requests for what it was given; bodies of requests are short and read away."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end]
            body_bytes = 0
            if head.startswith(b"POST"):
                marker = head.lower().find(b"content-length:")
                body_bytes = int(head[marker + 15 :].split(b"\r\n", 1)[0])
            if len(self._data) < end + 4 + body_bytes:
                return
            self._data = self._data[end + 4 + body_bytes :]
            self._transport.write(self._answer(head.split(b" ", 2)[1]))

    def _answer(self, path: bytes) -> bytes:
        if path in self._answers:
            return self._answers[path]
        name = path.split(b"/")[2].decode()
        flask = is_flask(int(name.rpartition("-")[2]))
        # The body of the many is the same: nobody looks at more than its classifiers.
        return frame(build_project(name, flask=True), "application/json") if flask else self._answers[b"any"]


async def serve(count: int) -> None:
    answers = {
        b"/simple/": frame(build_list(count), "application/vnd.pypi.simple.v1+json"),
        b"/pypi": frame(build_browse(count), "text/xml"),
        b"any": frame(build_project("some-project", flask=False), "application/json"),
    }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(answers), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
