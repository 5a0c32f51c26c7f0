"""The lock that says who uses the embedded server."""

import stat
from pathlib import Path

import pytest

from pyf.aggregator.machine.locks import LockTaken, hold_lock
from pyf.aggregator.typesense.embedded.in_use import InUse, is_in_use


def test_many_have_a_share_and_the_last_one_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in-use.lock"
    assert not is_in_use(path)
    first, second = (InUse.acquire(path, seconds=0) for _ in range(2))
    first.release()
    assert is_in_use(path)
    second.release()
    assert not is_in_use(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_there_is_no_share_while_somebody_has_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "in-use.lock"
    with hold_lock(path, seconds=0):
        assert is_in_use(path)
        with pytest.raises(LockTaken):
            InUse.acquire(path, seconds=0.1)
    InUse.acquire(path, seconds=0).release()
