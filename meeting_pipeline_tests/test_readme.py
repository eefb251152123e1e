"""The README is kept true: its settings, its commands and its links are checked against the code."""

import re
from pathlib import Path

import click
import pytest

from meeting_pipeline.cli import COMMANDS, main
from meeting_pipeline.settings import settings_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_one_of_the_code() -> None:
    shown = README.split("<!-- settings:begin -->")[1].split("<!-- settings:end -->")[0].strip()
    assert shown == settings_table(), "copy meeting_pipeline.settings.settings_table() between the markers"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?://)([^)#]+)\)", README))))
def test_every_local_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([\w-]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_command_and_option_that_is_named_exists() -> None:
    context = click.Context(main)
    for line in re.findall(r"\.venv/bin/meeting-pipeline ([^\n#`]+)", README):
        name, *words = line.split()
        assert name in COMMANDS, f"meeting-pipeline {name}"
        command = main.get_command(context, name)
        while isinstance(command, click.Group) and words:
            command = command.get_command(context, words.pop(0))
        assert command is not None, f"meeting-pipeline {line}"
        known = {option for parameter in command.params for option in parameter.opts}
        for option in (word for word in words if word.startswith("--")):
            assert option in known, f"meeting-pipeline {name} {option}"
