"""Speech recognition on this machine: word and speaker errors, processor time, memory, and what is made of sound without speech.

Run: ``.venv/bin/python -m benchmarks.offline_sound --model base=FOLDER [--clips FOLDER] [--silence HOURS]``; several models may
be given.
Clips are WAV files with a JSON file each: ``{"segments": [{"speaker", "start", "end", "text"}, ...]}``, times in seconds. Without
clips, the sample of the demo and the sounds without speech are measured. Each transcription has a process of its own. Error rates
hold on any machine; processor time is only comparable within one run, and is given as a share of that of pocketsphinx.
Must not go here: anything that a test relies on.
"""

import argparse
import itertools
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE = Path(__file__).parents[1] / "meeting_pipeline" / "demo" / "sample"
RATE = 16_000
POCKETSPHINX = "pocketsphinx"
FRAME_S = 0.1


@dataclass(frozen=True)
class Said:
    """Who said what, and when, in seconds. ``speaker`` is empty if it is not known."""

    speaker: str
    start: float
    end: float
    text: str


def words(text: str) -> list[str]:
    """Words as they are compared: without case and punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The edit distance between two lists of words."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (one != other))
    return row[-1]


def speaker_error(said: Sequence[Said], heard: Sequence[Said]) -> float | None:
    """The share of the time that is given to the wrong speaker, with the best assignment of labels.

    Counted where exactly one person speaks and something was recognised. ``None`` if that is nowhere.
    """
    counts: dict[tuple[str, str], int] = {}
    for frame in range(round(max((one.end for one in said), default=0.0) / FRAME_S)):
        at = (frame + 0.5) * FRAME_S
        people = {one.speaker for one in said if one.start <= at < one.end}
        labels = [one.speaker for one in heard if one.start <= at < one.end]
        if len(people) == 1 and labels:
            pair = (people.pop(), labels[0])
            counts[pair] = counts.get(pair, 0) + 1
    total = sum(counts.values())
    if not total:
        return None
    names, labels = sorted({name for name, _ in counts}), sorted({label for _, label in counts})
    padded = [*labels, *[""] * len(names)]
    best = max(
        sum(counts.get((name, label), 0) for name, label in zip(names, chosen, strict=True))
        for chosen in set(itertools.permutations(padded, len(names)))
    )
    return 1 - best / total


def transcribed(engine: str, path: Path) -> dict[str, Any]:
    """Transcribe a file in this process."""
    from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText
    from meeting_pipeline.providers.ports import Audio, Rejected
    from meeting_pipeline.providers.whisper.folders import FoundModel
    from meeting_pipeline.providers.whisper.speech_to_text import WhisperSpeechToText

    provider = OfflineSpeechToText() if engine == POCKETSPHINX else WhisperSpeechToText(FoundModel(Path(engine)), 1)
    options = provider.options(language=None, keyterms=(), speakers_expected=None)
    began = time.process_time()
    found = provider.collect(None, Audio(path, None, 0), options)
    if isinstance(found, Rejected):
        raise SystemExit(found.reason)
    return {
        "cpu_s": time.process_time() - began,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "language": found.language,
        "confidence": found.confidence,
        "segments": [
            {"speaker": one.speaker, "start": one.start_ms / 1000, "end": one.end_ms / 1000, "text": one.text}
            for one in found.segments
        ],
    }


def measured(engine: str, path: Path) -> dict[str, Any]:
    """Transcribe a file in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.offline_sound", "--one", engine, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def reference(path: Path) -> list[Said]:
    """What was said in a clip."""
    return [Said(**one) for one in json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["segments"]]


def sample_reference() -> list[Said]:
    """What is said in the sample, without times."""
    turns = json.loads((SAMPLE / "meeting.json").read_text(encoding="utf-8"))["turns"]
    return [Said("", 0.0, 0.0, turn["text"]) for turn in turns]


def without_speech(seconds: int) -> Iterator[tuple[str, NDArray[np.int16]]]:
    """Sounds without speech: silence, noises, hum, clicks, and music of chords, a melody and drums."""
    chance = np.random.default_rng(7)
    count = seconds * RATE
    at = np.arange(count) / RATE
    white = chance.standard_normal(count)
    brown = np.cumsum(white)
    brown = brown - np.convolve(brown, np.ones(RATE // 20) / (RATE // 20), mode="same")
    yield "silence", np.zeros(count, dtype=np.int16)
    yield "room", (20 * white).astype(np.int16)
    yield "white noise", (3000 * white).astype(np.int16)
    yield "brown noise", (8000 * brown / np.abs(brown).max()).astype(np.int16)
    yield "hum", (4000 * (np.sin(2 * np.pi * 50 * at) + 0.4 * np.sin(2 * np.pi * 150 * at))).astype(np.int16)
    clicks = np.zeros(count)
    clicks[chance.integers(0, count, seconds * 4)] = 25000
    yield "clicks", np.convolve(clicks, np.exp(-np.arange(400) / 40), mode="same").clip(-32000, 32000).astype(np.int16)
    yield "music", _music(at, white)


def _music(at: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.int16]:
    beat = (at * 2).astype(int)
    phase = at * 2 - beat
    chords = np.array([[220, 277, 330], [196, 247, 294], [175, 220, 262], [165, 208, 247]])
    melody = np.array([440, 494, 554, 587, 659, 587, 554, 494])
    tone = np.zeros(at.size)
    for voice in range(3):
        pitch = chords[beat // 4 % 4, voice]
        for overtone in (1, 2, 3, 4):
            tone += np.sin(2 * np.pi * pitch * overtone * at) / overtone**2
    lead = np.sin(2 * np.pi * melody[beat % 8] * at + 4 * np.sin(2 * np.pi * 5 * at)) * np.exp(-2 * phase)
    drum = noise * np.exp(-25 * phase) * (beat % 2)
    return np.asarray(2500 * tone + 3500 * lead + 2500 * drum).clip(-32000, 32000).astype(np.int16)


def write_wav(path: Path, parts: Iterator[NDArray[np.int16]]) -> None:
    """Write mono sound at ``RATE``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for part in parts:
            file.writeframes(part.tobytes())


def long_tail(hours: float) -> Iterator[NDArray[np.int16]]:
    """The sample, and then a quiet room for hours."""
    from meeting_pipeline.media.decoding import decode_pcm16k_mono

    yield from decode_pcm16k_mono(SAMPLE / "meeting.webm")
    chance = np.random.default_rng(3)
    for _ in range(round(hours * 60)):
        yield (15 * chance.standard_normal(60 * RATE)).astype(np.int16)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--silence", type=float, default=0.0, metavar="HOURS")
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "FILE"))
    wanted = parser.parse_args()
    if wanted.one:
        print(json.dumps(transcribed(wanted.one[0], Path(wanted.one[1]))))
        return 0
    engines = {POCKETSPHINX: POCKETSPHINX, **dict(entry.split("=", 1) for entry in wanted.model)}
    files = [(path.stem, path, reference(path)) for path in sorted(wanted.clips.glob("*.wav"))] if wanted.clips else []
    print_errors(engines, [*files, ("sample", SAMPLE / "meeting.webm", sample_reference())])
    with tempfile.TemporaryDirectory() as folder:
        print_inventions(engines, Path(folder))
        if wanted.silence:
            print_tail(engines, Path(folder), wanted.silence)
    return 0


def print_errors(engines: dict[str, str], files: list[tuple[str, Path, list[Said]]]) -> None:
    """Word error rate, speaker error, processor time and memory of each engine on each file."""
    print(f"{'file':<10} {'engine':<14} {'WER':>6} {'speakers':>9} {'cpu':>7} {'memory':>8}  confidence, language")
    totals = dict.fromkeys(engines, (0, 0, 0.0))
    for name, path, said in files:
        base = 0.0
        expected = [word for one in said for word in words(one.text)]
        for engine, place in engines.items():
            found = measured(place, path)
            heard = [Said(**one) for one in found["segments"]]
            errors = word_errors(expected, [word for one in heard for word in words(one.text)])
            wrong = speaker_error(said, heard)
            base = base or found["cpu_s"]
            if wanted_in_total(name):
                before = totals[engine]
                totals[engine] = (before[0] + errors, before[1] + len(expected), before[2] + found["cpu_s"])
            speakers = "-" if wrong is None else f"{100 * wrong:.1f} %"
            print(
                f"{name:<10} {engine:<14} {100 * errors / len(expected):>5.1f}% {speakers:>9} {found['cpu_s'] / base:>6.2f}x "
                f"{found['memory_mb']:>5.0f} MB  {found['confidence']}, {found['language']}",
                flush=True,
            )
    for engine, (errors, count, cpu) in totals.items():
        if count:
            share = cpu / totals[POCKETSPHINX][2]
            print(f"{'all clips':<10} {engine:<14} {100 * errors / count:>5.1f}% {'':>9} {share:>6.2f}x")


def wanted_in_total(name: str) -> bool:
    """Whether a file counts in the total: clips do, the synthetic sample does not."""
    return name != "sample"


def print_inventions(engines: dict[str, str], folder: Path) -> None:
    """What each engine makes of sounds without speech."""
    for name, samples in without_speech(60):
        path = folder / f"{name}.wav"
        write_wav(path, iter([samples]))
        for engine, place in engines.items():
            text = " ".join(one["text"] for one in measured(place, path)["segments"])
            print(f"{name:<12} {engine:<14} {len(words(text))} words invented  {text[:60]!r}", flush=True)


def print_tail(engines: dict[str, str], folder: Path, hours: float) -> None:
    """What each engine makes of hours of a quiet room after the sample."""
    path = folder / "tail.wav"
    write_wav(path, long_tail(hours))
    expected = [word for one in sample_reference() for word in words(one.text)]
    for engine, place in engines.items():
        found = measured(place, path)
        heard = [word for one in found["segments"] for word in words(one["text"])]
        last = max((one["end"] for one in found["segments"]), default=0.0)
        print(
            f"{hours:g} h tail   {engine:<14} WER {100 * word_errors(expected, heard) / len(expected):.1f} %, "
            f"last word at {last:.0f} s, {found['memory_mb']:.0f} MB, {found['cpu_s']:.0f} s of processor time",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
