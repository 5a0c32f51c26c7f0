"""The settings: environment and ``.env`` become one frozen ``Settings``.

The only module that reads the environment. What a setting means to the part of the program that uses it does
not belong here; everybody else is handed plain values.
"""

import dataclasses
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

from platformdirs import user_data_path

from pyf.aggregator.config.env_file import OWN_PREFIX, PREFIXES, describe_unknown, load_env_file
from pyf.aggregator.config.setting_values import (
    AMOUNT,
    COUNT,
    CRON,
    DEFAULT_FORGES,
    DOWNLOADS,
    FORGES,
    HOST,
    KEY,
    NAMES,
    NODES,
    PATH,
    PORT,
    PROTOCOL,
    REDIS,
    SECONDS,
    SECRET,
    WEB_URL,
    WEB_URL_OR_OFF,
    WHOLE,
    WORDS,
    Kind,
    SecretStr,
    bracket,
    build_node_url,
    build_redis_url,
    read_forges,
)
from pyf.aggregator.errors.root import ConfigurationError
from pyf.aggregator.metadata.repositories.forges import Forge

logger = logging.getLogger(__name__)

ENV_FILE = Path(".env")  # Looked for in the working folder.

# A time limit alone says nothing about where a server is, so TYPESENSE_TIMEOUT is not among these.
_LOCATING = tuple(f"typesense_{part}" for part in ("host", "port", "protocol", "api_key", "nodes"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable; ``default`` is empty for none and for a folder of this machine.

    An empty value sets nothing, unless the variable ``takes_empty``: then it switches something off.
    """

    name: str
    description: str
    default: str
    secret: bool
    takes_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesenseAddress:
    """Where the configured Typesense is: ``nodes`` are URLs with a port, such as ``http://localhost:8108``."""

    nodes: tuple[str, ...]
    api_key: SecretStr


def _find_data_folder() -> Path:
    return user_data_path("pyf.aggregator", appauthor=False)


def _warn_of_unknown(names: Iterable[str], place: str, prefixes: tuple[str, ...]) -> None:
    known = [variable.name for variable in describe_variables()]
    for sentence in describe_unknown(list(names), known, place=place, prefixes=prefixes):
        logger.warning("%s", sentence)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything configurable; a field's name in capitals is its variable. ``load_settings`` fills it."""

    typesense_host: Annotated[str, HOST, "Host of the Typesense server"] = "localhost"
    typesense_port: Annotated[int, PORT, "Port of the Typesense server"] = 8108
    typesense_protocol: Annotated[str, PROTOCOL, "Protocol of the Typesense server"] = "http"
    typesense_api_key: Annotated[SecretStr | None, SECRET, "Admin API key of the Typesense server"] = None
    typesense_timeout: Annotated[float, SECONDS, "Seconds a write to Typesense may take"] = 300
    typesense_nodes: Annotated[
        tuple[str, ...], NODES, "Nodes of a cluster instead of host and port: host:port or URLs, with commas"
    ] = ()
    typesense_search_key: Annotated[
        SecretStr | None,
        SECRET,
        "Search-only key that the gallery reads with; made by the admin key if unset",
    ] = None
    github_token: Annotated[SecretStr | None, SECRET, "Token for the GitHub API; it needs no scopes"] = None
    github_coolofftime: Annotated[
        float, AMOUNT, "Least seconds between requests to GitHub, and to each other forge"
    ] = 2
    github_api_url: Annotated[str, WEB_URL, "Address of the GitHub API"] = "https://api.github.com"
    github_max_age_hours: Annotated[
        float, AMOUNT, "Hours for which what a forge said of a repository is not asked again"
    ] = 24
    pyf_forges: Annotated[
        tuple[Forge, ...],
        FORGES,
        "Forges beside GitHub: gitlab:host or forgejo:host, commas between; empty for none",
    ] = read_forges(DEFAULT_FORGES)
    downloads_url: Annotated[
        str, DOWNLOADS, "Where the log of downloads is asked by SQL; empty for not at all"
    ] = "https://sql-clickhouse.clickhouse.com/?user=demo"
    # A URL may carry a password, so the broker is left out of the representation.
    redis_host: Annotated[str, REDIS, "Redis or Valkey of the queue: host, host:port or URL"] = field(
        default="localhost:6379", repr=False
    )
    redis_password: Annotated[SecretStr | None, SECRET, "Password of Redis, where REDIS_HOST names none"] = (
        None
    )
    pyf_queue_profiles: Annotated[
        tuple[str, ...],
        NAMES,
        "Profiles that the queue keeps fresh, with commas; all with a collection if unset",
    ] = ()
    pyf_feeds_cron: Annotated[str, CRON, "When PyPI's feeds are read, in cron form, UTC; empty for never"] = (
        "* * * * *"
    )
    pyf_reconcile_cron: Annotated[
        str, CRON, "When each profile is reconciled, in cron form, UTC; empty for never"
    ] = "17 * * * *"
    pyf_github_cron: Annotated[str, CRON, "When the forges are asked, in cron form, UTC; empty for never"] = (
        "23 3 * * *"
    )
    pyf_status_cron: Annotated[
        str, CRON, "When PyPI's project pages are asked, in cron form, UTC; empty for never"
    ] = "53 2 * * mon"
    pyf_downloads_cron: Annotated[
        str, CRON, "When the log of downloads is asked, in cron form, UTC; empty for never"
    ] = "41 4 * * wed"
    pyf_assessment_cron: Annotated[
        str, CRON, "When profiles that changed are assessed, in cron form, UTC; empty for never"
    ] = "*/10 * * * *"
    pyf_task_seconds: Annotated[int, COUNT, "Seconds that a task for one project may take"] = 300
    pyf_run_seconds: Annotated[int, COUNT, "Seconds that the reconciling of a profile may take"] = 7200
    pyf_result_seconds: Annotated[
        int, WHOLE, "Seconds for which what tasks return is kept in Redis; 0 for not at all"
    ] = 0
    pypi_url: Annotated[str, WEB_URL, "Address of PyPI or of a full mirror"] = "https://pypi.org"
    pypi_max_rps: Annotated[float, AMOUNT, "Most requests a second to PyPI; 0 lifts the cap"] = 20
    pypi_max_connections: Annotated[int, COUNT, "Most connections to PyPI at the same time"] = 10
    pyf_changes_days: Annotated[
        int, WHOLE, "Days for which changes of packages are kept; 0 for none to be recorded"
    ] = 400
    end_of_life_url: Annotated[
        str,
        WEB_URL_OR_OFF,
        "Address of endoflife.date's API, which tells when frameworks end; empty for off",
    ] = "https://endoflife.date/api/v1"
    pyf_data_dir: Annotated[
        Path, PATH, "Folder of the catalogue and the embedded servers; the user's data folder if unset"
    ] = field(default_factory=_find_data_folder)
    pyf_profiles: Annotated[Path | None, PATH, "Profiles file of your own, on top of the built-in"] = None
    pyf_gallery_url: Annotated[
        str | None, WEB_URL, "Address under which visitors find the gallery; it may have a path"
    ] = None
    pyf_gallery_title: Annotated[str, WORDS, "Title of the gallery"] = "Package gallery"
    pyf_gallery_footer: Annotated[
        str,
        WORDS,
        "Line at the foot of every page, with links such as [Imprint](https://example.org/imprint)",
    ] = ""
    default_profile: Annotated[str | None, KEY, "Profile that a command uses where it names none"] = None
    given: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The fields that the environment or ``.env`` set."""

    @property
    def typesense(self) -> TypesenseAddress | None:
        """The configured Typesense; ``None`` when nothing says where one is, then the embedded one is meant.

        Raises ``ConfigurationError`` when a server is configured without a key.
        """
        located = [name.upper() for name in _LOCATING if name in self.given]
        if not located:
            return None
        if self.typesense_api_key is None:
            raise ConfigurationError(
                f"{', '.join(located)} configures a Typesense server but TYPESENSE_API_KEY is not set;"
                " set it to the server's admin key, or unset the others to use the embedded Typesense."
            )
        return TypesenseAddress(nodes=self._build_nodes(), api_key=self.typesense_api_key)

    @property
    def typesense_for_searches(self) -> TypesenseAddress | None:
        """The configured Typesense with the search-only key; ``None`` where no such key is set."""
        if self.typesense_search_key is None:
            return None
        return TypesenseAddress(nodes=self._build_nodes(), api_key=self.typesense_search_key)

    def _build_nodes(self) -> tuple[str, ...]:
        nodes = self.typesense_nodes or (f"{bracket(self.typesense_host)}:{self.typesense_port}",)
        return tuple(build_node_url(node, self.typesense_protocol) for node in nodes)

    @property
    def names_redis(self) -> bool:
        """Tell whether anybody says where Redis is."""
        return "redis_host" in self.given

    @property
    def redis_url(self) -> str:
        """The broker as a URL, password included; Celery would take a bare ``host:port`` for AMQP's."""
        password = self.redis_password
        return build_redis_url(self.redis_host, password.get_secret_value() if password else None)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What :class:`Settings` says of a field: how its text is read, what it is for, what it is if unset."""

    kind: Kind[Any]
    description: str
    default: object


@cache
def _declarations() -> Mapping[str, _Declared]:
    """Return every setting by its field's name, in the order of the fields."""
    hints = get_type_hints(Settings, include_extras=True)
    declared = {}
    for field_ in dataclasses.fields(Settings):
        if get_origin(hint := hints[field_.name]) is Annotated:
            kind, description = hint.__metadata__
            declared[field_.name] = _Declared(kind, description, field_.default)
    return declared


def _find_texts(values: Mapping[str, str]) -> dict[str, str]:
    """Return what is said of settings, by their fields' names, without space around it.

    A line break at a secret's end is no part of it. What is then empty sets nothing, unless it is a value of
    its kind: an empty schedule means never, and not the default.
    """
    declared = _declarations()
    texts = {name.lower(): text.strip() for name, text in values.items() if name.lower() in declared}
    return {name: text for name, text in texts.items() if text or declared[name].kind.takes_empty}


_LONGEST_SHOWN = 100
"""A file that somebody put into a variable is not repeated to its end."""


def _show(text: str, kind: Kind[Any]) -> str:
    """Return what a variable says, without whatever in it may be secret (a URL's user part and query)."""
    if kind.secret:
        return "not usable"
    text = re.sub(r"^([\w+.-]+://)?.*@", r"\1...@", text, flags=re.DOTALL)
    text = re.sub(r"\?.*", "?...", text, flags=re.DOTALL)
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def load_settings() -> Settings:
    """Read the environment and ``.env`` in the working folder; the environment wins.

    Raises ``ConfigurationError`` with one sentence that names every wrong variable, and no cause: the causes
    hold the values, secrets among them.
    """
    _warn_of_unknown(os.environ, "The environment", (OWN_PREFIX,))
    in_file = load_env_file(ENV_FILE)
    _warn_of_unknown(in_file, str(ENV_FILE), PREFIXES)
    texts = _find_texts(in_file) | _find_texts(os.environ)
    values: dict[str, Any] = {}
    complaints = []
    for name, declared in _declarations().items():
        if name not in texts:
            continue
        try:
            values[name] = declared.kind.read(texts[name])
        except ValueError:
            shown = _show(texts[name], declared.kind)
            complaints.append(f"{name.upper()} is {shown} (expected: {declared.kind.expected})")
    if complaints:
        raise ConfigurationError(f"Correct the environment or {ENV_FILE}: {'; '.join(complaints)}.")
    return Settings(**values, given=frozenset(values))


def describe_variables() -> tuple[Variable, ...]:
    """Every variable in the order of the fields: what ``example.env`` and the manual are compared with."""
    return tuple(
        Variable(
            name=name.upper(),
            description=declared.description,
            default=(
                ""
                if declared.default in {dataclasses.MISSING, None, ()}
                else declared.kind.write(declared.default)
            ),
            secret=declared.kind.secret,
            takes_empty=declared.kind.takes_empty,
        )
        for name, declared in _declarations().items()
    )
