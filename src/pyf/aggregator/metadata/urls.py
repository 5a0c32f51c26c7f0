r"""The one rule for every URL that is stored: only what a page may show as a link.

Browsers read addresses more kindly than RFC 3986 does (https://url.spec.whatwg.org/#concept-basic-url-parser):
they drop tabs and line breaks inside, take ``\`` for ``/`` and skip control characters before the scheme. A
text whose meaning depends on such kindness is refused here, so that both read the same address.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from pyf.aggregator.metadata.repositories.repository import Missing, is_forge, parse_repository_url
from pyf.aggregator.metadata.texts import clean_line, clean_text

MAX_URL_LENGTH = 2000
"""Characters; what is longer is data, not an address."""

_WEB_SCHEMES = frozenset({"http", "https", "ftp"})
_PORTS = range(1, 65536)
_LONGEST_HOST = 253
_LONGEST_LABEL = 63

_SURROUNDINGS = "<>\"'"
"""What people put around an address, as in ``<https://example.org>``."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNWRITTEN = re.compile(
    r"(?://)?(?P<host>[^/?#:@]+\.(?:[^\W\d_]{2,}|xn--[\w-]+))\.?(?::\d+)?(?P<rest>[/?#].*)?"
)
_GENERIC_ENDINGS = frozenset({"app", "biz", "com", "dev", "edu", "eu", "gov", "info", "io", "net", "org"})
"""Top-level domains that end a host even where nothing follows; ``README.md`` has another."""
_GIT_ONLY = re.compile(
    r"(?:(?:scm|git|svn|hg)[:+])*(?:(?:ssh|git)://(?:[\w.-]+@)?|(?:[\w.-]+@))(?P<host>[\w.-]+)(?::\d+(?=/))?"
    r"[:/](?P<path>[^:@?#]+?)(?:\.git)?/?"
)
_NOISE = re.compile(r"(?:(?:scm|git|svn|hg)[:+])*(?:https?:/{0,2})*(?=https?://)", re.IGNORECASE)
"""What tools, and slips of the hand, put before an address: ``git+https://…``, ``http://https://…``."""
_ADDRESS = re.compile(r"[A-Za-z0-9._%+=~-]{1,64}@(?P<host>[^@?&]+)")

_FORBIDDEN_KINDS = frozenset({"Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp"})
_HOST_KINDS = frozenset("LMN")
_ESCAPES = str.maketrans({char: f"%{ord(char):02X}" for char in "<>\"'`\\^{|}"})
"""What RFC 3986 allows nowhere, and the quote that would end an attribute of HTML."""


def clean_url(value: object) -> str | None:
    """Return an address that is safe to show as a link, ``None`` where the value is none.

    Schemes are http, https, ftp and mailto, in lower case. User and password go, so do whitespace and angle
    brackets around it. Without a scheme ``www.example.org`` and ``example.org/x`` get ``http:``, which
    browsers raise to https wherever that is served. An address that only git opens becomes the repository's
    page. Cleaning a clean address changes nothing.
    """
    raw = value.strip() if isinstance(value, str) else ""
    # Looked at as it came: what cleaning a text takes out would hide that this is no address.
    if len(raw) > MAX_URL_LENGTH or any(map(_is_forbidden, raw)):
        return None
    text = (clean_text(raw) or "").strip(_SURROUNDINGS).strip()
    if not text:
        return None
    link = _read_link(text) or _find_page(text)
    return link if link and len(link) <= MAX_URL_LENGTH else None


def clean_urls(value: object) -> dict[str, str]:
    """Return label → URL, from a mapping or from ``label, URL`` texts; what is no address goes."""
    return {
        label: link
        for key, text in _iterate_urls(value)
        if (label := clean_line(key)) and (link := clean_url(text))
    }


def _is_forbidden(char: str) -> bool:
    """Tell control, format and private characters, white space, and what is left of a lone surrogate."""
    return char == "\ufffd" or (not "!" <= char <= "~" and unicodedata.category(char) in _FORBIDDEN_KINDS)


def _iterate_urls(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        for entry in value:
            if isinstance(entry, str):
                label, _, url = entry.partition(",")
                yield label, url


def _read_link(text: str) -> str | None:
    text = _NOISE.sub("", text, count=1)
    if not _SCHEME.match(text):
        text = _add_scheme(text) or ""
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme == "mailto":
        return _read_mail(rest)
    # A backslash before the path: the host of a browser would be another than ours.
    if (
        scheme not in _WEB_SCHEMES
        or not rest.startswith("//")
        or "\\" in re.split("[?#]", rest, maxsplit=1)[0]
    ):
        return None
    try:
        parts = urlsplit(f"{scheme}:{rest}")
        return _rebuild(parts)
    except ValueError:
        return None


def _add_scheme(text: str) -> str | None:
    """Read what people type into the address bar; a file's name or a sentence is no address."""
    found = _UNWRITTEN.fullmatch(text)
    if found is None or not is_host(found["host"]):
        return None
    ending = found["host"].rpartition(".")[2].lower()
    www = found["host"].lower().startswith("www.")
    if not (www or found["rest"] or ending in _GENERIC_ENDINGS):
        return None
    named = parse_repository_url(text)
    if not isinstance(named, Missing):
        return f"https://{text.removeprefix('//')}"
    return f"http://{text.removeprefix('//')}"


def _rebuild(parts: SplitResult) -> str | None:
    """Write the address anew, without user and password; raises ``ValueError`` for a port that is none."""
    host, port = parts.hostname or "", parts.port
    if port is not None and port not in _PORTS:
        return None
    if not is_host(host) or host in _WEB_SCHEMES or ("[" in parts.netloc) is not (":" in host):
        return None
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    if parts.netloc.rpartition("@")[2].lower() == place:
        # The spelling of its owner, who may like capitals.
        place = parts.netloc.rpartition("@")[2]
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}://{place}{(parts.path + query + fragment).translate(_ESCAPES)}"


def is_host(host: str) -> bool:
    """Tell whether a text can be a host: a name of letters, digits and ``-_``, or an address of numbers."""
    if ":" in host:
        return _is_address(host) and "%" not in host
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_HOST or not all(map(_is_label, labels)):
        return False
    # As browsers see it, a host that ends in a number is an IPv4 address, whatever stands before.
    return not re.fullmatch(r"\d+|0[xX][0-9a-fA-F]*", labels[-1]) or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_label(label: str) -> bool:
    if not 0 < len(label) <= _LONGEST_LABEL or label[0] == "-" or label[-1] == "-":
        return False
    if label.isascii():
        return re.fullmatch(r"[A-Za-z0-9_-]+", label) is not None
    return all(char in "-_" or unicodedata.category(char)[0] in _HOST_KINDS for char in label)


def _read_mail(rest: str) -> str | None:
    """Read an address of mail alone: a subject and a text are no part of whom to write to."""
    found = _ADDRESS.fullmatch(rest.split("?", 1)[0])
    return f"mailto:{found[0]}" if found and is_host(found["host"]) else None


def _find_page(text: str) -> str | None:
    """Return the page of the repository that an address for git names, if any."""
    repository = parse_repository_url(text)
    if not isinstance(repository, Missing):
        return f"https://github.com/{repository}"
    found = _GIT_ONLY.fullmatch(text)
    if found is None or not is_forge(found["host"]):
        return None
    return _read_link(f"https://{found['host']}/{found['path'].lstrip('/')}")
