"""Many clients of the event streams of one running system, which lose their connections now and then.

Belongs here: starting and disturbing them, and comparing what each received with the database. Must not go here: measuring.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from concurrent.futures import wait

from meeting_pipeline_tests.api.listening import Background, Listener
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Dropped, System

TURN_SECONDS = 0.1
CUTS = 2
"""Number of clients that lose their connection each turn."""


class Audience:
    """``of_all`` clients follow all recordings, ``of_each`` clients follow each dropped recording once it is registered."""

    def __init__(self, system: System, of_all: int, of_each: int) -> None:
        self._system = system
        self._background = Background()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._of_each = of_each
        self._chosen = random.Random(1)
        self.of_all = [Listener(self._url, "/v1/events") for _ in range(of_all)]
        self.of_one: dict[str, list[Listener]] = {}

    def _url(self) -> str:
        return self._system.api_url

    def __enter__(self) -> Audience:
        """Connect the clients that follow all recordings."""
        self._background.__enter__()
        for client in self.of_all:
            self._background.start(client.listen())
        self._system.wait_for(lambda: all(client.frames for client in self.of_all), "clients to connect")
        return self

    def __exit__(self, *_: object) -> None:
        self._end_turns()
        self._background.__exit__()

    def follow(self, dropped: Sequence[Dropped]) -> None:
        """Start to follow these recordings, and to cut connections."""
        self._thread = threading.Thread(target=self._turns, args=(list(dropped),), daemon=True)
        self._thread.start()

    def everybody(self) -> list[Listener]:
        return [*self.of_all, *(client for clients in list(self.of_one.values()) for client in clients)]

    def all_were_told_the_end(self, dropped: Sequence[Dropped]) -> bool:
        """Whether each client of a single recording was told that its stream has ended."""
        return len(self.of_one) == len(dropped) and all(
            client.statuses[-1:] == [204] for clients in list(self.of_one.values()) for client in clients
        )

    def _turns(self, unknown: list[Dropped]) -> None:
        while not self._stop.wait(TURN_SECONDS):
            for one in [one for one in unknown if self._system.recording(one)]:
                unknown.remove(one)
                path = f"/v1/recordings/{self._system.key(one)}/events"
                self.of_one[one.name] = [Listener(self._url, path) for _ in range(self._of_each)]
                for client in self.of_one[one.name]:
                    self._background.start(client.listen())
            for client in self._chosen.sample(self.everybody(), min(CUTS, len(self.everybody()))):
                client.cut()

    def _end_turns(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_SECONDS)

    def wrong(self, dropped: Sequence[Dropped]) -> list[str]:
        """Describe the events that any client missed, or received twice or in the wrong order.

        Events after the end of a stream (such as a delivered webhook) are fetched as a browser would: by reconnecting.
        """
        self._end_turns()
        wait(
            [self._background.start(client.listen()) for found in self.of_one.values() for client in found],
            PATIENCE_SECONDS,
        )
        stored = {one.name: [event["seq"] for event in self._system.events(self._system.key(one))] for one in dropped}
        keys = {one.name: self._system.key(one) for one in dropped}
        for client in self.of_all:
            for name, seqs in stored.items():
                self._system.wait_for(
                    lambda client=client, name=name, seqs=seqs: len(_of(client, keys[name])) >= len(seqs),  # type: ignore[misc]  # bound defaults
                    f"all events of {name} in /v1/events",
                )
        found = [(name, client.seqs()) for name, clients in self.of_one.items() for client in clients]
        found += [(name, _of(client, keys[name])) for name in stored for client in self.of_all]
        return [f"{name}: {seqs} instead of {stored[name]}" for name, seqs in found if seqs != stored[name]]


def _of(client: Listener, key: str) -> list[int]:
    return [frame.data["seq"] for frame in client.events() if frame.data["recording_id"] == key]
