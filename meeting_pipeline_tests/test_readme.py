"""The README is short and true, and every page names only commands, options and targets that exist."""

import re
from pathlib import Path

import click
import pytest

from meeting_pipeline.cli import COMMANDS, main
from meeting_pipeline_tests.documentation import PAGES, ROOT, links_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST = 130
"""In lines: what a newcomer reads. Everything else is in the documentation."""


def test_the_readme_is_short_and_has_a_picture() -> None:
    assert len(README.splitlines()) <= LONGEST
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).stat().st_size < 200_000 for picture in pictures)


@pytest.mark.parametrize("target", sorted(set(links_of(README))))
def test_every_local_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target.partition("#")[0]).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([\w-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def named_commands(text: str) -> list[str]:
    """Each command on a page, from code blocks and between backticks; a line break may split one."""
    flowing = re.sub(r"(?<!\n)\n(?!\n|```)", " ", "\n".join(re.split(r"```.*?```", text, flags=re.DOTALL)))
    blocks = "\n".join(re.findall(r"```.*?```", text, re.DOTALL)).replace("\\\n", " ")
    inline = re.findall(r"`(?:\.venv/bin/)?meeting-pipeline +([a-z][^`]*)`", flowing)
    return inline + re.findall(r"(?<![\w/])(?:\.venv/bin/)?meeting-pipeline +([a-z][^\n#`|;&]*)", blocks)


def problem_of(line: str) -> str | None:
    """The problem of a command as written; click knows which commands, options and arguments exist."""
    context = click.Context(main)
    name, *words = line.split()
    if name not in COMMANDS:
        return "no such command"
    command = main.get_command(context, name)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(context, words.pop(0))
    if command is None:
        return "no such subcommand"
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    options = [word.split("=")[0].strip(",;.)") for word in words if word.startswith("-")]
    return next((f"no option {option}" for option in options if option not in known | {"--help"}), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    problems = {line: problem_of(line) for line in named_commands(page.read_text(encoding="utf-8"))}
    assert {line: problem for line, problem in problems.items() if problem is not None} == {}


def test_commands_are_found_in_code_in_text_and_over_line_breaks() -> None:
    text = (
        "`meeting-pipeline\nledger --check` and\n```\n.venv/bin/meeting-pipeline submit a \\\n  --title b  # c\n```\n"
    )
    assert [line.split() for line in named_commands(text)] == [
        ["ledger", "--check"],
        ["submit", "a", "--title", "b"],
    ]
    assert sum(len(named_commands(page.read_text(encoding="utf-8"))) for page in PAGES) > 80
    assert problem_of("nosuch x") == "no such command"
    assert problem_of("webhooks nosuch") == "no such subcommand"
    assert problem_of("backup --nosuch x") == "no option --nosuch"
