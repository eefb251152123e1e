"""What the Celery pipeline needs: a Redis server, and an environment of its own, made on first use.

Must not go here: running it.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.anchors.progress import say

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "benchmarks" / "celery_anchor" / "requirements.txt"
CACHE = ROOT / "benchmarks" / ".cache"


class Unavailable(Exception):
    """The Celery pipeline cannot run here. The message says why."""


def prepare() -> Path:
    """The folder with the programs of the environment. Raises: Unavailable."""
    if shutil.which("redis-server") is None:
        raise Unavailable("there is no `redis-server`; Debian's package redis-server has it")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"celery-{version}-{digest}"
    ready = folder / ".ready"
    if not ready.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        say("Celery: making its environment")
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([*pip, "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS)])
        ready.touch()
    return folder / "bin"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"its packages could not be installed: {done.stderr.strip().splitlines()[-1:]}")
