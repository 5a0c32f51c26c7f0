"""The kinds of values that settings take, and what each expects of a text. Pure."""

import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from pyf.aggregator.metadata.model import GITHUB_HOST
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind

DEFAULT_FORGES = "gitlab:gitlab.com, forgejo:codeberg.org"
"""The largest public instances of the two; others are named by whoever knows that packages are there."""
_FORGE_KINDS = {"gitlab": ForgeKind.GITLAB, "forgejo": ForgeKind.FORGEJO, "gitea": ForgeKind.FORGEJO}

_LONGEST_LINE = 1_000
_WEB_PORTS = {"http": 80, "https": 443}

# Letters of any script, for internationalized names; "_" occurs in the names that Docker gives to services.
_HOST_NAME = re.compile(r"\w(?:[\w.-]*\w)?\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind[T]:
    """A kind of values: ``read`` makes one of a text that has no space around it.

    It raises ``ValueError`` for any other text; ``expected`` then says what was meant, and the text of a
    ``secret`` is not repeated. With ``takes_empty`` an empty text is a value, too; otherwise it sets nothing.
    ``write`` gives the text of a value, as a default is shown.
    """

    read: Callable[[str], T]
    expected: str
    secret: bool = False
    takes_empty: bool = False
    write: Callable[[T], str] = str


@dataclass(frozen=True, slots=True)
class SecretStr:
    """A text that no representation shows."""

    _value: str = field(repr=False)

    def get_secret_value(self) -> str:
        """Return the text itself."""
        return self._value


def _check_host(text: str) -> str:
    """Return a host name or address, IPv6 without its brackets; ``ValueError`` for anything else."""
    host = text.removeprefix("[").removesuffix("]")
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif not _HOST_NAME.fullmatch(host):
        raise ValueError
    return host


def bracket(host: str) -> str:
    """Return ``host`` as a URL writes it: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def _split_url(text: str, *schemes: str) -> SplitResult:
    """Take a URL apart; ``ValueError`` unless it has one of the schemes, a host and no impossible port.

    Spaces and control characters are looked for first because ``urlsplit`` drops some of them silently.
    """
    if not text.isprintable() or " " in text:
        raise ValueError
    url = urlsplit(text)
    if url.scheme not in schemes or url.port == 0:
        raise ValueError
    _check_host(url.hostname or "")
    return url


def _check_web_url(text: str) -> str:
    """Return a web address without trailing slashes; a password in it is refused, it would end up in logs."""
    url = _split_url(text, *_WEB_PORTS)
    if "@" in url.netloc or re.search("[?#]", text):
        raise ValueError
    return text.rstrip("/")


def _check_downloads_url(text: str) -> str:
    """Return an address whose query names the user, or nothing; ``ValueError`` for one with a password.

    It ends up in logs and messages, whole.
    """
    if not text:
        return text
    url = _split_url(text, *_WEB_PORTS)
    if (
        "@" in url.netloc
        or url.fragment
        or any("password" in name.lower() for name, _ in parse_qsl(url.query, keep_blank_values=True))
    ):
        raise ValueError
    return text


def build_node_url(node: str, protocol: str) -> str:
    """Return ``host:port`` or a URL as a URL with its port; ``ValueError`` for anything else."""
    is_url = "://" in node
    url = urlsplit(_check_web_url(node if is_url else f"{protocol}://{node}"))
    port = url.port or (_WEB_PORTS[url.scheme] if is_url else None)
    if port is None:
        raise ValueError
    return f"{url.scheme}://{bracket(url.hostname or '')}:{port}{url.path}"


def _split_nodes(text: str) -> tuple[str, ...]:
    """Return a comma list as its entries, each checked."""
    nodes = _split_names(text)
    if not nodes:
        raise ValueError
    for node in nodes:
        build_node_url(node, "http")
    return nodes


def build_redis_url(text: str, password: str | None = None) -> str:
    """Return a host, ``host:port`` or URL as a URL; ``ValueError`` for anything else.

    The password goes into it where it names none, special characters quoted (RFC 3986, section 3.2.1).
    """
    if "://" in text:
        url = _split_url(text, "redis", "rediss")
        if password is not None and not url.password:
            url = url._replace(netloc=f"{url.username or ''}:{quote(password, safe='')}@{_find_place(url)}")
            text = url.geturl()
        return _demand_certificate(url) if url.scheme == "rediss" else text
    if re.search("[@/?#]", text):
        raise ValueError
    bare_ipv6 = text.count(":") > 1 and "[" not in text
    url = _split_url(f"redis://{bracket(text) if bare_ipv6 else text}", "redis")
    return build_redis_url(f"redis://{bracket(url.hostname or '')}:{url.port or 6379}/0", password)


def _find_place(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def _demand_certificate(url: SplitResult) -> str:
    """Return a ``rediss://`` URL that has the server's certificate checked, unless it says otherwise.

    Celery takes a URL that does not say for one that wants no check.
    """
    if "ssl_cert_reqs=" in url.query:
        return url.geturl()
    return url._replace(query="&".join(filter(None, (url.query, "ssl_cert_reqs=required")))).geturl()


def _split_names(text: str) -> tuple[str, ...]:
    """Return a comma list as its entries."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def read_forges(text: str) -> tuple[Forge, ...]:
    """Return ``kind:host`` entries, commas between, as forges; ``ValueError`` for anything else.

    An entry may end in ``=`` and the address where the forge is asked, which is ``https://`` and its host
    otherwise. A kind is ``gitlab`` or ``forgejo``; ``gitea`` is another word for the latter. GitHub is none,
    since ``GITHUB_API_URL`` speaks for it. A host has one entry; no entry at all asks no other forge.
    """
    forges = tuple(_read_forge(entry) for part in text.split(",") if (entry := part.strip()))
    if len({forge.host for forge in forges}) < len(forges) or (text.strip() and not forges):
        raise ValueError
    return forges


def _read_forge(entry: str) -> Forge:
    named, given, url = (part.strip() for part in entry.partition("="))
    kind, _, host = (part.strip().lower() for part in named.partition(":"))
    # As the URLs of repositories are compared: https://www.gitlab.example.org./x is on gitlab.example.org
    host = _check_host(host).rstrip(".").removeprefix("www.")
    if kind not in _FORGE_KINDS or "." not in host or host == GITHUB_HOST or (given and not url):
        raise ValueError
    return Forge(kind=_FORGE_KINDS[kind], host=host, url=_check_web_url(url) if url else f"https://{host}")


def _check_cron(text: str) -> str:
    """Return five fields of digits, names and ``*/,-``, or nothing; the queue knows what they mean."""
    if text and not re.fullmatch(r"(?:[0-9a-z*/,-]+ ){4}[0-9a-z*/,-]+", " ".join(text.lower().split())):
        raise ValueError
    return " ".join(text.split())


def _read_words(text: str) -> str:
    """Return a line that people will read."""
    if len(text) > _LONGEST_LINE or not text.isprintable():
        raise ValueError
    return text


def _read_secret(text: str) -> SecretStr:
    """Refuse what an HTTP header cannot carry; sending it would fail with the secret in the message."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError
    return SecretStr(text)


def _read_path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # Raised for "~name" where nobody has that name.
        raise ValueError from error


def _read_protocol(text: str) -> str:
    if text not in _WEB_PORTS:
        raise ValueError
    return text


def _read_redis(text: str) -> str:
    build_redis_url(text)
    return text


def _read_whole(text: str, least: int, most: float = math.inf) -> int:
    number = int(text)
    if not least <= number <= most:
        raise ValueError
    return number


def _read_number(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and number >= 0):
        raise ValueError
    return number


def _read_seconds(text: str) -> float:
    if not (number := _read_number(text)):
        raise ValueError
    return number


HOST = Kind(read=_check_host, expected="a host name or address, no scheme, no port")
PORT = Kind(read=lambda text: _read_whole(text, 1, 65535), expected="a whole number from 1 to 65535")
PROTOCOL = Kind(read=_read_protocol, expected="http or https")
NODES = Kind(read=_split_nodes, expected="host:port or URLs, commas between")
SECRET = Kind(read=_read_secret, expected="visible ASCII characters without spaces", secret=True)
WEB_URL = Kind(read=_check_web_url, expected="a plain http or https URL without query")
DOWNLOADS = Kind(
    read=_check_downloads_url, expected="an http or https URL without a password, or empty", takes_empty=True
)
WEB_URL_OR_OFF = Kind(
    read=lambda text: text and _check_web_url(text),
    expected="a plain http or https URL without query, or empty",
    takes_empty=True,
)
REDIS = Kind(read=_read_redis, expected="a host, host:port, or a redis:// or rediss:// URL")
SECONDS = Kind(read=_read_seconds, expected="a number above 0")
AMOUNT = Kind(read=_read_number, expected="a number not below 0")
WHOLE = Kind(read=lambda text: _read_whole(text, 0), expected="a whole number not below 0")
COUNT = Kind(read=lambda text: _read_whole(text, 1), expected="a whole number not below 1")
PATH = Kind(read=_read_path, expected="a path whose ~ can be resolved")
NAMES = Kind(read=_split_names, expected="keys of profiles, commas between")
FORGES = Kind(
    read=read_forges,
    expected="gitlab:host or forgejo:host, commas between, no host twice nor github.com, each with =URL if it"
    " is asked elsewhere",
    takes_empty=True,
    write=lambda forges: ", ".join(f"{forge.kind}:{forge.host}" for forge in forges),
)
CRON = Kind(read=_check_cron, expected="five fields in cron form, or empty", takes_empty=True)
WORDS = Kind(read=_read_words, expected="one line, 1,000 characters at most")
KEY = Kind(read=str, expected="the key of a profile")
