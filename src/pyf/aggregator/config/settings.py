"""The settings: environment and ``.env`` become one frozen ``Settings``.

The only module that reads the environment. What a setting means to the part of the program that uses it does
not belong here; everybody else is handed plain values.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pyf.aggregator.config.env_file import OWN_PREFIX, PREFIXES, describe_unknown, load_env_file
from pyf.aggregator.config.setting_values import (
    DEFAULT_FORGES,
    Amount,
    Count,
    Cron,
    Expected,
    File,
    ForgeList,
    HomePath,
    Host,
    Key,
    Names,
    Nodes,
    Port,
    Protocol,
    Redis,
    Seconds,
    Secret,
    WebUrl,
    Whole,
    bracket,
    build_node_url,
    build_redis_url,
)
from pyf.aggregator.errors.root import ConfigurationError

logger = logging.getLogger(__name__)

ENV_FILE = Path(".env")  # Looked for in the working folder.

# A time limit alone says nothing about where a server is, so TYPESENSE_TIMEOUT is not among these.
_LOCATING = tuple(f"typesense_{part}" for part in ("host", "port", "protocol", "api_key", "nodes"))


_EMPTY_IS_OFF = ("_cron", "pyf_forges")
"""How the settings end whose empty value switches something off."""


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


def _drop_blank(values: Mapping[str, Any]) -> dict[str, Any]:
    """Strip every text and drop what is then empty: a line break at a secret's end is no part of it.

    An empty schedule means never, and an empty list of forges none but GitHub: neither is the default.
    ``env_ignore_empty`` knows no such exception and looks before anything is stripped;
    ``str_strip_whitespace`` reaches no number (pydantic-settings 2.16).
    """
    stripped = {name: text.strip() if isinstance(text, str) else text for name, text in values.items()}
    return {name: value for name, value in stripped.items() if value != "" or name.endswith(_EMPTY_IS_OFF)}


def _load_env_file() -> dict[str, str]:
    """Return what ``.env`` sets, by the names of the fields; say which of its names are none of ours."""
    values = load_env_file(ENV_FILE)
    _warn_of_unknown(values, str(ENV_FILE), PREFIXES)
    return {name.lower(): value for name, value in values.items()}


def _warn_of_unknown(names: Iterable[str], place: str, prefixes: tuple[str, ...]) -> None:
    known = [variable.name for variable in describe_variables()]
    for sentence in describe_unknown(list(names), known, place=place, prefixes=prefixes):
        logger.warning("%s", sentence)


class Settings(BaseSettings):
    """Everything configurable; a field's name in capitals is its variable. ``load_settings`` opens it."""

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    typesense_host: Host = Field(default="localhost", description="Host of the Typesense server")
    typesense_port: Port = Field(default=8108, description="Port of the Typesense server")
    typesense_protocol: Protocol = Field(default="http", description="Protocol of the Typesense server")
    typesense_api_key: Secret = Field(default=None, description="Admin API key of the Typesense server")
    typesense_timeout: Seconds = Field(default=300, description="Seconds a write to Typesense may take")
    typesense_nodes: Nodes = Field(
        default=(), description="Nodes of a cluster instead of host and port: host:port or URLs, with commas"
    )
    github_token: Secret = Field(default=None, description="Token for the GitHub API; it needs no scopes")
    github_coolofftime: Amount = Field(
        default=2, description="Least seconds between requests to GitHub, and to each other forge"
    )
    github_api_url: WebUrl = Field(default="https://api.github.com", description="Address of the GitHub API")
    github_max_age_hours: Amount = Field(
        default=24, description="Hours for which what a forge said of a repository is not asked again"
    )
    pyf_forges: ForgeList = Field(
        default=DEFAULT_FORGES,
        validate_default=True,
        description="Forges beside GitHub: gitlab:host or forgejo:host, commas between; empty for none",
    )
    # A URL may carry a password, so the broker is left out of the representation.
    redis_host: Redis = Field(
        default="localhost:6379",
        repr=False,
        description="Redis or Valkey of the queue: host, host:port or URL",
    )
    redis_password: Secret = Field(default=None, description="Password of Redis, where REDIS_HOST names none")
    pyf_queue_profiles: Names = Field(
        default=(),
        description="Profiles that the queue keeps fresh, with commas; all with a collection if unset",
    )
    pyf_feeds_cron: Cron = Field(
        default="* * * * *", description="When PyPI's feeds are read, in cron form, UTC; empty for never"
    )
    pyf_reconcile_cron: Cron = Field(
        default="17 * * * *",
        description="When each profile is reconciled, in cron form, UTC; empty for never",
    )
    pyf_github_cron: Cron = Field(
        default="23 3 * * *", description="When the forges are asked, in cron form, UTC; empty for never"
    )
    pyf_task_seconds: Count = Field(default=300, description="Seconds that a task for one project may take")
    pyf_run_seconds: Count = Field(
        default=7200, description="Seconds that the reconciling of a profile may take"
    )
    pyf_result_seconds: Whole = Field(
        default=0, description="Seconds for which what tasks return is kept in Redis; 0 for not at all"
    )
    pypi_url: WebUrl = Field(default="https://pypi.org", description="Address of PyPI or of a full mirror")
    pypi_max_rps: Amount = Field(default=20, description="Most requests a second to PyPI; 0 lifts the cap")
    pypi_max_connections: Count = Field(default=10, description="Most connections to PyPI at the same time")
    pyf_data_dir: HomePath = Field(
        default_factory=lambda: user_data_path("pyf.aggregator", appauthor=False),
        description="Folder of the catalogue and the embedded servers; the user's data folder if unset",
    )
    pyf_profiles: File = Field(default=None, description="Profiles file of your own, on top of the built-in")
    default_profile: Key = Field(default=None, description="Profile that a command uses where it names none")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Callable[[], dict[str, Any]], ...]:
        """Read the environment and ``.env``; an empty value leaves the next source its say."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (
            lambda: _drop_blank(init_settings()),
            lambda: _drop_blank(env_settings()),
            lambda: _drop_blank(_load_env_file()),
        )

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
        nodes = self.typesense_nodes or (f"{bracket(self.typesense_host)}:{self.typesense_port}",)
        return TypesenseAddress(
            nodes=tuple(build_node_url(node, self.typesense_protocol) for node in nodes),
            api_key=self.typesense_api_key,
        )

    @property
    def names_redis(self) -> bool:
        """Tell whether anybody says where Redis is."""
        return "redis_host" in self.model_fields_set

    @property
    def redis_url(self) -> str:
        """The broker as a URL, password included; Celery would take a bare ``host:port`` for AMQP's."""
        password = self.redis_password
        return build_redis_url(self.redis_host, password.get_secret_value() if password else None)


def _get_expected(name: str) -> Expected:
    return next(data for data in Settings.model_fields[name].metadata if isinstance(data, Expected))


def _show(value: object, expected: Expected) -> str:
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
    _warn_of_unknown(os.environ, "The environment", (OWN_PREFIX,))
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_build_refusal(error)) from None


def describe_variables() -> tuple[Variable, ...]:
    """Every variable in the order of the fields: what ``example.env`` and the manual are compared with."""
    return tuple(
        Variable(
            name=name.upper(),
            description=field.description or "",
            default="" if field.default_factory or field.default in {None, ()} else str(field.default),
            secret=_get_expected(name).secret,
        )
        for name, field in Settings.model_fields.items()
    )
