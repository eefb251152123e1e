"""Lets the sensors tick at once after the clock was set back. ``up`` runs it as a process with its children's environment.

Dagster runs a sensor when its interval has passed since its last tick, by the wall clock. A sensor whose last tick is in
the future would not run until then. Uses Dagster's private API.
Must not go here: when this is needed (``healing.py``).
"""

import sys
import time

from dagster import DagsterInstance

from meeting_pipeline.dagster_internals import InstigatorType, SensorInstigatorData


def reset(instance: DagsterInstance, now: float) -> int:
    """Forget tick times after ``now`` (Unix time). Returns the number of sensors affected."""
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
    """Reset the instance of ``DAGSTER_HOME``."""
    with DagsterInstance.get() as instance:
        count = reset(instance, time.time())
    sys.stderr.write(f"{count} sensors may tick again\n")


if __name__ == "__main__":
    main()
