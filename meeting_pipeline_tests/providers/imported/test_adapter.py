"""The port for transcript exports."""

from pathlib import Path

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.adapter import ImportedTranscripts
from meeting_pipeline.providers.ports import Audio, Rejected, SpeechToText


def collected(path: Path | None) -> Rejected | Transcript:
    port: SpeechToText = ImportedTranscripts()
    options = port.options(language="de", keyterms=("x",), speakers_expected=3)
    result = port.collect(None, Audio(media_path=None, transcript_path=path, duration_ms=0), options)
    assert isinstance(result, Rejected | Transcript)
    return result


def test_an_export_is_collected_without_an_order(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Ann: Hello.\nBen: Hi.\n")
    result = collected(path)
    assert isinstance(result, Transcript)
    assert result.speaker_names == {"A": "Ann", "B": "Ben"}


def test_a_bad_export_is_rejected_with_the_code_of_its_refusal(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("no cues")
    result = collected(path)
    assert isinstance(result, Rejected)
    assert result.code == "bad_transcript"


def test_a_recording_without_an_export_is_rejected() -> None:
    result = collected(None)
    assert isinstance(result, Rejected)
    assert result.code == "no_transcript_file"


def test_wishes_do_not_change_what_an_export_is() -> None:
    port = ImportedTranscripts()
    plain = port.options(language=None, keyterms=(), speakers_expected=None)
    assert port.options(language="de", keyterms=("x",), speakers_expected=3) == plain
