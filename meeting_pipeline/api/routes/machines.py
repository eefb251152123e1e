"""``GET /v1/machines``: the workers of an installation with a broker, and the machine with ``up``.

Must not go here: how they announce themselves (``store/machines.py``).
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.store.machines import CONTROL, SeenMachine

router = APIRouter(prefix="/v1/machines", tags=["health"])


class Machine(BaseModel):
    """A worker, or the machine with `up`."""

    name: str
    role: Literal["control", "worker"] = Field(description="`control` is the machine with `up`.")
    host: str
    queue: str = Field(
        description="Full name of the queue from which it takes runs; for `control`, to which it sends them."
    )
    slots: int = Field(description="Number of runs in parallel; for `control`, of all workers together.")
    busy: int = Field(description="Runs that it executes now. Always 0 for `control`.")
    state: Literal["working", "restarting", "shutting_down", "silent"] = Field(
        description="`restarting`: its process ended unexpectedly. `silent`: it has sent nothing for 30 s; others take over."
    )
    version: str
    same_code: bool = Field(description="Whether it has the version of the program that `control` has.")
    same_keys: bool = Field(description="Whether it has the keys that `control` has.")
    clock_ahead_seconds: float = Field(
        description="How far its clock is ahead of the database's; negative if it is behind."
    )
    started_at: AwareDatetime
    heard_at: AwareDatetime = Field(description="When it last announced itself.")


class MachineList(BaseModel):
    """All machines; none without a broker."""

    machines: list[Machine] = Field(description="The machine with `up` first, then workers by name.")


@router.get("", operation_id="listMachines", responses=responses(**REFUSED))
def list_machines(installation: Opened, _caller: Annotated[Caller, Depends(require("read"))]) -> MachineList:
    """List the workers of an installation with a broker, with their slots, and the machine with `up`.

    A worker that died is listed as silent for an hour. Without a broker the list is empty: `up` processes recordings itself.
    """
    if installation.settings.broker_url is None:
        return MachineList(machines=[])
    seen = installation.store.machines.all()
    control = next((one for one in seen if one.machine.role == CONTROL), None)
    return MachineList(machines=[_machine(one, control) for one in seen])


def _machine(one: SeenMachine, control: SeenMachine | None) -> Machine:
    ours = one.machine
    theirs = control.machine if control is not None else ours
    return Machine.model_validate(
        {
            "name": ours.name,
            "role": ours.role,
            "host": ours.host,
            "queue": ours.queue,
            "slots": ours.slots,
            "busy": one.busy,
            "state": "silent" if one.silent else ours.state,
            "version": ours.version,
            "same_code": ours.code == theirs.code,
            "same_keys": (ours.encryption_key, ours.signing_secret) == (theirs.encryption_key, theirs.signing_secret),
            "clock_ahead_seconds": one.clock_s,
            "started_at": one.started_at,
            "heard_at": one.heard_at,
        }
    )
