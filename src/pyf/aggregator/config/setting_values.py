"""The kinds of values that settings take, and the sentences that refuse all others. Pure."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, SecretStr
from pydantic_settings import NoDecode

from pyf.aggregator.metadata.model import GITHUB_HOST
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind

DEFAULT_FORGES = "gitlab:gitlab.com, forgejo:codeberg.org"
"""The largest public instances of the two; others are named by whoever knows that packages are there."""
_FORGE_KINDS = {"gitlab": ForgeKind.GITLAB, "forgejo": ForgeKind.FORGEJO, "gitea": ForgeKind.FORGEJO}

_WEB_PORTS = {"http": 80, "https": 443}

# Letters of any script, for internationalized names; "_" occurs in the names that Docker gives to services.
_HOST_NAME = re.compile(r"\w(?:[\w.-]*\w)?\.?")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value should be, for the sentence that refuses it; a secret is not repeated there.

    With ``may_be_empty`` an empty value says something of its own: never, off, none. Everywhere else it
    counts as unset.
    """

    text: str
    secret: bool = False
    may_be_empty: bool = False


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


def build_node_url(node: str, protocol: str) -> str:
    """Return ``host:port`` or a URL as a URL with its port; ``ValueError`` for anything else."""
    is_url = "://" in node
    url = urlsplit(_check_web_url(node if is_url else f"{protocol}://{node}"))
    port = url.port or (_WEB_PORTS[url.scheme] if is_url else None)
    if port is None:
        raise ValueError
    return f"{url.scheme}://{bracket(url.hostname or '')}:{port}{url.path}"


def _split_nodes(text: str | tuple[()]) -> tuple[str, ...]:
    """Return a comma list as its entries, each checked; the default, which is no text, stays empty."""
    nodes = tuple(node for part in text.split(",") if (node := part.strip())) if text else ()
    if text and not nodes:
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


def _split_names(text: str | tuple[()]) -> tuple[str, ...]:
    """Return a comma list as its entries."""
    return tuple(name for part in text.split(",") if (name := part.strip())) if text else ()


def read_forges(text: str | tuple[Forge, ...]) -> tuple[Forge, ...]:
    """Return ``kind:host`` entries, commas between, as forges; ``ValueError`` for anything else.

    An entry may end in ``=`` and the address where the forge is asked, which is ``https://`` and its host
    otherwise. A kind is ``gitlab`` or ``forgejo``; ``gitea`` is another word for the latter. GitHub is none,
    since ``GITHUB_API_URL`` speaks for it. A host has one entry; no entry at all asks no other forge.
    """
    if not isinstance(text, str):
        return text
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


def _check_secret(secret: SecretStr) -> SecretStr:
    """Refuse what an HTTP header cannot carry; sending it would fail with the secret in the message."""
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError
    return secret


def _expand_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:  # Raised for "~name" where nobody has that name.
        raise ValueError from error


Host = Annotated[str, AfterValidator(_check_host), Expected("a host name or address, no scheme, no port")]
Port = Annotated[int, Field(ge=1, le=65535), Expected("a whole number from 1 to 65535")]
Protocol = Annotated[Literal["http", "https"], Expected("http or https")]
Nodes = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_nodes), Expected("host:port or URLs, commas between")
]
Secret = Annotated[
    Annotated[SecretStr, AfterValidator(_check_secret)] | None,
    Expected("visible ASCII characters without spaces", secret=True),
]
WebUrl = Annotated[str, AfterValidator(_check_web_url), Expected("a plain http or https URL without query")]
WebUrlOrOff = Annotated[
    str,
    AfterValidator(lambda text: text and _check_web_url(text)),
    Expected("a plain http or https URL without query, or empty", may_be_empty=True),
]
Redis = Annotated[
    str,
    AfterValidator(lambda text: build_redis_url(text) and text),
    Expected("a host, host:port, or a redis:// or rediss:// URL"),
]
Seconds = Annotated[FiniteFloat, Field(gt=0), Expected("a number above 0")]
Amount = Annotated[FiniteFloat, Field(ge=0), Expected("a number not below 0")]
Whole = Annotated[int, Field(ge=0), Expected("a whole number not below 0")]
Count = Annotated[int, Field(ge=1), Expected("a whole number not below 1")]
HomePath = Annotated[Path, AfterValidator(_expand_home), Expected("a path whose ~ can be resolved")]
File = Annotated[HomePath | None, Expected("a path whose ~ can be resolved")]
Names = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_names), Expected("keys of profiles, commas between")
]
ForgeList = Annotated[
    tuple[Forge, ...],
    NoDecode,
    BeforeValidator(read_forges),
    Expected("gitlab:host or forgejo:host, commas between, each with =URL if it is asked elsewhere"),
]
Cron = Annotated[
    str,
    AfterValidator(_check_cron),
    Expected("five fields in cron form, or empty", may_be_empty=True),
]
Key = Annotated[str | None, Expected("the key of a profile")]
