"""Lets the sensors tick at once after the clock was set back. Run as a process by ``up``, in its children's environment.

Dagster lets a sensor tick when its interval has passed since its last tick, by the wall clock: one that ticked at a time that
has yet to come would be silent until then. Private API of Dagster; must not go here: when that is so (``healing.py``).
"""

import sys
import time

from dagster import DagsterInstance

from meeting_pipeline.dagster_internals import InstigatorType, SensorInstigatorData


def reset(instance: DagsterInstance, now: float) -> int:
    """Forget times of ticks that are after ``now`` (Unix time); returns of how many sensors."""
    count = 0
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        data = state.instigator_data
        if not isinstance(data, SensorInstigatorData):
            continue
        if max(data.last_tick_timestamp or 0.0, data.last_tick_start_timestamp or 0.0) > now:
            changed = data._replace(last_tick_timestamp=None, last_tick_start_timestamp=None)
            instance.update_instigator_state(state.with_data(changed))
            count += 1
    return count


def main() -> None:
    """Do it for the instance of ``DAGSTER_HOME``."""
    with DagsterInstance.get() as instance:
        count = reset(instance, time.time())
    sys.stderr.write(f"{count} sensors may tick again\n")


if __name__ == "__main__":
    main()
