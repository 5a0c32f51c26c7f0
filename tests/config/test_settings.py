"""The settings as a user meets them: variables, a ``.env`` file, and what is said when they are wrong."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.config.setting_values import DEFAULT_FORGES, SecretStr, read_forges
from pyf.aggregator.config.settings import Settings, TypesenseAddress, describe_variables, load_settings
from pyf.aggregator.errors.root import ConfigurationError
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind

EXAMPLE = Path(__file__).parents[2] / "example.env"
NOBODY = 65534
MAY_BE_EMPTY = [v.name for v in describe_variables() if v.takes_empty]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without any of our variables."""
    monkeypatch.chdir(tmp_path)
    for variable in describe_variables():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path


def load_with(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_nothing_configured_gives_the_defaults_and_the_embedded_typesense() -> None:
    settings = load_settings()
    assert {name: value for name, value in asdict(settings).items() if name != "pyf_data_dir"} == {
        "given": frozenset(),
        "typesense_host": "localhost",
        "typesense_port": 8108,
        "typesense_protocol": "http",
        "typesense_api_key": None,
        "typesense_timeout": 300,
        "typesense_nodes": (),
        "github_token": None,
        "github_coolofftime": 2,
        "github_api_url": "https://api.github.com",
        "github_max_age_hours": 24,
        "downloads_url": "https://sql-clickhouse.clickhouse.com/?user=demo",
        "redis_host": "localhost:6379",
        "redis_password": None,
        "pyf_queue_profiles": (),
        "pyf_feeds_cron": "* * * * *",
        "pyf_reconcile_cron": "17 * * * *",
        "pyf_github_cron": "23 3 * * *",
        "pyf_status_cron": "53 2 * * mon",
        "pyf_downloads_cron": "41 4 * * wed",
        "pyf_assessment_cron": "*/10 * * * *",
        "pyf_task_seconds": 300,
        "pyf_run_seconds": 7200,
        "pyf_result_seconds": 0,
        "pyf_changes_days": 400,
        "pypi_url": "https://pypi.org",
        "pypi_max_rps": 20,
        "pypi_max_connections": 10,
        "end_of_life_url": "https://endoflife.date/api/v1",
        "pyf_profiles": None,
        "typesense_search_key": None,
        "pyf_gallery_url": None,
        "pyf_gallery_title": "Package gallery",
        "pyf_gallery_footer": "",
        "default_profile": None,
        "pyf_forges": tuple(map(asdict, read_forges(DEFAULT_FORGES))),
    }
    assert settings.pyf_data_dir.name == "pyf.aggregator"
    assert Path("/home/someone") in settings.pyf_data_dir.parents
    assert settings.typesense is None


def test_the_seed_configuration_is_read_from_dotenv(folder: Path) -> None:
    (folder / ".env").write_text(
        "# Typesense Configuration\n"
        "TYPESENSE_HOST=search.example.org\n"
        "TYPESENSE_PORT=443\n"
        "TYPESENSE_PROTOCOL=https\n"
        "TYPESENSE_API_KEY=admin-key\n"
        "TYPESENSE_TIMEOUT=120\n"
        "GITHUB_TOKEN=ghp_token\n"
        "GITHUB_COOLOFFTIME=0.5\n"
        "REDIS_HOST=broker:6380\n"
        "SOMETHING_ELSE=1\n"
    )
    settings = load_settings()
    assert settings.typesense == TypesenseAddress(
        nodes=("https://search.example.org:443",), api_key=SecretStr("admin-key")
    )
    assert settings.github_token == SecretStr("ghp_token")
    assert settings.github_coolofftime == 0.5
    assert settings.redis_url == "redis://broker:6380/0"


def test_the_environment_wins_over_dotenv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PYPI_MAX_CONNECTIONS=3\nDEFAULT_PROFILE=plone\n")
    settings = load_with(monkeypatch, DEFAULT_PROFILE="flask")
    assert (settings.pypi_max_connections, settings.default_profile) == (3, "flask")


@pytest.mark.parametrize("nothing", ["", "  ", "\n"])
def test_an_empty_value_counts_as_unset(nothing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {variable.name: nothing for variable in describe_variables() if not variable.takes_empty}
    unset = load_settings()
    settings = load_with(monkeypatch, **empty)
    assert settings == unset
    assert settings.typesense is None


@pytest.mark.parametrize("text", ["61", "* * * *", "* * * * * *", "@daily", "a; b c d e"])
def test_a_schedule_has_five_fields(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"PYF_FEEDS_CRON is .* five fields in cron form, or empty"):
        load_with(monkeypatch, PYF_FEEDS_CRON=text)


@pytest.mark.parametrize("nothing", ["", "  ", "\n"])
@pytest.mark.parametrize("name", MAY_BE_EMPTY)
def test_an_empty_value_switches_off_what_says_so(
    name: str, nothing: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert getattr(load_settings(), name.lower())
    (folder / ".env").write_text(f"{name}=\n")
    assert not getattr(load_settings(), name.lower())
    # In the environment, too, and there it wins over what .env says.
    (folder / ".env").write_text(f"{name}=anything\n")
    assert not getattr(load_with(monkeypatch, **{name: nothing}), name.lower())


def test_what_may_be_empty_is_known_by_its_description() -> None:
    assert {"PYF_FEEDS_CRON", "PYF_RECONCILE_CRON", "PYF_GITHUB_CRON", "END_OF_LIFE_URL"} <= {*MAY_BE_EMPTY}
    assert [v.name for v in describe_variables() if "; empty for " in v.description] == MAY_BE_EMPTY


@pytest.mark.parametrize("text", ["off", "endoflife.date", "ftp://x/", "https://u:p@x/", "https://x/?a=1"])
def test_an_address_that_may_be_empty_is_an_address_otherwise(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=r"END_OF_LIFE_URL is .* without query, or empty"):
        load_with(monkeypatch, END_OF_LIFE_URL=text)
    assert load_with(monkeypatch, END_OF_LIFE_URL="http://x:1/v1/").end_of_life_url == "http://x:1/v1"


def test_a_schedule_is_written_with_single_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch, PYF_FEEDS_CRON=" */5  * * * mon ").pyf_feeds_cron == "*/5 * * * mon"


def test_an_empty_address_of_the_downloads_switches_them_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("DOWNLOADS_URL=\n")
    assert load_settings().downloads_url == ""
    own = "http://127.0.0.1:8123/?user=reader&default_format=JSONCompact"
    assert load_with(monkeypatch, DOWNLOADS_URL=f" {own} ").downloads_url == own
    assert load_with(monkeypatch, DOWNLOADS_URL=" ").downloads_url == ""


@pytest.mark.parametrize(
    "text",
    [
        "clickhouse",
        "ftp://clickhouse.example/",
        "https://",
        "https://demo@clickhouse.example/",
        "https://clickhouse.example/?user=demo#x",
        "https://clickhouse.example/?user=demo&password=secret",
        "https://clickhouse.example/?user=demo&Password=",
        "https://click house.example/",
    ],
)
def test_an_address_of_the_downloads_that_is_none_or_has_a_password_is_refused_unshown(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        ConfigurationError, match=r"DOWNLOADS_URL is .*without a password, or empty"
    ) as refused:
        load_with(monkeypatch, DOWNLOADS_URL=text)
    assert "secret" not in str(refused.value)


def test_forges_beside_github_are_named_and_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    gitlab, codeberg = (
        Forge(kind=kind, host=host, url=f"https://{host}")
        for kind, host in ((ForgeKind.GITLAB, "gitlab.com"), (ForgeKind.FORGEJO, "codeberg.org"))
    )
    assert load_settings().pyf_forges == (gitlab, codeberg)
    assert load_with(monkeypatch, PYF_FORGES=" ").pyf_forges == ()
    own = Forge(kind=ForgeKind.GITLAB, host="gitlab.example.org", url="http://127.0.0.1:9000")
    text = "gitlab:gitlab.example.org=http://127.0.0.1:9000/, gitea:codeberg.org"
    assert load_with(monkeypatch, PYF_FORGES=text).pyf_forges == (own, codeberg)
    with pytest.raises(ConfigurationError, match=r"PYF_FORGES is 'github:github.com' \(expected: "):
        load_with(monkeypatch, PYF_FORGES="github:github.com")
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, PYF_FORGES="gitlab:gitlab.example.org=https://me:secret-word@x.example")
    assert "secret-word" not in str(refusal.value)


def test_profiles_of_the_queue_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch, PYF_QUEUE_PROFILES="plone, django,").pyf_queue_profiles == (
        "plone",
        "django",
    )


def test_an_empty_value_in_the_environment_leaves_dotenv_its_say(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("PYPI_MAX_RPS=5\n")
    assert load_with(monkeypatch, PYPI_MAX_RPS="").pypi_max_rps == 5


def test_a_byte_order_mark_does_not_hide_the_first_variable(folder: Path) -> None:
    (folder / ".env").write_bytes(b"\xef\xbb\xbfPYPI_MAX_RPS=7\n")
    assert load_settings().pypi_max_rps == 7


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(FrozenInstanceError):
        settings.pypi_url = "https://elsewhere.example"  # type: ignore[misc]


# Typesense


@pytest.mark.parametrize(
    ("variable", "value", "node"),
    [
        ("TYPESENSE_HOST", "search_1", "http://search_1:8108"),
        ("TYPESENSE_HOST", "::1", "http://[::1]:8108"),
        ("TYPESENSE_HOST", "[::1]", "http://[::1]:8108"),
        ("TYPESENSE_PORT", "9108", "http://localhost:9108"),
        ("TYPESENSE_PROTOCOL", "https", "https://localhost:8108"),
    ],
)
def test_each_part_of_the_address_alone_means_a_configured_server(
    variable: str, value: str, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_with(monkeypatch, **{variable: value}, TYPESENSE_API_KEY="key")
    assert settings.typesense == TypesenseAddress(nodes=(node,), api_key=SecretStr("key"))


def test_a_key_alone_means_the_server_at_the_default_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, TYPESENSE_API_KEY="key")
    assert settings.typesense == TypesenseAddress(nodes=("http://localhost:8108",), api_key=SecretStr("key"))


def test_the_timeout_alone_leaves_the_embedded_typesense_and_is_meant_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_with(monkeypatch, TYPESENSE_TIMEOUT="12.5")
    assert (settings.typesense, settings.typesense_timeout) == (None, 12.5)


def test_nodes_replace_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(
        monkeypatch,
        TYPESENSE_HOST="unused",
        TYPESENSE_PROTOCOL="https",
        TYPESENSE_NODES=" ts-1:8108, http://ts-2:8109/ ,[::1]:8110,https://ts.example.org/search/,",
        TYPESENSE_API_KEY="key",
    )
    assert settings.typesense == TypesenseAddress(
        nodes=(
            "https://ts-1:8108",
            "http://ts-2:8109",
            "https://[::1]:8110",
            "https://ts.example.org:443/search",
        ),
        api_key=SecretStr("key"),
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TYPESENSE_HOST", "h"),
        ("TYPESENSE_PORT", "1"),
        ("TYPESENSE_PROTOCOL", "http"),
        ("TYPESENSE_NODES", "h:1"),
    ],
)
def test_a_server_without_a_key_is_refused(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_with(monkeypatch, **{variable: value})
    with pytest.raises(ConfigurationError) as refusal:
        _ = settings.typesense
    assert str(refusal.value) == (
        f"{variable} configures a Typesense server but TYPESENSE_API_KEY is not set; set it to the server's"
        " admin key, or unset the others to use the embedded Typesense."
    )


# The broker, PyPI, GitHub, paths


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("localhost", "redis://localhost:6379/0"),
        ("localhost:6380", "redis://localhost:6380/0"),
        ("192.0.2.7:6380", "redis://192.0.2.7:6380/0"),
        ("::1", "redis://[::1]:6379/0"),
        ("[::1]:6380", "redis://[::1]:6380/0"),
        ("redis://user:secret@broker:6380/3", "redis://user:secret@broker:6380/3"),
        ("rediss://broker/1?ssl_cert_reqs=required", "rediss://broker/1?ssl_cert_reqs=required"),
    ],
)
def test_the_broker_is_always_a_redis_url(value: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch, REDIS_HOST=value).redis_url == url


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("localhost", "redis://:p%40ss%2Fw%3Ard@localhost:6379/0"),
        ("::1", "redis://:p%40ss%2Fw%3Ard@[::1]:6379/0"),
        ("redis://user@broker:6380/3", "redis://user:p%40ss%2Fw%3Ard@broker:6380/3"),
        ("redis://:own@broker/3", "redis://:own@broker/3"),
        ("rediss://broker/1", "rediss://:p%40ss%2Fw%3Ard@broker/1?ssl_cert_reqs=required"),
    ],
)
def test_a_password_goes_into_the_url_unless_it_has_one(
    value: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_with(monkeypatch, REDIS_HOST=value, REDIS_PASSWORD="p@ss/w:rd")
    assert settings.redis_url == url
    assert "p@ss" not in repr(settings)


@given(host=st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{2,5})?", fullmatch=True), port=st.integers(1, 65535))
def test_every_host_and_port_come_back_out_of_the_broker_url(host: str, port: int) -> None:
    url = urlsplit(Settings(redis_host=f"{host}:{port}").redis_url)
    assert (url.scheme, url.hostname, url.port, url.path) == ("redis", host, port, "/0")


def test_addresses_lose_their_trailing_slashes(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(
        monkeypatch, PYPI_URL="http://127.0.0.1:8000/root/pypi//", GITHUB_API_URL="https://ghe.example/api/"
    )
    assert (settings.pypi_url, settings.github_api_url) == (
        "http://127.0.0.1:8000/root/pypi",
        "https://ghe.example/api",
    )


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, PYF_DATA_DIR="~/data", PYF_PROFILES="~/profiles.yaml")
    assert (settings.pyf_data_dir, settings.pyf_profiles) == (
        Path("/home/someone/data"),
        Path("/home/someone/profiles.yaml"),
    )


# Refusals

WRONG = [
    ("TYPESENSE_HOST", "http://localhost", "a host name or address, no scheme, no port"),
    ("TYPESENSE_HOST", "localhost:8108", "a host name or address, no scheme, no port"),
    ("TYPESENSE_PORT", "0", "a whole number from 1 to 65535"),
    ("TYPESENSE_PORT", "65536", "a whole number from 1 to 65535"),
    ("TYPESENSE_PORT", "8108a", "a whole number from 1 to 65535"),
    ("TYPESENSE_PROTOCOL", "ftp", "http or https"),
    ("TYPESENSE_TIMEOUT", "0", "a number above 0"),
    ("TYPESENSE_TIMEOUT", "inf", "a number above 0"),
    ("TYPESENSE_NODES", "ts-1", "host:port or URLs, commas between"),
    ("TYPESENSE_NODES", "ts-1:8108,ts-2:99999", "host:port or URLs, commas between"),
    ("TYPESENSE_NODES", "redis://ts-1:8108", "host:port or URLs, commas between"),
    ("TYPESENSE_NODES", "::1", "host:port or URLs, commas between"),
    ("TYPESENSE_NODES", ",", "host:port or URLs, commas between"),
    ("GITHUB_COOLOFFTIME", "-1", "a number not below 0"),
    ("GITHUB_COOLOFFTIME", "two", "a number not below 0"),
    ("GITHUB_API_URL", "api.github.com", "a plain http or https URL without query"),
    ("REDIS_HOST", "http://localhost:6379", "a host, host:port, or a redis:// or rediss:// URL"),
    ("REDIS_HOST", "localhost:0", "a host, host:port, or a redis:// or rediss:// URL"),
    ("REDIS_HOST", "localhost:port", "a host, host:port, or a redis:// or rediss:// URL"),
    ("REDIS_HOST", "localhost:6379/1", "a host, host:port, or a redis:// or rediss:// URL"),
    ("REDIS_HOST", "redis://", "a host, host:port, or a redis:// or rediss:// URL"),
    ("PYPI_URL", "ftp://pypi.org", "a plain http or https URL without query"),
    ("PYPI_URL", "https://", "a plain http or https URL without query"),
    ("PYPI_URL", "https://pypi.org/#top", "a plain http or https URL without query"),
    ("PYPI_URL", "https://[::1", "a plain http or https URL without query"),
    ("PYPI_URL", "https://pypi.org/a b", "a plain http or https URL without query"),
    ("PYPI_MAX_RPS", "-0.1", "a number not below 0"),
    ("PYPI_MAX_RPS", "nan", "a number not below 0"),
    ("PYPI_MAX_CONNECTIONS", "0", "a whole number not below 1"),
    ("PYPI_MAX_CONNECTIONS", "1.5", "a whole number not below 1"),
    ("PYF_DATA_DIR", "~no-such-user-here/data", "a path whose ~ can be resolved"),
    ("PYF_PROFILES", "~no-such-user-here/p.yaml", "a path whose ~ can be resolved"),
]


@pytest.mark.parametrize(("variable", "value", "expected"), WRONG)
def test_a_wrong_value_is_named_shown_and_explained(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, **{variable: value})
    assert str(refusal.value) == (
        f"Correct the environment or .env: {variable} is {value!r} (expected: {expected})."
    )


def test_of_a_long_wrong_value_the_beginning_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, TYPESENSE_PORT="9" * 5000)
    assert str(refusal.value) == (
        f"Correct the environment or .env: TYPESENSE_PORT is '{'9' * 100}…'"
        " (expected: a whole number from 1 to 65535)."
    )


def test_every_wrong_variable_is_named_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("TYPESENSE_PORT=high\n")
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, PYPI_MAX_CONNECTIONS="none")
    assert str(refusal.value) == (
        "Correct the environment or .env:"
        " TYPESENSE_PORT is 'high' (expected: a whole number from 1 to 65535);"
        " PYPI_MAX_CONNECTIONS is 'none' (expected: a whole number not below 1)."
    )


@pytest.mark.parametrize("variable", ["TYPESENSE_API_KEY", "GITHUB_TOKEN"])
@pytest.mark.parametrize("value", ["two words", "tab\tinside", "Schlüssel", "\udcff"])
def test_a_wrong_secret_is_refused_without_its_value(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, **{variable: value})
    assert str(refusal.value) == (
        f"Correct the environment or .env: {variable} is not usable"
        " (expected: visible ASCII characters without spaces)."
    )
    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("PYPI_URL", "https://user:hunter2@pypi.org", "'https://...@pypi.org'"),
        ("PYPI_URL", "https://pypi.org/?token=hunter2", "'https://pypi.org/?...'"),
        ("REDIS_HOST", ":hunter2@broker:6379", "'...@broker:6379'"),
        ("REDIS_HOST", "redis://u:hunt/er2@hunter2@broker:x", "'redis://...@broker:x'"),
        ("TYPESENSE_NODES", "http://u:hunter2@ts-1:8108", "'http://...@ts-1:8108'"),
        ("TYPESENSE_HOST", "hunter2@ts-1", "'...@ts-1'"),
    ],
)
def test_a_password_inside_an_address_is_refused_without_it(
    variable: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_with(monkeypatch, **{variable: value})
    assert f"{variable} is {shown} (expected: " in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_no_secret_is_in_a_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(
        monkeypatch,
        TYPESENSE_API_KEY="hunter2",
        GITHUB_TOKEN="hunter2",
        REDIS_HOST="redis://:hunter2@broker",
    )
    shown = f"{settings!r} {settings} {settings.typesense!r} {settings.typesense}"
    assert "hunter2" not in shown
    assert settings.typesense is not None
    assert settings.typesense.api_key.get_secret_value() == "hunter2"


def test_a_line_break_at_the_end_is_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch, GITHUB_TOKEN="ghp_token\n").github_token == SecretStr("ghp_token")


# A .env that cannot be read


def test_a_dotenv_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / ".env").write_bytes(b"GITHUB_TOKEN=hunter2\nDEFAULT_PROFILE=caf\xe9\n")
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert str(refusal.value) == ".env is not UTF-8 (byte 40); save it as UTF-8."
    assert (refusal.value.__cause__, refusal.value.__suppress_context__) == (None, True)


def test_a_dotenv_that_is_a_folder_is_refused(folder: Path) -> None:
    (folder / ".env").mkdir()
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert str(refusal.value) == ".env is a folder where a file is expected; move it away."


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read everything, so for the moment of the test nobody's rights are taken."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def test_a_dotenv_without_read_permission_is_refused(folder: Path, request: pytest.FixtureRequest) -> None:
    (folder / ".env").write_text("DEFAULT_PROFILE=plone\n")
    (folder / ".env").chmod(0)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert str(refusal.value) == ".env cannot be read: Permission denied; correct it."


# The list of variables and example.env


def read_example() -> dict[str, tuple[str, str]]:
    """The variables of example.env by name: the comment above, and the value ("#" before it if commented)."""
    found = re.findall(r"^# (.*)\n(#?)([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (comment, mark + value) for comment, mark, name, value in found}


def test_example_env_has_every_variable_with_its_description_and_no_other() -> None:
    described = {variable.name: variable.description for variable in describe_variables()}
    assert {name: comment for name, (comment, _) in read_example().items()} == described
    assignments = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(assignments) == sorted(described)


def test_example_env_shows_the_defaults() -> None:
    defaults = {variable.name: variable.default for variable in describe_variables() if variable.default}
    values = {name: value.removeprefix("#") for name, (_, value) in read_example().items()}
    assert {name: values[name] for name in defaults} == defaults


def test_example_env_works_unchanged_as_dotenv(folder: Path) -> None:
    shutil.copy(EXAMPLE, folder / ".env")
    assert load_settings().typesense == TypesenseAddress(
        nodes=("http://localhost:8108",), api_key=SecretStr("change-this-key")
    )


def test_the_commented_lines_of_example_env_are_valid_too(folder: Path) -> None:
    (folder / ".env").write_text(re.sub(r"^#([A-Z])", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE))
    settings = load_settings()
    assert settings.typesense is not None
    assert len(settings.typesense.nodes) == 3


def test_secrets_are_marked_and_every_variable_is_described() -> None:
    variables = describe_variables()
    assert [v.name for v in variables if v.secret] == [
        "TYPESENSE_API_KEY",
        "TYPESENSE_SEARCH_KEY",
        "GITHUB_TOKEN",
        "REDIS_PASSWORD",
    ]
    assert all(v.description for v in variables)
