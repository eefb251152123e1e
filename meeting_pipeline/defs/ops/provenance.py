"""The inputs of a result in the events of an op, as Dagster reports them for the steps of assets.

Must not go here: the versions of the result itself (``defs/assets/versions.py``).
"""

from collections.abc import Mapping
from typing import Final

import dagster as dg

from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.assets.versions import CODE_VERSION_TAG
from meeting_pipeline.domain.result_kinds import Insight, ResultKind

_POINTER: Final = "dagster/input_event_pointer"
_VERSION: Final = "dagster/input_data_version"
"""Beginnings of Dagster's tags (``dagster/_core/definitions/data_version.py``). For an asset with partitions, Dagster finds the
version of an input by its pointer, and compares with it what came later."""
_BY_POINTER: Final = "by-pointer"
_NO_EVENT: Final = "NULL"
"""Dagster's word for an input that was never reported."""


def with_inputs(instance: dg.DagsterInstance, asset: str, key: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of a materialization, with its inputs: the newest results of the same recording that are reported so far."""
    if CODE_VERSION_TAG not in tags:
        return dict(tags)
    found = dict(tags)
    for parent in _parents(asset):
        newest = instance.event_log_storage.get_latest_storage_id_by_partition(
            dg.AssetKey(parent), dg.DagsterEventType.ASSET_MATERIALIZATION, {key}
        )
        found[f"{_POINTER}/{parent}"] = str(newest[key]) if key in newest else _NO_EVENT
        found[f"{_VERSION}/{parent}"] = _BY_POINTER
    return found


def _parents(asset: str) -> tuple[str, ...]:
    if asset == ResultKind.TRANSCRIPT.value:
        return (RECORDING.to_user_string(),)
    if asset == ResultKind.MINUTES.value:
        return (ResultKind.TRANSCRIPT.value, *Insight.names())
    return (ResultKind.TRANSCRIPT.value,)
