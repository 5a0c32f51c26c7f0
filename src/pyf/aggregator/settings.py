"""The settings: environment and ``.env`` become one frozen ``Settings``.

The only module that reads the environment. What a setting means to the part of the program that uses it does
not belong here; everybody else is handed plain values.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FiniteFloat,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pyf.aggregator.errors import ConfigurationError

ENV_FILE = Path(".env")  # Looked for in the working folder.

_WEB_PORTS = {"http": 80, "https": 443}

# A time limit alone says nothing about where a server is, so TYPESENSE_TIMEOUT is not among these.
_LOCATING = tuple(f"typesense_{part}" for part in ("host", "port", "protocol", "api_key", "nodes"))

# Letters of any script, for internationalized names; "_" occurs in the names that Docker gives to services.
_HOST_NAME = re.compile(r"\w(?:[\w.-]*\w)?\.?")


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a value should be, for the sentence that refuses it; a secret is not repeated there."""

    text: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable; ``default`` is empty for none and for a folder of this machine."""

    name: str
    description: str
    default: str
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesenseAddress:
    """Where the configured Typesense is: ``nodes`` are URLs with a port, such as ``http://localhost:8108``."""

    nodes: tuple[str, ...]
    api_key: SecretStr
    timeout_seconds: float


def _check_host(text: str) -> str:
    """Return a host name or address, IPv6 without its brackets; ``ValueError`` for anything else."""
    host = text.removeprefix("[").removesuffix("]")
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif not _HOST_NAME.fullmatch(host):
        raise ValueError
    return host


def _bracket(host: str) -> str:
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


def _build_node_url(node: str, protocol: str) -> str:
    """Return ``host:port`` or a URL as a URL with its port; ``ValueError`` for anything else."""
    is_url = "://" in node
    url = urlsplit(_check_web_url(node if is_url else f"{protocol}://{node}"))
    port = url.port or (_WEB_PORTS[url.scheme] if is_url else None)
    if port is None:
        raise ValueError
    return f"{url.scheme}://{_bracket(url.hostname or '')}:{port}{url.path}"


def _split_nodes(text: str | tuple[()]) -> tuple[str, ...]:
    """Return a comma list as its entries, each checked; the default, which is no text, stays empty."""
    nodes = tuple(node for part in text.split(",") if (node := part.strip())) if text else ()
    if text and not nodes:
        raise ValueError
    for node in nodes:
        _build_node_url(node, "http")
    return nodes


def _build_redis_url(text: str) -> str:
    """Return a host, ``host:port`` or URL as a URL; ``ValueError`` for anything else."""
    if "://" in text:
        _split_url(text, "redis", "rediss")
        return text
    if re.search("[@/?#]", text):
        raise ValueError
    bare_ipv6 = text.count(":") > 1 and "[" not in text
    url = _split_url(f"redis://{_bracket(text) if bare_ipv6 else text}", "redis")
    return f"redis://{_bracket(url.hostname or '')}:{url.port or 6379}/0"


def _split_names(text: str | tuple[()]) -> tuple[str, ...]:
    """Return a comma list as its entries."""
    return tuple(name for part in text.split(",") if (name := part.strip())) if text else ()


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


_Host = Annotated[str, AfterValidator(_check_host), _Expected("a host name or address, no scheme, no port")]
_Port = Annotated[int, Field(ge=1, le=65535), _Expected("a whole number from 1 to 65535")]
_Protocol = Annotated[Literal["http", "https"], _Expected("http or https")]
_Nodes = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_nodes), _Expected("host:port or URLs, commas between")
]
_Secret = Annotated[
    Annotated[SecretStr, AfterValidator(_check_secret)] | None,
    _Expected("visible ASCII characters without spaces", secret=True),
]
_WebUrl = Annotated[str, AfterValidator(_check_web_url), _Expected("a plain http or https URL without query")]
_Redis = Annotated[
    str,
    AfterValidator(lambda text: _build_redis_url(text) and text),
    _Expected("a host, host:port, or a redis:// or rediss:// URL"),
]
_Seconds = Annotated[FiniteFloat, Field(gt=0), _Expected("a number above 0")]
_Amount = Annotated[FiniteFloat, Field(ge=0), _Expected("a number not below 0")]
_Count = Annotated[int, Field(ge=1), _Expected("a whole number not below 1")]
_HomePath = Annotated[Path, AfterValidator(_expand_home), _Expected("a path whose ~ can be resolved")]
_File = Annotated[_HomePath | None, _Expected("a path whose ~ can be resolved")]
_Names = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_names), _Expected("keys of profiles, commas between")
]
_Cron = Annotated[str, AfterValidator(_check_cron), _Expected("five fields in cron form, or empty")]
_Key = Annotated[str | None, _Expected("the key of a profile")]


class Settings(BaseSettings):
    """Everything configurable; a field's name in capitals is its variable. ``load_settings`` opens it."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    typesense_host: _Host = Field(default="localhost", description="Host of the Typesense server")
    typesense_port: _Port = Field(default=8108, description="Port of the Typesense server")
    typesense_protocol: _Protocol = Field(default="http", description="Protocol of the Typesense server")
    typesense_api_key: _Secret = Field(default=None, description="Admin API key of the Typesense server")
    typesense_timeout: _Seconds = Field(default=300, description="Seconds a write to Typesense may take")
    typesense_nodes: _Nodes = Field(
        default=(), description="Nodes of a cluster instead of host and port: host:port or URLs, with commas"
    )
    github_token: _Secret = Field(default=None, description="Token for the GitHub API; it needs no scopes")
    github_coolofftime: _Amount = Field(default=2, description="Least seconds between requests to GitHub")
    github_api_url: _WebUrl = Field(default="https://api.github.com", description="Address of the GitHub API")
    github_max_age_hours: _Amount = Field(
        default=24, description="Hours for which what GitHub said of a repository is not asked again"
    )
    # A URL may carry a password, so the broker is left out of the representation.
    redis_host: _Redis = Field(
        default="localhost:6379",
        repr=False,
        description="Redis or Valkey of the queue: host, host:port or URL",
    )
    pyf_queue_profiles: _Names = Field(
        default=(),
        description="Profiles that the queue keeps fresh, with commas; all with a collection if unset",
    )
    pyf_feeds_cron: _Cron = Field(
        default="* * * * *", description="When PyPI's feeds are read, in cron form, UTC; empty for never"
    )
    pyf_reconcile_cron: _Cron = Field(
        default="17 * * * *",
        description="When each profile is reconciled, in cron form, UTC; empty for never",
    )
    pyf_github_cron: _Cron = Field(
        default="23 3 * * *", description="When GitHub is asked, in cron form, UTC; empty for never"
    )
    pyf_task_seconds: _Count = Field(default=300, description="Seconds that a task for one project may take")
    pyf_run_seconds: _Count = Field(
        default=7200, description="Seconds that the reconciling of a profile may take"
    )
    pypi_url: _WebUrl = Field(default="https://pypi.org", description="Address of PyPI or of a full mirror")
    pypi_max_rps: _Amount = Field(default=20, description="Most requests a second to PyPI; 0 lifts the cap")
    pypi_max_connections: _Count = Field(default=10, description="Most connections to PyPI at the same time")
    pyf_data_dir: _HomePath = Field(
        default_factory=lambda: user_data_path("pyf.aggregator", appauthor=False),
        description="Folder of the catalogue and the embedded Typesense; the user's data folder if unset",
    )
    pyf_profiles: _File = Field(default=None, description="Profiles file of your own, on top of the built-in")
    default_profile: _Key = Field(default=None, description="Profile that a command uses where it names none")

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, values: Mapping[str, object]) -> dict[str, object]:
        """Strip every text and drop what is then empty: a line break at a secret's end is no part of it.

        An empty schedule is none, though, and not the default.
        """
        stripped = {name: text.strip() if isinstance(text, str) else text for name, text in values.items()}
        return {name: value for name, value in stripped.items() if value != "" or name.endswith("_cron")}

    @property
    def typesense(self) -> TypesenseAddress | None:
        """The configured Typesense; ``None`` when nothing says where one is, then the embedded one is meant.

        Raises ``ConfigurationError`` when a server is configured without a key.
        """
        located = [name.upper() for name in _LOCATING if name in self.model_fields_set]
        if not located:
            return None
        if self.typesense_api_key is None:
            raise ConfigurationError(
                f"{', '.join(located)} configures a Typesense server but TYPESENSE_API_KEY is not set;"
                " set it to the server's admin key, or unset the others to use the embedded Typesense."
            )
        nodes = self.typesense_nodes or (f"{_bracket(self.typesense_host)}:{self.typesense_port}",)
        return TypesenseAddress(
            nodes=tuple(_build_node_url(node, self.typesense_protocol) for node in nodes),
            api_key=self.typesense_api_key,
            timeout_seconds=self.typesense_timeout,
        )

    @property
    def redis_url(self) -> str:
        """The broker as a URL, password included; Celery would take a bare ``host:port`` for AMQP's."""
        return _build_redis_url(self.redis_host)


def _get_expected(name: str) -> _Expected:
    return next(data for data in Settings.model_fields[name].metadata if isinstance(data, _Expected))


def _show(value: object, expected: _Expected) -> str:
    """Return what a variable says, without whatever in it may be secret (a URL's user part and query)."""
    if expected.secret:
        return "not usable"
    text = re.sub(r"^([\w+.-]+://)?.*@", r"\1...@", str(value), flags=re.DOTALL)
    return repr(re.sub(r"\?.*", "?...", text, flags=re.DOTALL))


def _build_refusal(error: ValidationError) -> str:
    """Return the sentence that names every wrong variable, what it says and what is expected."""
    wrong = {str(detail["loc"][0]): detail["input"] for detail in error.errors(include_url=False)}
    rules = {name: _get_expected(name) for name in wrong}
    complaints = [
        f"{name.upper()} is {_show(value, rules[name])} (expected: {rules[name].text})"
        for name, value in wrong.items()
    ]
    return f"Correct the environment or {ENV_FILE}: {'; '.join(complaints)}."


def load_settings() -> Settings:
    """Read the environment and ``.env`` in the working folder; the environment wins.

    Raises ``ConfigurationError`` with one sentence that names every wrong variable. The causes are cut off,
    because they hold the values, secrets among them.
    """
    try:
        if ENV_FILE.is_dir():  # pydantic-settings would pass over a folder without a word.
            raise ConfigurationError(f"{ENV_FILE} is a folder where a file is expected; move it away.")
        return Settings()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{ENV_FILE} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise ConfigurationError(f"{ENV_FILE} cannot be read: {error.strerror}; mend it.") from None
    except ValidationError as error:
        raise ConfigurationError(_build_refusal(error)) from None


def describe_variables() -> tuple[Variable, ...]:
    """Every variable in the order of the fields: what ``example.env`` and the manual are compared with."""
    return tuple(
        Variable(
            name=name.upper(),
            description=field.description or "",
            default="" if field.default_factory else str(field.default or ""),
            secret=_get_expected(name).secret,
        )
        for name, field in Settings.model_fields.items()
    )
