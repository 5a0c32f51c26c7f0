"""The stand-in keeps PyPI's manners, as far as the product relies on them."""

import gzip
import http.client
import json
import urllib.parse
import xmlrpc.client
from pathlib import Path

import pytest

from tests.servers.pypi import INDEX_JSON, PyPIServer
from tests.servers.world import World

PLONE = "Framework :: Plone"


def get(server: PyPIServer, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=5)
    connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_the_list_is_json_only_for_who_asks_and_names_its_state(pypi: PyPIServer) -> None:
    pypi.world.add_project("Easy.Form")
    status, headers, body = get(pypi, "/simple/", Accept=INDEX_JSON)
    assert (status, headers["Content-Type"], headers["X-PyPI-Last-Serial"]) == (200, INDEX_JSON, "1001")
    assert json.loads(body)["projects"] == [{"_last-serial": 1001, "name": "Easy.Form"}]
    status, headers_of_page, page = get(pypi, "/simple/")
    assert (status, headers_of_page["Content-Type"]) == (200, "text/html")
    assert b'<a href="/simple/easy-form/">Easy.Form</a>' in page
    status, moved, _ = get(pypi, "/simple")
    assert (status, moved["Location"]) == (301, "/simple/")
    _, zipped, packed = get(pypi, "/simple/", Accept=INDEX_JSON, Accept_Encoding="gzip")
    assert gzip.decompress(packed) == body
    assert zipped["ETag"] != headers["ETag"]
    status, _, nothing = get(
        pypi, "/simple/", Accept=INDEX_JSON, Accept_Encoding="gzip", If_None_Match=zipped["ETag"]
    )
    assert (status, nothing) == (304, b"")
    pypi.world.touch("easy-form")
    status, *_ = get(
        pypi, "/simple/", Accept=INDEX_JSON, Accept_Encoding="gzip", If_None_Match=zipped["ETag"]
    )
    assert status == 200


def test_a_project_is_served_under_its_normal_name(pypi: PyPIServer) -> None:
    pypi.world.add_project("Easy.Form", version="1.0", classifiers=[PLONE], summary="Forms")
    status, headers, body = get(pypi, "/pypi/easy-form/json")
    content = json.loads(body)
    assert (status, headers["X-PyPI-Last-Serial"], content["last_serial"]) == (200, "1001", 1001)
    assert (content["info"]["name"], content["info"]["classifiers"]) == ("Easy.Form", [PLONE])
    status, headers, _ = get(pypi, "/pypi/Easy.Form/json")
    assert (status, headers["Location"]) == (301, "/pypi/easy-form/json")
    assert get(pypi, "/pypi/easy-form/json/")[0] == 301
    assert get(pypi, "/pypi/nobody/json")[0] == 404
    pypi.world.remove_releases("easy-form")
    assert get(pypi, "/pypi/easy-form/json")[0] == 404
    assert json.loads(get(pypi, "/simple/easy-form/", Accept=INDEX_JSON)[2])["versions"] == []


def test_a_release_is_served_with_what_it_declared(pypi: PyPIServer) -> None:
    pypi.world.add_project("Easy.Form", version="1.0", classifiers=[PLONE])
    pypi.world.release("easy-form", "2.0", classifiers=[])
    status, headers, body = get(pypi, "/pypi/easy-form/1.0/json")
    content = json.loads(body)
    assert (status, headers["X-PyPI-Last-Serial"], "releases" in content) == (200, "1002", False)
    assert (content["info"]["version"], content["info"]["classifiers"]) == ("1.0", [PLONE])
    assert [file["filename"] for file in content["urls"]] == ["easy_form-1.0-py3-none-any.whl"]
    status, headers, _ = get(pypi, "/pypi/Easy.Form/1.0/json")
    assert (status, headers["Location"]) == (301, "/pypi/easy-form/1.0/json")
    assert get(pypi, "/pypi/easy-form/3.0/json")[0] == 404
    assert get(pypi, "/pypi/nobody/1.0/json")[0] == 404


def test_what_is_sent_is_counted_as_it_was_compressed(pypi: PyPIServer) -> None:
    for number in range(200):
        pypi.world.add_project(f"p{number}")
    plain = get(pypi, "/simple/", Accept=INDEX_JSON)[2]
    assert pypi.sent_bytes == len(plain)
    pypi.clear_requests()
    zipped = get(pypi, "/simple/", Accept=INDEX_JSON, Accept_Encoding="gzip")[2]
    assert pypi.sent_bytes == len(zipped) < len(plain)


def test_the_latest_is_not_yanked_and_no_prerelease_if_there_is_such_a_one(world: World) -> None:
    world.add_project("a", version="1.0")
    for version in ("2.0", "3.0a1", "1.10"):
        world.release("a", version)
    world.yank("a", "2.0")
    assert world.get("a").latest is world.get("a").releases["1.10"]
    world.yank("a", "1.10")
    world.yank("a", "1.0")
    assert world.get("a").latest is world.get("a").releases["3.0a1"]


def test_browse_goes_by_exact_classifiers_over_all_releases(pypi: PyPIServer) -> None:
    pypi.world.add_project("Easy.Form", version="2.0", classifiers=[f"{PLONE} :: 6.0"])
    pypi.world.add_older_release("easy-form", "1.0", [PLONE, f"{PLONE} :: 5.2"])
    with xmlrpc.client.ServerProxy(f"{pypi.url}/pypi") as proxy:
        assert proxy.browse([PLONE]) == [["Easy.Form", "1.0"]]
        assert proxy.browse([PLONE, f"{PLONE} :: 6.0"]) == []
        assert proxy.browse(["Nothing"]) == []
        assert proxy.changelog_last_serial() == 1002
        with pytest.raises(xmlrpc.client.Fault, match="no longer supports"):
            proxy.search({"name": "x"})
    assert pypi.counts.browse == 3


def test_the_feeds_name_what_is_new(pypi: PyPIServer) -> None:
    for number in range(120):
        pypi.world.add_project(f"p{number}")
    assert get(pypi, "/rss/updates.xml")[2].count(b"<item>") == 100
    assert get(pypi, "/rss/packages.xml")[2].count(b"p119 added to PyPI") == 1
    assert get(pypi, "/rss/other.xml")[0] == 404


def test_a_world_is_made_of_info_lines(tmp_path: Path) -> None:
    lines = "\n".join(
        json.dumps({"name": name, "version": "1", "classifiers": [PLONE]}) for name in ("A", "b")
    )
    (tmp_path / "lines.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "lines.jsonl").write_text(lines)
    for path in tmp_path.iterdir():
        world = World.from_info_lines(path)
        assert world.browse([PLONE]) == [["A", "1"], ["b", "1"]]
        assert [len(release.files) for release in world.get("a").releases.values()] == [2]
