"""The pages about the code say what is so: the map, the layers, who writes files, the words, the tests."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.project.map import COMMAND, PAGE, ROOT, SOURCE, list_layers, read_tree, rewrite
from tests.project.test_house_rules import MOST_LINES

TEXT = PAGE.read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "bench" / "README.md"])

WRITING = re.compile(
    r"write_text|write_bytes|mkdir|makedirs|unlink|rename|rmdir|chmod|touch|symlink_to|hardlink_to|rmtree"
    r"|copyfile|copytree|mkstemp|mkdtemp|NamedTemporaryFile|TemporaryFile|TemporaryDirectory|\w*FileLock"
)
"""Functions and methods that write files, whatever they belong to."""
WRITING_IN_A_LIBRARY = re.compile(
    r"os\.(?:replace|remove|truncate|link|symlink|mkfifo|utime)|shutil\.(?:copy2?|move)"
    r"|sqlite3\.connect|portalocker\.R?Lock"
)
WRITING_FLAGS = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC")
NO_FILES = {"worker.claims.replace"}
"""Calls that look like ``path.replace(target)``, the one that a name does not tell."""

NAMES_OF_REDIS = {"ssl_ca_certs"}
"""What a page says of the Redis client's URLs, which no module of ours has to repeat."""

READING_THE_ENVIRONMENT = {"environ", "environb", "getenv", "expandvars"}
READING_IN_A_LIBRARY = {"load_dotenv", "dotenv_values", "find_dotenv", "Env"}

RETIRED_PARTS = [
    "Purse",
    "Passage",
    "Pace",
    "Silence",
    "Talk",
    "vitals",
    "Vitals",
    "Trouble",
    "GivenUp",
    "PutBack",
    "Survey",
    "Situation",
    "situation",
    "DAWN",
    "RepeatPolicy",
    "Inspection",
    "kin",
    "bearers",
    "renew",
    "settle",
    "distrusted",
    "settled",
    "Trickle",
    "trickle",
]
"""Words that the glossary gave up. They are compared with the parts of names, so ``OwnPurse`` counts, too."""
RETIRED_NAMES = {
    "Claims",
    "Destination",
    "Dropped",
    "Enriched",
    "Held",
    "Line",
    "SharedClaims",
    "TurnFarOff",
    "configure_talk",
    "judge",
    "talk_options",
}
"""Whole names that it gave up; their words are in use."""


def test_the_map_and_the_layers_are_those_of_the_tree() -> None:
    assert rewrite(TEXT) == TEXT, f"docs/architecture.md is behind the tree. Run: {COMMAND}"


def test_every_room_has_its_layer() -> None:
    rooms = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} == {room for layer in list_layers() for room in layer}


def opens_for_writing(call: ast.Call, name: str) -> bool:
    """Return whether a call of something named ``open`` may write; ``fdopen`` takes what is open."""
    if name == "os.open":
        return any(flag in ast.unparse(call) for flag in WRITING_FLAGS)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    if any(not isinstance(value, ast.Constant) for value in named):
        return True
    texts = [str(each.value) for each in [*call.args, *named] if isinstance(each, ast.Constant)]
    return any(re.fullmatch(r"[rwaxbt+]{1,3}", text) and set(text) & set("wax+") for text in texts)


def writes_files(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if last == "open":
        return opens_for_writing(node, name)
    renames = last == "replace" != name and len(node.args) == 1 and not node.keywords and name not in NO_FILES
    return renames or bool(WRITING.fullmatch(last) or WRITING_IN_A_LIBRARY.fullmatch(name))


def reads_the_environment(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name in READING_THE_ENVIRONMENT | READING_IN_A_LIBRARY
        case ast.ImportFrom(names=names):
            return bool({each.name for each in names} & (READING_THE_ENVIRONMENT | READING_IN_A_LIBRARY))
        case ast.keyword(arg=argument):
            return argument in {"envvar", "auto_envvar_prefix"}
    return False


def find_modules(has: Callable[[ast.AST], bool]) -> set[str]:
    return {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if any(has(node) for node in ast.walk(read_tree(path)))
    }


def read_modules(heading: str) -> set[str]:
    """Return the modules in the first column of the first table below a heading."""
    _, found, below = TEXT.partition(f"\n{heading}\n")
    assert found, heading
    table = below.partition("\n#")[0]
    return set(re.findall(r"^\| `([\w/.]+\.py)` \|", table, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "has"),
    [("### Who writes files", writes_files), ("### Who reads the environment", reads_the_environment)],
)
def test_the_modules_named_are_the_ones_that_do_it(heading: str, has: Callable[[ast.AST], bool]) -> None:
    named = read_modules(heading)
    assert named == find_modules(has), (
        f"Name each module, and what it does, in docs/architecture.md, {heading}."
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open(path, 'w')", True),
        ("path.open('ab')", True),
        ("path.open(mode=mode)", True),
        ("open(path, 'r+b')", True),
        ("os.open(path, os.O_RDWR)", True),
        ("path.write_text('x')", True),
        ("Path(temporary).replace(target)", True),
        ("os.rename(one, other)", True),
        ("sqlite3.connect(path)", True),
        ("tempfile.mkstemp()", True),
        ("FileLock(path)", True),
        ("open('was')", False),
        ("path.open('rb')", False),
        ("os.fdopen(descriptor, 'wb')", False),
        ("os.open(path, os.O_RDONLY)", False),
        ("path.read_text()", False),
        ("text.replace('w', 'x')", False),
        ("time.replace(tzinfo=UTC)", False),
        ("replace(value)", False),
        ("connection.connect()", False),
    ],
)
def test_what_may_write_a_file_is_recognised(code: str, expected: bool) -> None:
    assert any(writes_files(node) for node in ast.walk(ast.parse(code))) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("os.environ['HOME']", True),
        ("from os import getenv", True),
        ("from dotenv import load_dotenv", True),
        ("click.option('-x', envvar='X')", True),
        ("child.environment", False),
        ("import os", False),
    ],
)
def test_what_reads_the_environment_is_recognised(code: str, expected: bool) -> None:
    assert any(reads_the_environment(node) for node in ast.walk(ast.parse(code))) is expected


@cache
def load_identifiers() -> frozenset[str]:
    """Return every name in our modules: of classes, functions, arguments, variables and attributes."""
    values = (
        getattr(node, field, None)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(read_tree(path))
        for field in ("id", "attr", "name", "arg")
    )
    return frozenset(value for value in values if isinstance(value, str))


def has_part(identifier: str, word: str) -> bool:
    """Return whether a word is a part of a name: a class's by its capitals, others' by underscores."""
    pattern = rf"(?:^|[a-z_]){word}(?![a-z])" if word[0].isupper() else rf"(?:^|_){word}(?:_|$)"
    return re.search(pattern, identifier) is not None


def test_words_that_were_given_up_name_nothing_any_more() -> None:
    names = load_identifiers()
    assert len(names) > 1_000
    assert {
        name for name in names if name in RETIRED_NAMES or any(has_part(name, word) for word in RETIRED_PARTS)
    } == set()


@pytest.mark.parametrize(
    ("identifier", "word", "expected"),
    [
        ("Purse", "Purse", True),
        ("OwnPurse", "Purse", True),
        ("PurseEmpty", "Purse", True),
        ("Pursed", "Purse", False),
        ("save_vitals", "vitals", True),
        ("revitals", "vitals", False),
    ],
)
def test_the_parts_of_a_name_are_told_apart(identifier: str, word: str, expected: bool) -> None:
    assert has_part(identifier, word) is expected


def test_the_glossary_has_each_word_once_in_its_order() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [
        row.casefold()
        for row in re.findall(r"^\| (?!word )(\w[^|]*?) \|", page.partition("\n## ")[0], re.MULTILINE)
    ]
    assert len(words) > 50
    assert words == sorted(set(words))


def test_every_test_that_a_page_names_is_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8"))}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 50
    assert {name for name in named if f"def {name}(" not in code} == set()


def test_contributing_says_where_each_room_is_tested() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w/]+)/` \| (.*) \|$", text, re.MULTILINE))
    rooms = {str(path.parent.relative_to(SOURCE)) for path in SOURCE.rglob("*/__init__.py")}
    tested = {room for room in rooms if (ROOT / "tests" / room).is_dir()}
    assert rows.keys() == rooms - tested, "Say in CONTRIBUTING.md where the tests of these rooms are."
    named = re.findall(r"`(tests/[\w/.]+)`", text)
    assert {name for name in named if not (ROOT / name).exists()} == set()
    (most,) = re.findall(r"A module has (\d+) lines at most", text)
    assert int(most) == MOST_LINES


def find_module(name: str) -> bool:
    """Return whether a module of the code, tests or benchmarks is so called, with its rooms or without."""
    paths = (path for root in (SOURCE, ROOT / "tests", ROOT / "bench") for path in root.rglob("*.py"))
    return any(f"/{path.as_posix()}".endswith(f"/{name}") for path in paths)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_module_and_page_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(r"`([\w/]+\.py)`", text))
    assert {name for name in modules if not find_module(name)} == set()
    pages = {
        *re.findall(r"`((?:docs|bench)/\w+\.md)`", text),
        *(f"{page.parent.name}/{name}" for name in re.findall(r"\]\((\w+\.md)", text)),
    }
    names = {str(each.relative_to(ROOT)) for each in PAGES} | {f"{ROOT.name}/{each.name}" for each in PAGES}
    assert pages - names == set()


@pytest.mark.parametrize(
    "name", ["architecture.md", "decisions.md", "glossary.md", "operations.md", "documents.md"]
)
def test_every_name_of_the_code_that_a_page_uses_is_in_the_code(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-zA-Z]+(?:_[a-zA-Z]+)+)`", page))
    assert named
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert {word for word in named if not re.search(rf"{word}\b", code, re.IGNORECASE)} <= NAMES_OF_REDIS


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_heading_that_is_there(page: Path) -> None:
    for name, anchor in re.findall(r"\]\(([\w/]*(?:\.md)?)#([\w-]+)\)", page.read_text(encoding="utf-8")):
        target = (page.parent / name if name else page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", target, flags=re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert anchor in anchors, (name, anchor)
