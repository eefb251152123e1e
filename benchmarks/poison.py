"""Fifty good transcripts alone, then fifty with hostile files among them: how much longer do the good ones take?

Run: ``.venv/bin/python -m benchmarks.poison [--count 50]``. Each time a new system on a home of its own. The second time five
hostile files lie in the drop folder first, and another one is uploaded. Must not go here: anything that a test relies on.
"""

import argparse
import tempfile
import time
from pathlib import Path

import httpx

from meeting_pipeline_tests.scenario.system import Outside, System
from meeting_pipeline_tests.scenario.test_poison import POISON, good

PATIENCE_SECONDS = 900.0


def main() -> None:
    """Measure both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    count: int = parser.parse_args().count
    alone = seconds(count, hostile=False)
    print(f"{count} good ones alone: {alone:.0f} s", flush=True)
    beside = seconds(count, hostile=True)
    print(f"{count} good ones beside poison: {beside:.0f} s, {beside - alone:+.0f} s")


def seconds(count: int, *, hostile: bool) -> float:
    """From the first drop until all good ones are completed."""
    with tempfile.TemporaryDirectory() as folder, Outside() as outside:
        system = System(Path(folder) / "home", outside)
        try:
            system.start()
            if hostile:
                for name, text in POISON.items():
                    system.drop(name, text.encode())
                _upload(system)
            began = time.monotonic()
            dropped = [good(system, f"good{number}") for number in range(count)]
            for one in dropped:
                system.wait_until_over(one, seconds=PATIENCE_SECONDS)
            took = time.monotonic() - began
            assert {system.recording(one)["status"] for one in dropped} == {"completed"}
        finally:
            system.kill()
    return took


def _upload(system: System) -> None:
    text = "\n" * 400_000 + POISON["newlines.txt"]
    response = httpx.post(
        f"{system.api_url}/v1/recordings", files={"file": ("hostile.txt", text.encode())}, trust_env=False, timeout=300
    )
    print(f"the hostile upload: {response.status_code}", flush=True)


if __name__ == "__main__":
    main()
