"""Profiles: what the built-in ones cover, the user's own on top, and what is said of a wrong file."""

import logging
import re
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from trove_classifiers import all_classifiers

from pyf.aggregator.config.profiles import get_profile, load_profiles
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.metadata.classifiers import Selection, find_covered
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.metadata.profile import Profile


def load_without_topics(user_file: Path | None) -> dict[str, Profile]:
    """The topics of the built-in profiles have tests of their own."""
    return {key: replace(profile, topics=()) for key, profile in load_profiles(user_file).items()}


def make_built_in(name: str, distributions: tuple[str, ...], product: str | None) -> Profile:
    return Profile(
        key=name.lower(),
        name=name,
        selection=Selection(classifiers=(f"Framework :: {name}",)),
        framework=Framework(distributions=tuple(map(NormalizedName, distributions)), product=product),
    )


PLONE = make_built_in("Plone", ("products-cmfplone", "plone"), "plone")
DJANGO = make_built_in("Django", ("django",), "django")
FLASK = make_built_in("Flask", ("flask",), None)


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "own.yaml"


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def refuse(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        load_profiles(path)
    return str(refusal.value).removeprefix(f"{path}:")


# The built-in profiles


def test_the_built_in_profiles_are_plone_django_and_flask(caplog: pytest.LogCaptureFixture) -> None:
    assert load_without_topics(None) == {"plone": PLONE, "django": DJANGO, "flask": FLASK}
    assert caplog.records == []


@pytest.mark.parametrize("family", ["Plone", "Django", "Flask"])
def test_a_profile_covers_every_version_of_its_framework_and_nothing_else(family: str) -> None:
    """The reference compares segment by segment, so no version that PyPI adds needs a line in the profile."""
    selection = load_profiles(None)[family.lower()].selection
    expected = {c for c in all_classifiers if c.split(" :: ")[:2] == ["Framework", family]}
    assert set(find_covered(selection.classifiers, all_classifiers)) == expected
    assert f"Framework :: {family}" in expected


def test_each_product_of_a_built_in_profile_has_packaged_cycles() -> None:
    frameworks = [profile.framework for profile in load_profiles(None).values()]
    products = [framework.product for framework in frameworks if framework is not None and framework.product]
    assert products == ["plone", "django"]
    assert all(map(get_floor, products))


def test_django_does_not_take_django_cms() -> None:
    covered = find_covered(load_profiles(None)["django"].selection.classifiers, all_classifiers)
    assert [c for c in all_classifiers if c.startswith("Framework :: Django CMS")] != []
    assert [c for c in covered if "Django CMS" in c] == []
    assert "Framework :: Django :: 5.2" in covered


# A file of the user's own


def test_a_user_file_adds_a_profile(user_file: Path) -> None:
    write(
        user_file,
        """
        profiles:
          fastapi:
            name: "FastAPI"
            classifiers:
              - "Framework :: FastAPI"
            include: [Starlette_Ext, typer]
            exclude:
              - Some.Thing
            framework:
              distributions: [FastAPI, fastapi-slim]
              product: fast-api
        """,
    )
    assert load_without_topics(user_file) == {
        "plone": PLONE,
        "django": DJANGO,
        "flask": FLASK,
        "fastapi": Profile(
            key="fastapi",
            name="FastAPI",
            selection=Selection(
                classifiers=("Framework :: FastAPI",),
                include=frozenset({normalize("starlette-ext"), normalize("typer")}),
                exclude=frozenset({normalize("some-thing")}),
            ),
            framework=Framework(
                distributions=(normalize("fastapi"), normalize("fastapi-slim")), product="fast-api"
            ),
        ),
    }


def test_the_profile_that_the_readme_shows_is_one(user_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (shown,) = re.findall(r"^```yaml\n(profiles:\n.*?)^```", readme, flags=re.DOTALL | re.MULTILINE)
    user_file.write_text(shown)
    profile = load_profiles(user_file)["wagtail"]
    assert profile.framework == Framework(distributions=(normalize("wagtail"),), product="wagtail")
    assert [(topic.key, topic.words[1], topic.classifiers) for topic in profile.topics] == [
        ("editors", "rich text", ("Topic :: Text Editors",))
    ]
    assert caplog.records == []


def test_a_user_file_replaces_a_whole_profile(user_file: Path) -> None:
    write(
        user_file,
        """
        profiles: {plone: {name: Zope too, classifiers: ["Framework :: Plone", "Framework :: Zope"]}}
        """,
    )
    assert load_profiles(user_file)["plone"] == Profile(
        key="plone",
        name="Zope too",
        selection=Selection(classifiers=("Framework :: Plone", "Framework :: Zope")),
    )


def test_a_byte_order_mark_is_no_part_of_the_file(user_file: Path) -> None:
    user_file.write_bytes(b"\xef\xbb\xbfprofiles: {}\n")
    assert set(load_profiles(user_file)) == {"plone", "django", "flask"}


def test_the_profiles_cannot_be_changed() -> None:
    profiles = load_profiles(None)
    with pytest.raises(TypeError):
        profiles["own"] = PLONE  # type: ignore[index]  # That this is refused is what the test shows.


@given(name=st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True))
def test_every_project_name_may_be_included_and_is_normalized(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("names") / "own.yaml"
    path.write_text(
        f'profiles: {{p: {{name: P, classifiers: ["Framework :: Flask"], include: ["{name}"]}}}}\n'
    )
    assert load_profiles(path)["p"].selection.include == frozenset({str(canonicalize_name(name))})


# Wrong files


def test_a_missing_file_is_refused(user_file: Path) -> None:
    assert refuse(user_file) == " cannot be read (No such file or directory)."


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refuse(tmp_path) == " cannot be read (Is a directory)."


def test_a_file_that_is_not_utf8_is_refused(user_file: Path) -> None:
    user_file.write_bytes(b"profiles:\n  caf\xe9: {}\n")
    assert refuse(user_file) == "2: the file is not UTF-8."


def test_a_control_character_is_refused(user_file: Path) -> None:
    user_file.write_bytes(b"profiles:\n  a:\n    name: \x07\n")
    assert refuse(user_file) == "3: this is not YAML: a control character."


WRONG_FILES = [
    ("", "1: the file is empty"),
    ("# only a comment\n", "1: the file is empty"),
    ("- plone\n", "1: the file must be a mapping of keys to values"),
    ("profiles: [\n  a,\n", "3: this is not YAML: expected the node content, but found '<stream end>'"),
    ("profiles:\n\tplone: {}\n", "2: this is not YAML: found character '\\t' that cannot start any token"),
    ("a: *b\n", "1: this is not YAML: found undefined alias 'b'"),
    ("profiles: {}\n---\nprofiles: {}\n", "2: this is not YAML: but found another document"),
    ("# nothing\n{}\n", "2: the file has no 'profiles'"),
    ("profiles: {}\nprofile: {}\n", "2: 'profile' is unknown in the file; known: profiles"),
    ("profiles: {}\nprofiles: {}\n", "2: 'profiles' is in the file twice, first in line 1"),
    ("profiles:\n", "1: profiles must be a mapping of keys to values"),
    ("profiles:\n  - plone\n", "2: profiles must be a mapping of keys to values"),
    ("profiles:\n  plone: Plone\n", "2: profile 'plone' must be a mapping of keys to values"),
    (
        "&all\nprofiles: *all\n",
        (
            "2: 'profiles' is unknown in profile 'profiles';"
            " known: name, classifiers, include, exclude, framework, topics"
        ),
    ),
    ("profiles:\n  1: {}\n", "2: a key of profiles must be text (put it in quotes)"),
    ("profiles:\n  [a]: {}\n", "2: a key of profiles must be text (put it in quotes)"),
]


@pytest.mark.parametrize(("text", "complaint"), WRONG_FILES)
def test_a_file_of_the_wrong_shape_is_refused_with_its_line(
    text: str, complaint: str, user_file: Path
) -> None:
    user_file.write_text(text)
    assert refuse(user_file) == f"{complaint}."


@pytest.mark.parametrize("key", ["Plone", "plone 6", "-plone", "_plone", "plone/6", "plöne", "plone.org"])
def test_a_key_that_cannot_name_a_collection_is_refused(key: str, user_file: Path) -> None:
    write(user_file, f"profiles:\n\n  {key}:\n    name: X\n    classifiers: ['Framework :: Plone']\n")
    assert refuse(user_file) == (
        f"3: {key!r} cannot be a profile's key: it names the collection, so it begins with a-z or 0-9 and"
        " goes on with these, _ and -."
    )


def test_a_profile_that_is_there_twice_is_refused(user_file: Path) -> None:
    profile = "  own: {name: Own, classifiers: ['Framework :: Flask']}\n"
    write(user_file, f"profiles:\n{profile}{profile}")
    assert refuse(user_file) == "3: 'own' is in profiles twice, first in line 2."


NO_PRODUCT = (
    "product of framework of profile 'own' must be a product of endoflife.date in small letters, such as"
    " plone, or none"
)
WRONG_FRAMEWORKS = [
    ("", "5: framework of profile 'own' must be a mapping of keys to values"),
    (" plone", "5: framework of profile 'own' must be a mapping of keys to values"),
    ("\n  product: plone", "5: framework of profile 'own' has no 'distributions'"),
    ("\n  distributions: [Plone]", "5: framework of profile 'own' has no 'product'"),
    (
        "\n  distributions: [Plone]\n  products: plone",
        "7: 'products' is unknown in framework of profile 'own'; known: distributions, product",
    ),
    (
        "\n  distributions: Plone\n  product: plone",
        "6: distributions of framework of profile 'own' must be a list",
    ),
    (
        "\n  distributions: []\n  product: plone",
        "6: framework of profile 'own' needs at least one distribution",
    ),
    (
        "\n  distributions: [Plone, 6]\n  product: plone",
        "6: an entry of distributions of framework of profile 'own' must be text (put it in quotes)",
    ),
    (
        "\n  distributions:\n  - Plone>=6\n  product: plone",
        "7: 'Plone>=6' in distributions of framework of profile 'own' is not a project name (PEP 508)",
    ),
    *(
        (f"\n  distributions: [Plone]\n  product: {product}", f"7: {NO_PRODUCT}")
        for product in (
            "",
            "null",
            "6",
            "true",
            "Plone",
            "[plone]",
            "'../plone'",
            "plone/6",
            "-plone",
            "'plone '",
        )
    ),
]
WRONG_PROFILES = [
    ("classifiers: ['Framework :: Flask']", "2: profile 'own' has no 'name'"),
    ("name: Own", "2: profile 'own' has no 'classifiers'"),
    (
        "name: 6.0\nclassifiers: ['Framework :: Flask']",
        "3: name of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name: ' '\nclassifiers: ['Framework :: Flask']",
        "3: name of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name: [a]\nclassifiers: ['Framework :: Flask']",
        "3: name of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name:\nclassifiers: ['Framework :: Flask']",
        "3: name of profile 'own' must be text (put it in quotes)",
    ),
    ("name: Own\nname: Other", "4: 'name' is in profile 'own' twice, first in line 3"),
    ("name: Own\nclassifiers: []", "4: profile 'own' needs at least one classifier"),
    ("name: Own\nclassifiers:", "4: classifiers of profile 'own' must be a list"),
    ("name: Own\nclassifiers: Framework", "4: classifiers of profile 'own' must be a list"),
    (
        "name: Own\nclassifiers:\n- 'Framework :: Flask'\n- 3.12",
        "6: an entry of classifiers of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name: Own\nclassifiers:\n- 'Framework :: Flask'\n-",
        "6: an entry of classifiers of profile 'own' must be text (put it in quotes)",
    ),
    # Without quotes YAML reads the last colon of "::" as that of a mapping.
    (
        "name: Own\nclassifiers:\n- Framework :: Flask",
        "5: an entry of classifiers of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name: Own\nclasifiers: ['Framework :: Flask']",
        (
            "4: 'clasifiers' is unknown in profile 'own';"
            " known: name, classifiers, include, exclude, framework, topics"
        ),
    ),
    (
        "name: Own\nclassifiers: [Framework]\ninclude: flask",
        "5: include of profile 'own' must be a list",
    ),
    (
        "name: Own\nclassifiers: [Framework]\nexclude: [1]",
        "5: an entry of exclude of profile 'own' must be text (put it in quotes)",
    ),
    (
        "name: Own\nclassifiers: [Framework]\ninclude:\n- flask\n- flask>=2",
        "7: 'flask>=2' in include of profile 'own' is not a project name (PEP 508)",
    ),
    (
        "name: Own\nclassifiers: [Framework]\nexclude: [-flask-]",
        "5: '-flask-' in exclude of profile 'own' is not a project name (PEP 508)",
    ),
    (
        "name: Own\nclassifiers: [Framework]\ninclude: [Flask.Ext]\nexclude:\n- flask\n- flask_ext",
        "8: profile 'own' both includes and excludes 'flask-ext'",
    ),
    *(
        (f"name: Own\nclassifiers: [Framework]\nframework:{framework}", complaint)
        for framework, complaint in WRONG_FRAMEWORKS
    ),
]


@pytest.mark.parametrize(("body", "complaint"), WRONG_PROFILES)
def test_a_wrong_profile_is_refused_with_its_line(body: str, complaint: str, user_file: Path) -> None:
    user_file.write_text("profiles:\n  own:\n" + textwrap.indent(body, " " * 4) + "\n")
    assert refuse(user_file) == f"{complaint}."


# Classifiers that PyPI does not have


def test_an_unknown_classifier_is_warned_of_with_its_line_and_the_closest(
    user_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(
        user_file,
        """
        profiles:
          own:
            name: Own
            classifiers:
              - "Framework :: Flask"
              - "Framework :: Djagno"
              - "zzz"
        """,
    )
    assert load_profiles(user_file)["own"].selection.classifiers == (
        "Framework :: Flask",
        "Framework :: Djagno",
        "zzz",
    )
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.WARNING]
    assert [record.getMessage().removeprefix(f"{user_file}:") for record in caplog.records] == [
        "6: PyPI has no classifier 'Framework :: Djagno'; did you mean 'Framework :: Django'?",
        "7: PyPI has no classifier 'zzz'",
    ]


@pytest.mark.parametrize("classifier", ["Framework", "Framework :: Django CMS :: 4.2"])
def test_a_parent_of_classifiers_and_a_deprecated_one_are_not_warned_of(
    classifier: str, user_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(user_file, f"profiles: {{own: {{name: Own, classifiers: ['{classifier}']}}}}\n")
    load_profiles(user_file)
    assert caplog.records == []


# Finding a profile


def test_a_profile_is_found_by_its_key() -> None:
    profiles = load_profiles(None)
    assert get_profile(profiles, "django") is profiles["django"]


@pytest.mark.parametrize(
    ("key", "hint"),
    [("djagno", " (did you mean 'django'?)"), ("PLONE", " (did you mean 'plone'?)"), ("zope", "")],
)
def test_an_unknown_key_names_the_profiles_there_are(key: str, hint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        get_profile(load_profiles(None), key)
    assert str(refusal.value) == (
        f"There is no profile {key!r}{hint}; the profiles are django, flask, plone."
    )
