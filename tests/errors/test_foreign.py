"""Words of others in our sentences: one line, bounded, no escapes, no secrets."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.cli.output.terminal import configure_logging, print_error, print_lines
from pyf.aggregator.errors.foreign import clean_foreign, strip_controls
from pyf.aggregator.errors.jobs import BrokerUnavailable
from pyf.aggregator.errors.sources import MalformedResponse, SourceUnavailable, StaleResponse, TokenRefused
from pyf.aggregator.errors.typesense import CollectionNotFound, RequestRefused, SchemaMismatch

TOKEN = "tok-3f9a1c"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Bad credentials", "Bad credentials"),
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("\x1b]0;new title\x07hello", "hello"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq payload\x1b\\after", "after"),
        ("half an escape \x1b[", "half an escape"),
        ("two\r\nlines\tand\x00more", "two lines and more"),
        ("right\u202eot left", "rightot left"),
        ("zero\u200bwidth", "zerowidth"),
        ("lone \ud800 half", "lone half"),
        (f"you sent {TOKEN}, twice {TOKEN}", "you sent [hidden], twice [hidden]"),
        ("you sent tok-\u200b3f9a1c", "you sent [hidden]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"),
        ('{"authorization": "token abc"}', '{"authorization": "token [hidden]"}'),
        ("with bearer xyz-1 it failed", "with bearer [hidden] it failed"),
        ("x-typesense-api-key: k3y", "x-typesense-api-key: [hidden]"),
        ("api_key=k3y&q=x", "api_key=[hidden]&q=x"),
        ("token ghp_abcdefghij0123456789 is bad", "token [hidden] is bad"),
        ("github_pat_11ABCDEFG0abcdefgh", "[hidden]"),
        ("redis://user:s3cret@host:6379/0 is away", "redis://[hidden]@host:6379/0 is away"),
        ("https://host/a@b stays", "https://host/a@b stays"),
        ("put a valid one into GITHUB_TOKEN, or unset it", "put a valid one into GITHUB_TOKEN, or unset it"),
    ],
)
def test_foreign_words_become_one_line_without_escapes_and_secrets(text: str, clean: str) -> None:
    assert clean_foreign(text, TOKEN, None) == clean


def test_a_long_text_is_cut_and_a_secret_is_not_left_in_half() -> None:
    assert clean_foreign("x" * 5000, longest=10) == "x" * 9 + "…"
    assert clean_foreign("x" * 5 + TOKEN, TOKEN, longest=8) == "xxxxx[h…"
    assert len(clean_foreign("\x1b[" * 1_000_000)) <= 500


@settings(max_examples=200)
@given(
    st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet="\x1b[]0;m\x07\x9bPq\\ab", max_size=40)
)
def test_whatever_they_say_a_terminal_may_print_it(text: str) -> None:
    for clean in (clean_foreign(text), strip_controls(text)):
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in clean)
        clean.encode()


@pytest.mark.parametrize(
    "error",
    [
        SourceUnavailable("https://me:s3cret@mirror.example/simple/", "\x1b[2Jno"),
        MalformedResponse("u", "password=s3cret \x1b[2J"),
        TokenRefused("u", "Authorization: token s3cret\n\x1b[2J"),
        RequestRefused("u", "x-typesense-api-key: s3cret\x1b[2J"),
        BrokerUnavailable("redis://h", "redis://:s3cret@h refused\x1b[2J"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_cleans_what_comes_from_outside(error: Exception) -> None:
    assert "s3cret" not in str(error)
    assert "\x1b" not in str(error)
    assert "[hidden]" in str(error)


@pytest.mark.usefixtures("log_set_up")
def test_nothing_that_is_printed_reaches_a_terminal_with_its_escapes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(verbose=False, quiet=False)
    print_lines(["a\tb \x1b[2Jc"])
    print_error("no \x1b]0;title\x07way")
    logging.getLogger("pyf.test").warning("somebody \x1b[31msaid")
    printed = capsys.readouterr()
    assert printed.out == "a\tb c\n"
    assert "Error: no way" in printed.err
    assert "Warning: somebody said" in printed.err
    assert "\x1b" not in printed.err


def test_what_we_advise_is_not_cut_like_foreign_words() -> None:
    remedy = "run pyfaggregator -f " + " ".join(f"-ft 'Framework :: Plone :: {n}'" for n in range(100))
    assert str(SchemaMismatch("plone", [], remedy)).endswith(f"{remedy}.")
    assert str(CollectionNotFound("x", remedy=remedy)).endswith(remedy)


def test_our_own_words_within_an_error_stay_as_they_are() -> None:
    error = StaleResponse("http://pypi.example/simple/", 1, 2, " (or so)")
    assert str(error).endswith("the next run asks again (or so).")
