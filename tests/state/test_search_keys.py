"""The file with search-only keys: for its user alone, and never a reason to stop."""

import stat
from pathlib import Path

import pytest

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.state.search_keys import KeptKey, SearchKeyFile

KEY = KeptKey(names=("a", "b"), value="secret")
OTHER = KeptKey(names=("c",), value="other")


def test_keys_are_kept_by_server(tmp_path: Path) -> None:
    file = SearchKeyFile(tmp_path / "data")
    assert file.find("http://a") == ()
    file.save("http://a", [KEY])
    file.save("http://b", [OTHER])
    file.save("http://a", [KEY, OTHER])
    assert (file.find("http://a"), file.find("http://b")) == ((KEY, OTHER), (OTHER,))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.folder.iterdir()] == ["search-keys.json"]
    assert "secret" not in repr(file.find("http://a"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"http://a": 5}'])
def test_what_cannot_be_read_is_as_good_as_lost(tmp_path: Path, content: bytes) -> None:
    file = SearchKeyFile(tmp_path)
    file.path.write_bytes(content)
    assert file.find("http://a") == ()
    file.save("http://a", [KEY])
    assert file.find("http://a") == (KEY,)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataFolderUnusable):
        SearchKeyFile(tmp_path / "data").save("http://a", [KEY])
