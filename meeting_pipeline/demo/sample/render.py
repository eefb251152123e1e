"""Renders the spoken sample ``meeting.webm`` from its script ``meeting.json``.

Run it after changing the script, on a machine with the speech synthesizer flite (Debian package ``flite``)::

    python -m meeting_pipeline.demo.sample.render

Belongs here: creating the sample. The pipeline needs neither this module nor flite nor a network.
"""

import json
import subprocess
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HERE: Final = Path(__file__).parent
FLITE_RATE_HZ: Final = 16_000
"""Sample rate of the voices slt, rms and awb."""
PAUSE_S: Final = 0.5
"""Silence between two turns: in this meeting people let each other finish."""
LOUDNESS: Final = 0.07
"""Root mean square of each turn, relative to full scale: without this, the voices differ by 6 dB."""
BIT_RATE: Final = 32_000
"""Opus, mono: speech sounds clean, and the file stays below 400 kB."""


def spoken(text: str, voice: str) -> "NDArray[np.float32]":
    """Return one turn as samples of -1..1 at ``FLITE_RATE_HZ``."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "turn.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        with wave.open(str(path)) as file:
            if file.getframerate() != FLITE_RATE_HZ:
                raise ValueError(f"voice {voice} speaks at {file.getframerate()} Hz")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    scaled = samples.astype(np.float32) / 32768
    return np.asarray(scaled * (LOUDNESS / np.sqrt(np.mean(scaled**2))), dtype=np.float32)


def write_webm(path: Path, samples: "NDArray[np.float32]") -> None:
    """Encode mono samples at ``FLITE_RATE_HZ`` as Opus in WebM."""
    import av
    import numpy as np

    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48_000, bit_rate=BIT_RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            np.clip(samples * 32767, -32768, 32767).astype(np.int16)[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = FLITE_RATE_HZ
        resampler = av.AudioResampler(
            format="s16", layout="mono", rate=48_000, frame_size=stream.codec_context.frame_size
        )
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))


def main() -> None:
    """Render the script next to this file."""
    import numpy as np

    script = json.loads((HERE / "meeting.json").read_text(encoding="utf-8"))
    pause = np.zeros(int(PAUSE_S * FLITE_RATE_HZ), dtype=np.float32)
    parts = [pause]
    for turn in script["turns"]:
        parts += [spoken(turn["text"], script["speakers"][turn["speaker"]]["voice"]), pause]
    write_webm(HERE / "meeting.webm", np.concatenate(parts))


if __name__ == "__main__":
    main()
