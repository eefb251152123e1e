"""The page's files and their response headers. ``test_page_in_a_browser.py`` tests what the page does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from meeting_pipeline.api.routes import page
from meeting_pipeline.api.schemas import error_handlers
from meeting_pipeline.media.formats import MEDIA_SUFFIXES, TRANSCRIPT_SUFFIXES

FILES = sorted(page.FOLDER.iterdir())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|parseFromString|setHTML|srcdoc")
"""Ways to turn text into markup."""
CODE = re.compile(r"\beval\(|new Function|javascript:|\bimport\((?!\"\./[a-z_]+\.js\"\))")
"""Ways to turn text into code. A script of the page that is fetched on demand is named in full."""
ELSEWHERE = re.compile(r"""(?:https?:)?//[A-Za-z0-9][^\s"'`]*\.[A-Za-z]""")
EDITORS_NAME = "editor_name.js"
"""The name under which people edit without an API key."""
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    error_handlers.install(app)
    app.include_router(page.router)
    with TestClient(app) as client:
        yield client


def ids(path: Path) -> str:
    return path.name


def test_the_page_is_served_at_the_root(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<main" in answer.text


@pytest.mark.parametrize(("path", "start"), [("/nowhere", "./"), ("/a/b", "../"), ("/page/none/of/it", "../../../")])
def test_a_browser_gets_a_page_at_an_address_where_nothing_is(client: TestClient, path: str, start: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'<a href="{start}">' in answer.text
    assert f'href="{start}page/shared.css"' in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/nowhere", "*/*"), ("/v1/nowhere", "text/html"), ("/v1", "text/html")])
def test_a_program_gets_a_problem_document_there(client: TestClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_the_file_chooser_offers_every_kind_that_is_accepted() -> None:
    accepted = re.findall(r'accept="([^"]*)"', (page.FOLDER / "index.html").read_text(encoding="utf-8"))
    assert [set(each.split(",")) - {"audio/*", "video/*"} for each in accepted] == [
        MEDIA_SUFFIXES | TRANSCRIPT_SUFFIXES
    ]


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_file_is_served_with_its_type_and_the_policy(client: TestClient, path: Path) -> None:
    answer = client.get(f"/page/{path.name}")
    assert answer.status_code == 200
    assert answer.content == path.read_bytes()
    kind = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}[path.suffix]
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"


def test_the_policy_lets_nothing_but_this_service_s_own_files_in(client: TestClient) -> None:
    given = client.get("/").headers["content-security-policy"]
    policy = {name: values for name, *values in (part.split() for part in given.split(";"))}
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "img-src": ["'self'", "data:"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }


def test_a_file_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/page/app.js")
    second = client.get("/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpage.py", "%2e%2e%2fpage.py", "page.py", ".", "%00", "app.js%00"])
def test_only_the_page_s_own_files_can_be_asked_for(client: TestClient, name: str) -> None:
    answer = client.get(f"/page/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_every_script_begins_by_saying_what_belongs_there(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    opening = " ".join(takewhile(lambda line: line.startswith("// "), lines))
    assert "Belongs here: " in opening or "Must not go here: " in opening


@pytest.mark.parametrize("path", [path for path in FILES if path not in SCRIPTS], ids=ids)
def test_every_other_file_begins_by_saying_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8").removeprefix("<!doctype html>\n")
    assert text.startswith(("<!-- ", "/* "))


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_no_script_makes_markup_or_code_out_of_words(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not MARKUP.search(text)
    assert not CODE.search(text)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_file_names_an_address_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert not ELSEWHERE.search(text)
    assert "@import" not in text
    assert "url(" not in text


def test_the_frame_holds_no_script_style_or_handler_of_its_own() -> None:
    text = (page.FOLDER / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "<style" not in text
    assert not re.search(r"\s(?:style|on[a-z]+)\s*=", text)


def test_only_the_editors_name_is_stored_for_long() -> None:
    text = (page.FOLDER / EDITORS_NAME).read_text(encoding="utf-8")
    assert set(re.findall(r"localStorage\.(\w+)\(STORED", text)) == {"getItem", "setItem", "removeItem"}
    assert text.count("localStorage") == 3
    assert "key.get" not in text


def test_the_key_goes_into_no_address_and_into_no_lasting_storage() -> None:
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert path.name == EDITORS_NAME or "localStorage" not in text
        assert "document.cookie" not in text
        assert not re.search(r"[?&](?:key|api_key|access_token)=", text)


def test_whatever_a_script_imports_is_a_file_of_the_page() -> None:
    for path in SCRIPTS:
        for name in re.findall(r'(?:from |import\()"([^"]+)"', path.read_text(encoding="utf-8")):
            assert name.startswith("./")
            assert (page.FOLDER / name).is_file()
