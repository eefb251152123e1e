"""Inspect processes that may end at any time. Must not go here: starting and stopping them."""

from __future__ import annotations

import psutil


def words_of(process: psutil.Process) -> list[str]:
    """The words of its command line; empty if it has ended or is a zombie."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_zombie(process: psutil.Process) -> bool:
    """Whether it has ended and waits to be reaped."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def has_ended(process: psutil.Process) -> bool:
    """Whether it has ended, reaped or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two looks
        return True
