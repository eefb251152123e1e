"""The documentation is correct: the site builds, links have targets, and lists match the program."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import click
import dagster as dg
import pytest
import sqlalchemy as sa

from meeting_pipeline import policies
from meeting_pipeline.cli import COMMANDS, main
from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import MEDIA_SUFFIXES, TRANSCRIPT_SUFFIXES
from meeting_pipeline.providers import policies as providers_policies
from meeting_pipeline.settings import Settings, settings_table
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.engine.connection_limits import connections_needed
from meeting_pipeline.store.tables import Base
from meeting_pipeline_tests.documentation import DOCS, PAGES, ROOT, anchors_of, links_of, part_of, rows_of, text_of

ALL_PAGES = sorted([*PAGES, *DOCS.glob("adr/*.md")])
TOOLS = ("mkdocs", "material", "mkdocs_click")
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
"""Port 9 (discard) answers nothing: a build that needs the network fails."""
BUILD_SECONDS = 240.0
"""A build takes 4 s of processor time; a busy machine needs longer."""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


class Resources(HTMLParser):
    """The resources that a browser fetches for a page: scripts, styles, fonts, pictures, frames."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        fetched = given.get("src"), given.get("href") if tag == "link" and given.get("rel") != "canonical" else None
        self.found += [address for address in fetched if address]


class Text(HTMLParser):
    """The visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def letters(self) -> str:
        return letters("".join(self.found))


def letters(text: str) -> str:
    """Only letters and digits: Markdown and terminal output differ in quotes, spaces and line breaks."""
    return re.sub(r"[\W_]+", "", text)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly and without a network."""
    for tool in TOOLS:
        if importlib.util.find_spec(tool) is None:
            pytest.skip(f"{tool} is not installed")
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(built)]
    environment = {**os.environ, **NO_NETWORK, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return built


def test_the_site_has_every_page(site: Path) -> None:
    pages = [page.relative_to(DOCS) for page in ALL_PAGES if page.is_relative_to(DOCS)]
    assert len(pages) > 40
    assert [page for page in pages if not (site / page.with_suffix(".html")).is_file()] == []


def test_the_site_fetches_nothing_from_other_hosts(site: Path) -> None:
    for page in site.rglob("*.html"):
        resources = Resources()
        resources.feed(page.read_text(encoding="utf-8"))
        assert resources.found, page
        assert [address for address in resources.found if re.match(r"(?:\w+:)?//", address)] == [], page
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")) == [], style


def test_the_site_shows_the_help_of_every_command_as_the_program_prints_it(site: Path) -> None:
    shown = Text()
    shown.feed((site / "reference/cli.html").read_text(encoding="utf-8"))
    text = shown.letters()
    for path, command in commands(main, ()):
        assert command.help
        first = command.help.partition("\n\n")[0]
        assert letters(first) in text, path
        for parameter in command.params:
            assert all(letters(option) in text for option in parameter.opts if option.startswith("--")), path
            assert letters(getattr(parameter, "help", None) or "") in text, (path, parameter.name)


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_the_command_line_page_says_what_each_command_is_for() -> None:
    table = text_of("reference/cli.md").partition("| exit code")[0]
    assert {name for name in COMMANDS if f"meeting-pipeline {name}" not in table} == set()


def test_the_exit_codes_that_are_listed_are_those_of_the_commands() -> None:
    page = text_of("reference/cli.md")
    rows = rows_of(page[page.index("| exit code |") :].partition("\n\n")[0])
    assert [int(code) for code, _meaning in rows] == sorted(ExitCode)


@pytest.mark.parametrize("page", ALL_PAGES, ids=named)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: Path) -> None:
    for target in links_of(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        leads_to = (page.parent / path) if path else page
        if page.name != "README.md":  # whose links have their own test
            assert leads_to.exists(), target
        if anchor:
            assert anchor in anchors_of(leads_to.read_text(encoding="utf-8")), target


def test_every_decision_record_is_listed_by_its_title() -> None:
    listed = dict(re.findall(r"\[([^\]]+)\]\((\d{4}-[\w-]+\.md)\)", text_of("adr/index.md")))
    records = sorted(DOCS.glob("adr/0*.md"))
    titles = {re.sub(r"\A# \d+[. ]+", "", record.read_text().partition("\n")[0]): record.name for record in records}
    assert listed == titles


def test_the_settings_table_is_the_one_of_the_code() -> None:
    shown = part_of(text_of("reference/settings.md"), "settings")
    assert shown == settings_table(), "copy meeting_pipeline.settings.settings_table() between the markers"


def test_the_sidecar_that_is_shown_is_accepted_and_every_field_is_described() -> None:
    page = text_of("submitting.md")
    SidecarOptions.model_validate(json.loads(part_of(page, "sidecar")))
    described = {row[0].strip("`") for row in rows_of(page[page.index("| field | meaning |") :].partition("\n\n")[0])}
    assert described == set(SidecarOptions.model_fields)


def test_the_formats_that_are_listed_are_those_that_are_accepted() -> None:
    (media,), (captions,), (exports,) = (
        re.findall(rf"^\| {kind} \| (.+) \|$", text_of("submitting.md"), re.MULTILINE)
        for kind in ("recordings", "captions", "other transcript exports")
    )
    assert {f".{name}" for name in media.split(", ")} == set(MEDIA_SUFFIXES)
    assert set(re.findall(r"`([^`]+)`", captions + exports)) == set(TRANSCRIPT_SUFFIXES)


def test_the_limits_that_are_named_are_those_of_the_policies() -> None:
    flowing = " ".join(text_of("submitting.md").split())
    assert f"{policies.MAX_RECORDING_HOURS:g} hours and {policies.MAX_RECORDING_BYTES // 1024**3} GB" in flowing
    exports = providers_policies
    assert f"{policies.MAX_TRANSCRIPT_BYTES // 1024**2} MB, {exports.MAX_TRANSCRIPT_LINES:,} cues or lines, " in flowing
    assert f"{exports.MAX_TRANSCRIPT_SPEAKERS:,} speakers and {exports.MAX_TRANSCRIPT_HOURS:g} hours" in flowing
    assert f"at least {intake_policies.SETTLE_SECONDS:g} seconds apart" in flowing
    tables = " ".join(text_of("analysts.md").split())
    assert f"nothing has changed for {store_policies.CATALOG_QUIET_SECONDS:g} seconds" in tables
    assert f"after {store_policies.CATALOG_MAX_WAIT_SECONDS / 60:g} minutes" in tables
    assert f"after {policies.RETRY_BASE_SECONDS:g} and {2 * policies.RETRY_BASE_SECONDS:g} s" in tables
    connections = " ".join(text_of("running.md").split())
    needed = connections_needed(Settings().max_concurrent_runs)
    assert f"`MEETING_PIPELINE_MAX_CONCURRENT_RUNS` + {policies.SPARE_RUNS}) connections: {needed} by" in connections


def test_the_query_that_is_shown_runs_and_the_tables_that_are_listed_exist(installation: Installation) -> None:
    page = text_of("analysts.md")
    engine = sa.create_engine(installation.settings.store_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text(part_of(page, "sql"))).all() == []
    engine.dispose()
    listed = re.findall(r"`(\w+)`", page.partition("| table | what it holds |")[2].partition("<!--")[0])
    assert len(listed) > 10
    assert set(listed) <= set(Base.metadata.tables)


def test_the_assets_and_sensors_that_are_listed_are_those_of_the_definitions() -> None:
    defs = build_definitions()
    page = text_of("analysts.md")
    first_cells = [row[0] for row in rows_of(page[page.index("| asset | what it is |") :].partition("\n\n")[0])]
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == keys
    sensors = text_of("engineers.md").partition("| sensor | every | starts |")[2].partition("\n\n")[0]
    shown = {
        (name, int(seconds)) for name, seconds in re.findall(r"^\| `(\w+)` \| (\d+) s[^|]*\|", sensors, re.MULTILINE)
    }
    known = [sensor for sensor in defs.sensors or () if isinstance(sensor, dg.SensorDefinition)]
    assert shown == {(sensor.name, sensor.minimum_interval_seconds) for sensor in known}


def test_the_map_names_every_part_of_the_package_and_nothing_else() -> None:
    firsts = [row[0] for row in rows_of(part_of(text_of("development.md"), "map"))]
    listed = {name.rstrip("/") for cell in firsts for name in re.findall(r"`([^`]+)`", cell)} - {"meeting_pipeline"}
    package = ROOT / "meeting_pipeline"
    there = {entry.name for entry in package.iterdir() if entry.name[0] not in "_." and entry.name != "py.typed"}
    assert listed == there


@cache
def avoided() -> list[str]:
    return [row[0] for row in rows_of(part_of(text_of("glossary.md"), "avoid"))]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=named)
def test_no_page_uses_words_that_the_glossary_avoids(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for marker in ("avoid", "settings"):  # the list itself, and words of the program
        text = re.sub(rf"<!-- {marker}:begin -->.*<!-- {marker}:end -->", "", text, flags=re.DOTALL)
    flowing = " ".join(text.lower().split())
    assert len(avoided()) > 15
    assert [words for words in avoided() if re.search(rf"\b{words}\b", flowing)] == []


@cache
def printed() -> str:
    """All texts of the program as one string: string literals and the literal parts of f-strings."""
    found: list[str] = []
    for path in sorted((ROOT / "meeting_pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_what_the_runbook_quotes_is_what_the_program_prints() -> None:
    quotes = re.findall(r'"([^"]+)"', text_of("operations.md"))
    parts = [part.strip(" .") for quote in quotes for part in quote.split("...")]
    assert len(parts) > 8
    assert [part for part in parts if part not in printed()] == []


def test_every_page_that_the_program_or_its_files_name_exists() -> None:
    files = [*(ROOT / "meeting_pipeline").rglob("*.py"), *DOCS.glob("*/*.yml"), *ROOT.glob("*.y*ml"), ROOT / "Makefile"]
    named_pages = {
        (name, anchor)
        for file in files
        for name, anchor in re.findall(r"\bdocs/([\w./-]+\.md)(?:#([\w-]+))?", file.read_text(encoding="utf-8"))
    }
    assert len(named_pages) > 30
    missing = {name for name, _anchor in named_pages if not (DOCS / name).is_file()}
    assert missing == set()
    assert {
        (name, anchor) for name, anchor in named_pages if anchor and anchor not in anchors_of(text_of(name))
    } == set()
