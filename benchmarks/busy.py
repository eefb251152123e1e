"""Recordings with the offline engine on an overloaded machine: all must complete, and no worker may be lost.

Run: ``.venv/bin/python -m benchmarks.busy [--recordings 10] [--seconds 10] [--programs 16] [--minutes 4.5] [--model FOLDER]``.
CPU-bound programs at the same priority start shortly before the first recording is dropped. They run until all
recordings are finished or the minutes have passed. Must not go here: anything that a test relies on.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import time
import wave
from functools import cache
from pathlib import Path

from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

SPEECH = Path(__file__).parents[1] / "meeting_pipeline" / "demo" / "sample" / "meeting.webm"
RATE = 16000
SPIN = "import sys, time; until = time.time() + float(sys.argv[1])\nwhile time.time() < until: pass"


@cache
def _sample() -> bytes:
    """The spoken sample as 16-bit samples at ``RATE``."""
    import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(SPEECH)) as source:
        pieces = [piece for frame in source.decode(audio=0) for piece in resampler.resample(frame)]
    return b"".join(piece.to_ndarray().tobytes() for piece in pieces)


def speech(start: float, seconds: float) -> bytes:
    """A section of the spoken sample, looped, as a WAV file. Times in seconds."""
    first, wanted = 2 * int(start * RATE), 2 * int(seconds * RATE)
    spoken = _sample()
    repeated = spoken * ((first + wanted) // len(spoken) + 1)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(repeated[first : first + wanted])
    return out.getvalue()


def main() -> int:
    """Measure and print; return 1 if a recording did not complete or a worker was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--programs", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=4.5)
    parser.add_argument("--model", default="", help="Folder of a Whisper model; without it: pocketsphinx.")
    wanted = parser.parse_args()
    with Outside() as outside, tempfile.TemporaryDirectory() as folder:
        system = System(
            Path(folder) / "home", outside, ASSEMBLYAI_API_KEY="", OPENAI_API_KEY="", WHISPER_MODEL_DIR=wanted.model
        )
        spinners: list[subprocess.Popen[bytes]] = []
        try:
            system.start()
            command = [sys.executable, "-c", SPIN, str(wanted.minutes * 60)]
            spinners = [subprocess.Popen(command) for _ in range(wanted.programs)]
            began = time.monotonic()
            dropped: list[Dropped] = [
                system.drop(f"busy-{n}.wav", speech(n * 6.0, wanted.seconds), title=f"Busy {n}")
                for n in range(wanted.recordings)
            ]
            system.wait_until_over(*dropped, seconds=3600)
            took = time.monotonic() - began
            states = [system.recording(one)["status"] for one in dropped]
            lost = system.rows("SELECT data FROM recording_events WHERE type = 'worker_lost'")
            print("| recordings | programs beside | completed | workers lost | seconds |\n|---|---|---|---|---|")
            print(
                f"| {wanted.recordings} of {wanted.seconds:g} s | {wanted.programs} | {states.count('completed')} | "
                f"{len(lost)} | {took:.0f} |"
            )
            print(system.output()[-3000:])
            return 0 if states == ["completed"] * wanted.recordings and not lost else 1
        finally:
            for spinner in spinners:
                spinner.kill()
                spinner.wait()
            system.kill()


if __name__ == "__main__":
    sys.exit(main())
