"""Which recordings a shared run is for: its run configuration, which only this module writes and reads.

Must not go here: the configuration as Dagster checks it (``defs/ops/batch_config.py``), which recordings form a batch
(``grouping.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

JOB: Final = "process_recordings"
OP: Final = "process_each"


def run_config(
    recordings: Sequence[Mapping[str, Any]],
    *,
    requested_by_user: bool = False,
    hold: bool = False,
    campaign: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
) -> dict[str, Any]:
    """The configuration of a run of these recordings, each with the fields of ``OneRecording``."""
    config: dict[str, Any] = {"recordings": [dict(one) for one in recordings]}
    if requested_by_user:
        config["requested_by_user"] = True
    if hold:
        config["hold"] = True
    if campaign is not None:
        config["campaign"] = campaign
    config |= {name: value for name, value in (("model", model), ("prompt", prompt)) if value is not None}
    return {"ops": {OP: {"config": config}}}


def recordings_in(config: object) -> list[Mapping[str, Any]]:
    """The recordings named in the configuration of a run or of a request; none if it is of another job."""
    try:
        found = config["ops"][OP]["config"]["recordings"]  # type: ignore[index]  # whatever it is, the shape decides
    except (KeyError, TypeError, IndexError):
        return []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def is_requested_by_user(config: object) -> bool:
    """Whether a person wants new answers of a shared run."""
    try:
        return bool(config["ops"][OP]["config"].get("requested_by_user"))  # type: ignore[index]  # see recordings_in
    except (KeyError, TypeError, IndexError, AttributeError):
        return False


def run_keys_in(config: object) -> set[str]:
    """The run keys of the requests that a shared run stands for: see ``RunTicket.run_key``."""
    return {f"{one.get('key')}:{one['request']}" for one in recordings_in(config) if one.get("request") is not None}


def keys_in(config: object) -> set[str]:
    """The recordings that a shared run works on."""
    return {str(one.get("key")) for one in recordings_in(config)}
