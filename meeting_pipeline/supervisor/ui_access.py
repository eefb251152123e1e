"""How ``up`` and its prober reach the UI of their own system.

Must not go here: what the UI is asked (``foundation/dagster_api.py``).
"""

from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.ui_token import read_ui_token

_SECONDS: Final = 60.0
"""Longest wait for a UI that is silent."""


def own_ui(home: Path, url: str, *, seconds: float = _SECONDS) -> DagsterApi:
    """The API of the UI at ``url`` that serves this home. ``seconds``: the timeout for a silent UI."""
    return DagsterApi(url, token=read_ui_token(home), seconds=seconds)
