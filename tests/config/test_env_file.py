"""A ``.env`` as people write it: broken lines are refused, misspelt names told, and the rest left alone."""

import logging
import os
from pathlib import Path
from threading import Thread

import pytest

from pyf.aggregator.config.settings import describe_variables, load_settings
from pyf.aggregator.errors.root import ConfigurationError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without any of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [variable.name for variable in describe_variables()] + list(os.environ):
        if name.startswith(("PYF_", "TYPESENSE_", "GITHUB_", "PYPI_", "REDIS_", "DEFAULT_")):
            monkeypatch.delenv(name, raising=False)
    return tmp_path


def refuse(folder: Path, text: str) -> str:
    (folder / ".env").write_bytes(text.encode())
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert refusal.value.exit_code == 2
    assert refusal.value.__context__ is None
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("PYPI_MAX_RPS=5\nGITHUB_TOKEN hunter2\n", "line 2"),
        ('GITHUB_TOKEN="hunter2\n', "line 1"),
        ("GITHUB_TOKEN='hunter2' and more\n", "line 1"),
        ("# one\n\n  \nREDIS_PASSWORD: hunter2\n", "line 4"),
        ("\r\n\r\nREDIS_PASSWORD: hunter2\r\nPYPI_MAX_RPS=5\r\n", "line 3"),
        ("=hunter2\nPYPI_MAX_RPS=5\n\nhunter2 hunter2", "lines 1, 4"),
        ("SOMETHING ELSE\n", "line 1"),
        ("PYPI_MAX_RPS=5\n\nTYPESENSE_API_KEY\n", "line 3"),
        ("typesense_api_key\n", "line 1"),
    ],
)
def test_a_broken_line_is_refused_with_its_number_and_without_what_it_says(
    folder: Path, caplog: pytest.LogCaptureFixture, text: str, lines: str
) -> None:
    assert refuse(folder, text) == (
        f"Correct .env: {lines} cannot be read (expected: NAME=value with both quotes or none, or a comment"
        " that begins with #)."
    )
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("export PYPI_MAX_RPS=5\n", 5),
        ("PYPI_MAX_RPS = '5' # a comment\n", 5),
        ("PYPI_MAX_RPS=4\nPYPI_MAX_RPS=5", 5),
        ("pypi_max_rps=5\nexport SOMETHING_ELSE\n", 5),
        ("RATE=5\nPYPI_MAX_RPS=${RATE}\n", 5),
        ("PYPI_MAX_RPS=\n", 20),
        ("PYPI_MAX_RPS='  '\n", 20),
        ("\n# nothing\n", 20),
        ("", 20),
    ],
)
def test_what_may_stand_in_a_dotenv_is_read(
    folder: Path, caplog: pytest.LogCaptureFixture, text: str, rate: int
) -> None:
    (folder / ".env").write_text(text)
    assert load_settings().pypi_max_rps == rate
    assert caplog.records == []


def test_an_empty_schedule_in_a_dotenv_means_never(folder: Path) -> None:
    (folder / ".env").write_text("PYF_FEEDS_CRON=\n")
    assert load_settings().pyf_feeds_cron == ""


def test_a_dotenv_may_be_a_pipe_because_it_is_read_once(folder: Path) -> None:
    os.mkfifo(folder / ".env")
    writer = Thread(target=(folder / ".env").write_text, args=["PYPI_MAX_RPS=5\n"], daemon=True)
    writer.start()
    assert load_settings().pypi_max_rps == 5
    writer.join()


# Names that are nobody's


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TYPESENSE_HOTS", "did you mean TYPESENSE_HOST?"),
        ("TYPESENSE_KEY", "did you mean TYPESENSE_API_KEY?"),
        ("DOWNLOADS_ULR", "did you mean DOWNLOADS_URL?"),
        ("END_OF_LIFE_ULR", "did you mean END_OF_LIFE_URL?"),
        ("GITHUB_TOKN", "did you mean GITHUB_TOKEN?"),
        ("GITHUB_COOL_OFF_TIME", "did you mean GITHUB_COOLOFFTIME?"),
        ("PYPI_MAX_CONNECTION", "did you mean PYPI_MAX_CONNECTIONS?"),
        ("REDIS_PASS", "did you mean REDIS_PASSWORD?"),
        ("PYF_DATADIR", "did you mean PYF_DATA_DIR?"),
        ("PYF_PYPI_URL", "did you mean PYPI_URL?"),
        ("pyf_datadir", "did you mean PYF_DATA_DIR?"),
        ("GITHUB_ACTIONS", "example.env lists them."),
        ("REDIS_TLS_CERTIFICATE_FILE", "example.env lists them."),
    ],
)
def test_a_name_in_a_dotenv_that_looks_like_a_setting_and_is_none_is_told(
    folder: Path, caplog: pytest.LogCaptureFixture, name: str, said: str
) -> None:
    (folder / ".env").write_text(f"{name}=hunter2\nPYPI_MAX_RPS=5\n")
    assert load_settings().pypi_max_rps == 5
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, f".env sets {name}, which is none of the settings; {said}")
    ]


def test_in_the_environment_only_our_own_prefix_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("GITHUB_ACTIONS", "TYPESENSE_DATA_DIR", "REDIS_URL", "PYPI_TOKEN", "PYF_DATADIR"):
        monkeypatch.setenv(name, "hunter2")
    load_settings()
    assert [record.getMessage() for record in caplog.records] == [
        "The environment sets PYF_DATADIR, which is none of the settings; did you mean PYF_DATA_DIR?"
    ]


def test_names_of_others_and_names_of_ours_are_not_talked_about(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = [f"{variable.name}=" for variable in describe_variables()]
    (folder / ".env").write_text("\n".join([*ours, "COMPOSE_PROJECT_NAME=x", "PYTHONPATH=x", "DEFAULT_X=x"]))
    load_settings()
    assert caplog.records == []
