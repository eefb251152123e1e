"""Other versions of the program, and clocks that are wrong, for machines of the lab.

Must not go here: the machines (``lab.py``), expectations.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

import meeting_pipeline
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD

NEWER_SCHEMA: Final = "9000"
_MIGRATION: Final = f'''"""A column that programs of before do not know."""

import sqlalchemy as sa
from alembic import op

revision = "{NEWER_SCHEMA}"
down_revision = "{SCHEMA_HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("colour", sa.String(9), nullable=True))


def downgrade() -> None:
    op.drop_column("recordings", "colour")
'''
_CLOCK: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long ahead(void) {
    const char *seconds = getenv("CLOCK_AHEAD_SECONDS");
    return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, at);
    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""
"""Put before libc: the time of day is wrong by some seconds, and monotonic clocks are right, as on a machine without NTP."""


def newer_program(folder: Path) -> dict[str, str]:
    """A later version of the program, with one migration more. Returns the environment in which it is the one that runs."""
    package = folder / "newer" / "meeting_pipeline"
    shutil.copytree(Path(meeting_pipeline.__path__[0]), package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(Path(meeting_pipeline.__path__[0]).with_name(name), package.with_name(name))
    schema = package / "store" / "engine" / "schema.py"
    text = schema.read_text(encoding="utf-8")
    changed = text.replace(f'SCHEMA_HEAD = "{SCHEMA_HEAD}"', f'SCHEMA_HEAD = "{NEWER_SCHEMA}"')
    assert changed != text
    schema.write_text(changed, encoding="utf-8")
    migration = package / "store" / "migrations" / "versions" / f"{NEWER_SCHEMA}_a_colour.py"
    migration.write_text(_MIGRATION, encoding="utf-8")
    return {"PYTHONPATH": str(package.parent)}


def wrong_clock(folder: Path, seconds: int) -> dict[str, str]:
    """The environment of processes whose clock is ahead by this, or behind. Skips where nothing can be compiled."""
    library = folder / "clock.so"
    if not library.exists():
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler to make a wrong clock with")
        source = folder / "clock.c"
        source.write_text(_CLOCK, encoding="utf-8")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_AHEAD_SECONDS": str(seconds)}
