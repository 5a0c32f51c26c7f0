"""The mutants are what they are said to be, and a trial tells a test that notices from one that does not."""

import json
import math
import re
import subprocess
import sys
from inspect import getsource

import pytest

from tests.mutations.__main__ import mutate
from tests.mutations.equivalent import list_equivalent
from tests.mutations.mutants import list_mutants
from tests.mutations.trial import ROOT, SOURCE, Reached


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["module: a < b → pass", "module: a < b → a <= b", "module: a < b → a >= b"]),
        ("x = a == b != c", ["module: a == b != c → a != b != c", "module: a == b != c → a == b == c"]),
        ("x = a and b", ["module: a and b → a or b", "module: a and b → b", "module: a and b → a"]),
        ("x = a or b or c"[:10], ["module: a or b → a and b", "module: a or b → b", "module: a or b → a"]),
        ("x = not a", ["module: not a → a"]),
        ("x = a + b", ["module: a + b → a - b"]),
        ("x = 7", ["module: 7 → 8", "module: 7 → 6"]),
        ("x = True", ["module: True → False"]),
        ("x = 'abc'", ["module: 'abc' → 'ab~'"]),
        ("x = ''", ["module: '' → '~'"]),
        ("x = b'abc'", ["module: b'abc' → b'ab~'"]),
        ("x = None", []),
        ("x = min(a)", ["module: min(a) → max(a)"]),
        ("x = a.partition(b)", ["module: a.partition(b) → a.rpartition(b)"]),
        ("x = a.strip()", ["module: a.strip() → a.lstrip()", "module: a.strip() → a.rstrip()"]),
        (
            "x = sorted(a, key=b)",
            ["module: sorted(a, key=b) → list(a)", "module: sorted(a, key=b) → sorted(a)"],
        ),
        ("x = a[:b]", ["module: :b → :"]),
        ("x = a if b else c", ["module: a if b else c → a if not b else c"]),
        ("x = [a for a in b if c]", ["module: [a for a in b if c] → [a for a in b]"]),
        ("def f():\n    return a", ["f: return a → return None"]),
        ("def f():\n    return None", []),
        ("class A:\n    def f(self):\n        raise B", ["A.f: raise B → pass"]),
        ("x = a != b, a != b", ["module: a != b → a == b", "module: a != b → a == b (2)"]),
        ('"""Says what it is for."""\nx: "int"\ntype Y = "Z"\n@a(1)\nclass A(B, frozen=True): ...', []),
    ],
)
def test_each_mutant_has_one_fault(source: str, expected: list[str]) -> None:
    assert [mutant.key for mutant in list_mutants(source)] == expected


def test_a_mutant_is_compiled_with_its_fault_and_leaves_the_others_alone() -> None:
    values = []
    for mutant in list_mutants("def f(a, b=1):\n    return a < b\nx = f(1)\ny = f(0)"):
        found: dict[str, object] = {}
        exec(mutant.compile("made_up.py"), found)  # noqa: S102 - our own text
        values.append((mutant.key.partition(": ")[2], mutant.lines, found["x"], found["y"]))
    assert values == [
        ("1 → 2", None, True, True),
        ("1 → 0", None, False, False),
        ("return a < b → return None", range(1, 3), None, None),
        ("a < b → a <= b", range(1, 3), True, True),
        ("a < b → a >= b", range(1, 3), True, False),
        ("1 → 2", None, False, True),
        ("1 → 0", None, True, True),
        ("0 → 1", None, False, False),
        ("0 → -1", None, False, True),
    ]


def try_some() -> None:
    """Try four mutants of a module. It has a process of its own, because this one has imported the module."""
    import json  # noqa: PLC0415

    from tests.mutations.mutants import list_mutants  # noqa: PLC0415
    from tests.mutations.trial import SOURCE, find_reached, is_noticed  # noqa: PLC0415

    path = SOURCE / "assessment" / "rank.py"
    source = path.read_text(encoding="utf-8")
    reached = find_reached(["tests/assessment/test_use_and_rank.py"])
    (mutant,) = (each for each in list_mutants(source) if "→ return None" in each.key)
    tests = reached.find_tests(str(path), mutant.lines)
    tried = {
        "worse": mutant.compile(str(path)),
        "unchanged": compile(source, str(path), "exec"),
        "endless": compile("while True: pass", str(path), "exec"),
        "endless test": compile(
            source.replace("    parts =", "    while True: pass\n    parts ="), str(path), "exec"
        ),
        "gone": compile("import os; os._exit(0)", str(path), "exec"),
        "greedy": compile("found = []\nwhile True: found.append(b' ' * (1 << 24))", str(path), "exec"),
    }
    found = {
        what: is_noticed(code, path, dict.fromkeys(tests, 3.0 if what.startswith("endless") else 60.0))
        for what, code in tried.items()
    }
    elsewhere = reached.find_tests("elsewhere.py", range(1, 9))
    print(json.dumps([reached.passed, bool(tests), found, elsewhere]))  # noqa: T201


def test_a_mutant_that_a_test_notices_is_told_from_one_that_none_does() -> None:
    code = f"{getsource(try_some)}\ntry_some()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = {
        "worse": "failed",
        "unchanged": None,
        "endless": "time",
        "endless test": "time",
        "gone": "died",
        "greedy": "memory",
    }
    assert json.loads(done.stdout) == [True, True, found, []]


def test_who_forks_the_trials_has_imported_nothing_that_they_try() -> None:
    """A mutant of what is imported already would be left out, and survive."""
    code = (
        "import sys; import tests.mutations.__main__;"
        " sys.exit(' '.join(name for name in sys.modules if name.partition('.')[0] == 'pyf') or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_tests_of_all_files_are_chosen_while_they_take_no_longer() -> None:
    seconds = {"a::1": 1.0, "a::2": 2.0, "a::3": 3.0, "b::1": 1.5, "b::2": 9.0, "c::1": 30.0}
    reached = Reached(lines={}, seconds=seconds, passed=True)
    assert reached.choose(list(seconds), math.inf) == list(seconds)
    assert reached.choose(list(seconds), 4.5) == ["a::1", "a::2", "b::1"]
    assert reached.choose(["c::1", "a::1"], 2.0) == ["c::1"]


def test_those_tests_are_run_that_run_the_very_lines() -> None:
    lines = {"": {"m": {1, 8}}, "a": {"m": {3, 4}}, "b": {"m": {3}}, "c": {"m": {9}}, "d": {}}
    reached = Reached(lines=lines, seconds={"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0}, passed=True)
    assert reached.find_tests("m", range(2, 6), range(4, 5)) == ["a"]
    assert reached.find_tests("m", range(2, 6), range(3, 4)) == ["b", "a"]
    # Nobody runs a line that was compiled into another one.
    assert reached.find_tests("m", range(2, 6), range(5, 6)) == ["b", "a"]
    assert reached.find_tests("m", None, range(1, 2)) == ["c", "b", "a", "d"]


def test_a_mutant_knows_its_own_lines_and_those_of_its_function() -> None:
    source = "def f(a):\n    if (\n        a\n    ):\n        return 1\n"
    found = {mutant.key: (mutant.lines, mutant.own) for mutant in list_mutants(source)}
    (condition,) = [own for key, own in found.items() if "if not a" in key]
    assert condition == (range(1, 6), range(2, 4))
    assert found["f: 1 → 2"] == (range(1, 6), range(5, 6))


def test_the_module_that_the_help_names_is_there() -> None:
    (named,) = re.findall(r"such as ([\w/]+\.py)", str(mutate.help))
    assert (SOURCE / named).is_file()


def test_what_is_listed_as_equivalent_is_a_mutant_of_today() -> None:
    for module, keys in list_equivalent().items():
        mutants = list_mutants((SOURCE / module).read_text(encoding="utf-8"))
        assert keys - {mutant.key for mutant in mutants} == set(), module
