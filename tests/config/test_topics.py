"""Topics in profiles files: what is read, and what is said of a mistake."""

import logging
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.config.classifiers import is_unknown
from pyf.aggregator.config.profiles import get_profile, get_topic, load_profiles
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.topics import (
    LONGEST_TERM,
    LONGEST_TITLE,
    MOST_TERMS,
    MOST_TOPICS,
    Topic,
    is_topic_key,
)
from tests.config.test_profiles import refuse, user_file, write

__all__ = ["user_file"]
HEAD = 'profiles:\n  own:\n    name: Own\n    classifiers: ["Framework :: Flask"]\n    topics:'


def load(path: Path, topics: str) -> Profile:
    path.write_text(HEAD + topics)
    return load_profiles(path)["own"]


# The built-in ones


@pytest.mark.parametrize("key", ["plone", "django", "flask"])
def test_a_built_in_profile_has_a_dozen_topics_of_real_classifiers(
    key: str, caplog: pytest.LogCaptureFixture
) -> None:
    topics = load_profiles(None)[key].topics
    assert 12 <= len(topics) <= 18
    assert len({topic.key for topic in topics}) == len({topic.title for topic in topics}) == len(topics)
    assert [text for topic in topics for text in topic.classifiers if is_unknown(text)] == []
    assert caplog.records == []


def test_the_built_in_file_reads_alike_as_somebody_elses() -> None:
    with_marks = files("pyf.aggregator.config").joinpath("profiles.yaml")
    assert load_profiles(Path(str(with_marks))) == load_profiles(None)


# A file of the user's own


def test_topics_are_read_in_their_order_and_each_term_once(user_file: Path) -> None:
    write(
        user_file,
        """
        profiles:
          own:
            name: Own
            classifiers: ["Framework :: Flask"]
            topics:
              forms:
                title: "Forms & more"
                words: [form, rest api, form]
                keywords: ["a,b", C++]
                classifiers: ["Topic :: Database", "Topic :: Database"]
              2-be:
                title: To be
                words: []
                keywords: [bee]
        """,
    )
    assert load_profiles(user_file)["own"].topics == (
        Topic(
            key="forms",
            title="Forms & more",
            words=("form", "rest api"),
            keywords=("a,b", "C++"),
            classifiers=("Topic :: Database",),
        ),
        Topic(key="2-be", title="To be", keywords=("bee",)),
    )


def test_a_profile_needs_no_topics(user_file: Path) -> None:
    assert load(user_file, " {}\n").topics == ()
    with pytest.raises(UsageError) as refusal:
        get_topic(load_profiles(user_file)["own"], "forms")
    assert str(refusal.value) == "Profile 'own' has no topics."


def test_a_classifier_of_a_topic_that_pypi_does_not_have_is_warned_of(
    user_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(user_file, "\n      db:\n        title: Data\n        classifiers: ['Topic :: Databas']\n")
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.WARNING,
        f"{user_file}:8: PyPI has no classifier 'Topic :: Databas'; did you mean 'Topic :: Database'?",
    )


# Mistakes

OF_OWN = "topic 'a' of profile 'own'"
KEY = "cannot be a topic's key: it stands in addresses, so"
UNSEARCHABLE = (
    f"cannot be searched for: one line of {LONGEST_TERM} characters at most, with a letter or digit and"
    " without a backtick, can"
)
WRONG = [
    ("", "5: topics of profile 'own' must be a mapping of keys to values"),
    (" [forms]", "5: topics of profile 'own' must be a mapping of keys to values"),
    (" {a: Forms}", f"5: {OF_OWN} must be a mapping of keys to values"),
    (" {a: {words: [x]}}", f"5: {OF_OWN} has no 'title'"),
    (" {a: {title: A}}", f"5: {OF_OWN} needs at least one word, keyword or classifier"),
    (" {a: {title: A, words: []}}", f"5: {OF_OWN} needs at least one word, keyword or classifier"),
    (
        " {a: {title: A, word: [x]}}",
        f"5: 'word' is unknown in {OF_OWN}; known: title, words, keywords, classifiers",
    ),
    (" {a: {title: 1, words: [x]}}", f"5: title of {OF_OWN} must be text (put it in quotes)"),
    (
        ' {a: {title: "A\\nB", words: [x]}}',
        f"5: title of {OF_OWN} must be one line of {LONGEST_TITLE} characters at most",
    ),
    (
        f" {{a: {{title: {'x' * (LONGEST_TITLE + 1)}, words: [x]}}}}",
        f"5: title of {OF_OWN} must be one line of {LONGEST_TITLE} characters at most",
    ),
    ("\n      a:\n        title: A\n        words: x", f"8: words of {OF_OWN} must be a list"),
    (
        "\n      a:\n        title: A\n        keywords:\n        - x\n        - 3",
        f"10: an entry of keywords of {OF_OWN} must be text (put it in quotes)",
    ),
    (
        "\n      a:\n        title: A\n        words:\n        - x\n        - '`'",
        f"10: '`' in words of {OF_OWN} {UNSEARCHABLE}",
    ),
    (" {a: {title: A, keywords: ['a`b']}}", f"5: 'a`b' in keywords of {OF_OWN} {UNSEARCHABLE}"),
    (" {a: {title: A, words: ['- +']}}", f"5: '- +' in words of {OF_OWN} {UNSEARCHABLE}"),
    (' {a: {title: A, words: ["a\\nb"]}}', f"5: 'a\\nb' in words of {OF_OWN} {UNSEARCHABLE}"),
    (
        f" {{a: {{title: A, words: [{'x, ' * MOST_TERMS} y]}}}}",
        f"5: words of {OF_OWN} has {MOST_TERMS + 1} entries; {MOST_TERMS} are the most",
    ),
    (
        " {" + "".join(f"t{number}: {{}}, " for number in range(MOST_TOPICS + 1)) + "}",
        f"5: topics of profile 'own' has {MOST_TOPICS + 1} entries; {MOST_TOPICS} are the most",
    ),
    (
        "\n      a: {title: A, words: [x]}\n      a: {title: A, words: [x]}",
        "7: 'a' is in topics of profile 'own' twice, first in line 6",
    ),
    (" {all: {title: A, words: [x]}}", f"5: 'all' {KEY} it means something else there"),
    *(
        (f" {{'{key}': {{title: A, words: [x]}}}}", f"5: '{key}' {KEY} it has a-z, 0-9 and single - alone")
        for key in ("Forms", "my forms", "a_b", "-a", "a-", "a--b", "a.b", "a/b", "förms", "x" * 51)
    ),
]


@pytest.mark.parametrize(("topics", "complaint"), WRONG)
def test_a_wrong_topic_is_refused_with_its_line(topics: str, complaint: str, user_file: Path) -> None:
    user_file.write_text(HEAD + topics + "\n")
    assert refuse(user_file) == f"{complaint}."


def test_a_term_that_is_too_long_is_refused(user_file: Path) -> None:
    load(user_file, f" {{a: {{title: A, words: [{'x' * LONGEST_TERM}]}}}}\n")
    with pytest.raises(ConfigurationError, match="cannot be searched for"):
        load(user_file, f" {{a: {{title: A, words: [{'x' * (LONGEST_TERM + 1)}]}}}}\n")


@given(key=st.text(st.sampled_from("abz019-"), max_size=60))
def test_a_key_is_words_with_one_dash_between_them(key: str) -> None:
    assert is_topic_key(key) == (len(key) <= 50 and all(key.split("-")))


# Finding a topic


@pytest.mark.parametrize(("key", "hint"), [("form", " (did you mean 'forms'?)"), ("zzz", "")])
def test_an_unknown_topic_names_those_there_are(key: str, hint: str) -> None:
    profile = get_profile(load_profiles(None), "plone")
    assert get_topic(profile, "forms").title == "Forms"
    with pytest.raises(UsageError) as refusal:
        get_topic(profile, key)
    known = ", ".join(sorted(topic.key for topic in profile.topics))
    assert str(refusal.value) == f"Profile 'plone' has no topic {key!r}{hint}; its topics are {known}."
