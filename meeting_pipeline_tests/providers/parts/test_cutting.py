"""Parts of a recording: cut in pauses, within a server's limits, gapless, and encoded as they are."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.media.encoding import AudioFormat
from meeting_pipeline.providers.offline.segmentation import FRAME_MS
from meeting_pipeline.providers.parts import cutting, policies
from meeting_pipeline.providers.parts.cutting import cuts, encoded_parts, spans, write_parts
from meeting_pipeline_tests.random_examples import examples
from meeting_pipeline_tests.sounds import write


def frames(*stretches: tuple[int, float]) -> list[int]:
    """Loudness by frame: of stretches with a loudness and a length in seconds."""
    return [loud for loud, seconds in stretches for _ in range(round(seconds * 1000 / FRAME_MS))]


def test_a_recording_that_fits_is_one_part(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(0, 3.0)])
    assert cuts(path, 20_000) == [(0, 3_000)]


def test_the_cut_is_in_the_middle_of_the_longest_pause(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(0, 7.0), (None, 0.5), (1, 2.0), (None, 1.4), (0, 6.0)])
    [(start, cut), (again, end)] = cuts(path, 12_000)
    assert (start, again, end) == (0, cut, 16_900)
    assert 9_500 < cut < 10_900


def test_without_a_pause_the_quietest_moment_is_cut() -> None:
    speaks = frames((90, 8.0), (5, 0.06), (90, 8.0))
    [(_, cut), _] = spans(speaks, 0, 16_000, 10_000)
    assert 7_900 <= cut <= 8_100


def test_of_long_pauses_the_one_that_makes_even_parts_is_taken() -> None:
    speaks = frames((90, 11.0), (0, 9.0), (90, 10.0), (0, 2.0), (90, 20.0))
    [(_, cut), _] = spans(speaks, 0, 52_000, 40_000)
    assert 30_000 < cut < 32_000


def test_no_more_parts_than_needed_are_made_where_pauses_allow() -> None:
    speaks = frames(*[(90, 4.0), (0, 1.0)] * 24)
    assert len(spans(speaks, 0, 120_000, 30_000)) in (4, 5)


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 3, 90]), st.floats(0.03, 40)), max_size=30), st.integers(10_000, 100_000),
    st.integers(0, 5_000),
)  # fmt: skip
def test_parts_are_gapless_and_within_the_limit_whatever_is_heard(
    stretches: list[tuple[int, float]], longest: int, start: int
) -> None:
    speaks = frames(*stretches)
    end = max(start + 1, len(speaks) * FRAME_MS)
    found = spans(speaks, start, end, longest)
    assert (found[0][0], found[-1][1]) == (start, end)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))
    assert all(0 < stop - begin <= longest for begin, stop in found)
    assert len(found) <= 2 + (end - start) / (policies.CUT_SHARE * longest)


@pytest.mark.parametrize("audio", ["mp3", "flac", "wav"])
def test_a_part_holds_the_sound_of_its_time_and_no_other(tmp_path: Path, audio: AudioFormat) -> None:
    path = write(tmp_path / "a.wav", [(0, 4.0), (None, 1.0), (1, 4.0)])
    whole = np.concatenate(list(decode_pcm16k_mono(path)))
    parts = encoded_parts(path, [(500, 3_000), (4_500, 9_000)], audio)
    for data, (start, end) in zip(parts, [(500, 3_000), (4_500, 9_000)], strict=True):
        (tmp_path / "part").write_bytes(data)
        found = np.concatenate(list(decode_pcm16k_mono(tmp_path / "part")))
        right = whole[start * 16 : end * 16]
        assert len(found) == len(right)
        assert np.corrcoef(found.astype(float), right.astype(float))[0, 1] > 0.95


def test_parts_are_written_one_after_the_other_and_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", [(0, 4.0), (None, 1.0), (1, 4.0)])
    wanted = [(0, 3_000), (3_000, 5_500), (7_000, 9_000)]
    right = list(encoded_parts(path, wanted, "mp3"))
    decoded: list[Path] = []

    def counted(source: Path) -> Iterator[NDArray[np.int16]]:
        decoded.append(source)
        return decode_pcm16k_mono(source)

    monkeypatch.setattr(cutting, "decode_pcm16k_mono", counted)
    sizes = write_parts(path, wanted, "mp3", tmp_path / "parts")
    data = (tmp_path / "parts").read_bytes()
    assert [data[sum(sizes[:at]) : sum(sizes[: at + 1])] for at in range(3)] == right
    assert len(data) == sum(sizes)
    assert decoded == [path]


def test_a_part_is_a_file_that_any_server_opens(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(0, 2.0)])
    [data] = encoded_parts(path, [(0, 2_000)], "mp3")
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        assert (container.format.name, stream.codec_context.name, stream.rate, stream.channels) == (
            "mp3", "mp3float", 16_000, 1,
        )  # fmt: skip
