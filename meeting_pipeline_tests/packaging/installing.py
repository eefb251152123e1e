"""Build the wheel from the files that the container file copies, and install it into a separate environment.

Nothing is downloaded: the dependencies come from the environment that runs the tests; only our package is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
BUSY_SECONDS = 900.0
"""Time limit of each step; it takes seconds on an idle machine."""


def copied_by_the_container_file() -> list[str]:
    """The files and folders of the checkout that the image is built from, except the lock."""
    lines = re.findall(r"^COPY (?!--)(.+)$", CONTAINERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1] if not name.endswith(".lock")]


def build_wheel(folder: Path) -> Path:
    """Build the wheel in a folder that contains only those files."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in copied_by_the_container_file():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run(
        [*command, "--no-build-isolation", "-w", str(folder / "dist"), str(source)], check=True, timeout=BUSY_SECONDS
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel into a new environment; returns its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=BUSY_SECONDS)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--disable-pip-version-check", str(wheel)], check=True, timeout=BUSY_SECONDS)
    # Python searches folders that a .pth file adds, but does not read .pth files in them: the editable install stays hidden.
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def clean_environment(home: Path) -> dict[str, str]:
    """The variables of a user without checkout or virtual environment; only the ports are set."""
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "MEETING_PIPELINE_UI_PORT": "0",
        "MEETING_PIPELINE_API_PORT": "0",
    }
