"""Sensors after the clock has been set back."""

import time

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, SensorInstigatorData
from dagster._daemon.sensor import get_elapsed

from meeting_pipeline.supervisor.reset_ticks import reset


def sensor(instance: dg.DagsterInstance, name: str, last: float) -> InstigatorState:
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "repository"), name)
    data = SensorInstigatorData(last_tick_timestamp=last, last_tick_start_timestamp=last, min_interval=5, cursor="c")
    return instance.add_instigator_state(InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, data))


def test_a_sensor_that_ticked_in_what_is_the_future_now_may_tick_at_once_and_keeps_its_cursor() -> None:
    now = time.time()
    with dg.instance_for_test() as instance:
        ahead = sensor(instance, "ahead", now + 3600)
        past = sensor(instance, "past", now - 60)
        assert (get_elapsed(ahead) or 0.0) < 0, "Dagster would wait for an hour"
        assert reset(instance, now) == 1
        found = {state.name: state for state in instance.all_instigator_state()}
        assert get_elapsed(found["ahead"]) is None
        data = found["ahead"].instigator_data
        assert isinstance(data, SensorInstigatorData)
        assert data.cursor == "c"
        assert found["past"] == past
