"""Every command that the documentation shows in a shell is run, against a running system.

Placeholders are replaced, nothing else. The sessions of `test_readme_api.py` are run there, in their own order.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meeting_pipeline_tests.documentation import PAGES, ROOT
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.commands import quick_program
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, Outside, System

pytestmark = pytest.mark.scenario

ELSEWHERE = {
    "meeting-pipeline storage move --to bucket --dry-run": "needs a bucket; steps/operations/test_move_storage.py moves",
    "meeting-pipeline storage move --to bucket": "as above",
    "meeting-pipeline storage move --to folder": "as above",
    "meeting-pipeline database move --to postgresql": "needs another database; machines/test_moving.py moves there and back",
    "meeting-pipeline database move --to sqlite": "as above",
    "unset MEETING_PIPELINE_BROKER_URL MEETING_PIPELINE_DATABASE_URL MEETING_PIPELINE_STORAGE_URL": "the reader's shell",
    "meeting-pipeline up": "every scenario starts it",
    "make demo": "packaging/test_wheel.py runs the demo",
    "make test": "this is one of its tests",
    "make setup": "what runs this test was set up by it",
    ".venv/bin/pre-commit install": "it would change the hooks of this checkout",
    ". .venv/bin/activate": "an environment of the reader's shell",
    "meeting-pipeline reprocess --stale --sample 10": "nothing is stale here; test_stale.py changes a model first",
    "meeting-pipeline reprocess --stale --sample 10 --hold": "as above",
    "meeting-pipeline reprocess --stale --insight summary --since 2026-01-01 --title planning --yes --wait": "as above",
    "meeting-pipeline reprocess --stale --campaign better-summaries --max-usd 20 --hold": "as above; see test_campaigns.py",
    "meeting-pipeline campaigns show better-summaries": "as above",
    'meeting-pipeline campaigns pause better-summaries --reason "the CMS is down"': "as above",
    "meeting-pipeline campaigns resume better-summaries --max-usd 30": "as above",
    "meeting-pipeline campaigns report better-summaries": "as above",
    'meeting-pipeline campaigns promote better-summaries --reason "clearer"': "as above",
    "meeting-pipeline campaigns discard better-summaries": "as above",
    "pip install 'meeting-pipeline[whisper]'": "it would change this environment; `make test-weights` uses the extra",
    "pip install 'meeting-pipeline[voices]'": "it would change this environment",
    "meeting-pipeline voices make": "needs a model; cli/test_voices.py has an engine that is made up",
    "meeting-pipeline voices measure": "as above",
    "meeting-pipeline voices forget": "asks; cli/test_voices.py says yes",
    'meeting-pipeline voices forget --person "Anna Meyer"': "as above",
    'meeting-pipeline voices allow --person "Anna Meyer"': "cli/test_voices.py has people",
    "pip install 'meeting-pipeline[mcp]'": "the tests' environment has it",
    "meeting-pipeline models fetch base": "it needs the internet; cli/test_models.py fetches from a hub of its own",
    "meeting-pipeline worker --slots 2": "it needs a broker; `make machines` starts some",
}
"""Commands that are not run here, and why."""
EXPORT = re.compile(r"export \w+=")


def commands() -> list[str]:
    """The shell commands of all pages, each once, in order; without comments."""
    found: dict[str, None] = {}
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        text = re.sub(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                command = re.sub(r"\s+# .*", "", f" {line}").strip()
                if command and not EXPORT.match(command):
                    found[" ".join(command.split())] = None
    return list(found)


@dataclass
class Reader:
    """Somebody who types the commands, in a folder with the files that they name."""

    system: System
    folder: Path
    done: str
    running: str
    keys: list[str] = field(default_factory=list)

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command with its placeholders replaced."""
        receiver = self.system.outside.receiver.hook("documented")
        recording = self.running if re.match(r"meeting-pipeline (cancel|delete|deletions) ", command) else self.done
        replaced = {
            "RECORDING_ID ...": recording,
            "RECORDING_ID": recording,
            "/backups/meetings-2026-11-20": str(self.folder / "backup"),
            "https://meetings.example.org": self.system.api_url,
            "https://cms.example.org/hook": receiver,
            "key_1f": self.keys[-1] if self.keys else "key_1f",
            "var/logs": str(self.system.home / "logs"),
        }
        for shown, used in replaced.items():
            command = command.replace(shown, used)
        folders = (quick_program().parent, Path(sys.executable).parent, os.environ["PATH"])
        environment = {**self.system.environment(), "PATH": os.pathsep.join(map(str, folders)), "KEY": ""}
        if command.startswith("meeting-pipeline restore "):
            environment["MEETING_PIPELINE_HOME"] = str(self.folder / "restored")
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder, env=environment, input="y\n", capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip


@pytest.fixture(scope="module")
def reader(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("documented")
    (folder / "meeting_pipeline").symlink_to(ROOT / "meeting_pipeline")
    for name in ("meeting.m4a", "weekly.m4a"):
        (folder / name).write_bytes(media.wav(name))
    with Outside() as outside:
        system = QuickSystem(folder / "home", outside)
        try:
            system.start()
            done = system.drop("done.wav", media.wav("documented"), hook="done", title="Done")
            system.wait_until_told("done")
            outside.providers.settings(processing_seconds=AN_HOUR)
            running = system.drop("running.wav", media.wav("documented, running"), title="Running")
            system.wait_until_ordered(running)
            outside.providers.settings(processing_seconds=0.5)
            system.wait_for(lambda: _exported(system, folder), "the tables over all meetings to be written")
            yield Reader(system, folder, system.key(done), system.key(running))
        except BaseException:
            system.kill()
            raise
        system.stop()


def _exported(system: System, folder: Path) -> bool:
    """Whether the tables can be exported: they are written a little after the first outcome."""
    command = system.quick_command("export", "meetings", str(folder / "first.csv"))
    return (
        subprocess.run(command, env=system.environment(), capture_output=True, timeout=PATIENCE_SECONDS).returncode == 0
    )


@pytest.mark.timeout(3600)  # some sixty commands
def test_every_command_runs_as_it_is_shown(reader: Reader) -> None:
    failed = []
    # `doctor` is one of them. On a busy machine a part may be late for a moment, while the many commands before it run.
    well = "meeting-pipeline doctor"
    for command in commands():
        if command in ELSEWHERE or (command.startswith("jq ") and shutil.which("jq") is None):
            continue
        if command == well:
            reader.system.wait_for(lambda: reader.type(well).returncode == 0, "nothing to be wrong")
            continue
        done = reader.type(command)
        reader.keys += re.findall(r"^key_\w+", done.stderr)
        if done.returncode != 0:
            failed.append(f"{command}\n  {done.returncode}: {done.stdout[-600:]}{done.stderr[-600:]}")
    assert failed == []


def test_what_is_run_elsewhere_is_still_shown() -> None:
    assert ELSEWHERE.keys() <= set(commands())
