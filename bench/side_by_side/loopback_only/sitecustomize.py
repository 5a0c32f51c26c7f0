"""Keeps a Python program on loopback: whatever it was not told to leave alone fails at its first connection.

Python imports a module of this name when it starts, from wherever ``PYTHONPATH`` says.
"""

import ipaddress
import sys

MARK = "kept on loopback"


def _is_loopback(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in {"localhost", "", "None"}:
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _refuse_others(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_loopback(host):
        raise PermissionError(f"{MARK}: {host!r} is elsewhere")


sys.addaudithook(_refuse_others)
