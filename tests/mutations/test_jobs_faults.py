"""The table of faults fits the code of today."""

import pytest

from tests.mutations.jobs_faults import list_faults, put_in
from tests.mutations.jobs_trials import JOBS, ROOT


def test_each_fault_has_its_place_its_tests_and_a_module_that_compiles() -> None:
    for fault in list_faults():
        path = ROOT / JOBS / fault.module
        source = path.read_text(encoding="utf-8")
        compile(put_in(fault, source), str(path), "exec")
        assert put_in(fault, source) != source, fault
        assert [test for test in fault.tests if not (ROOT / test).exists()] == []


def test_no_fault_is_there_twice() -> None:
    faults = [str(fault) for fault in list_faults()]
    assert sorted(set(faults)) == sorted(faults)


def test_a_fault_whose_place_is_gone_is_told() -> None:
    fault = next(list_faults())
    with pytest.raises(ValueError, match="is there 0 times"):
        put_in(fault, "")
