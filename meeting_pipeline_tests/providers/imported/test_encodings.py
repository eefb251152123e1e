# ruff: noqa: RUF001 - letters of other scripts are meant
"""Exports in the encodings that programs write are read as written, or refused with advice; never as mojibake."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.encodings import decoded
from meeting_pipeline.providers.imported.reading import read_transcript

SAID = {
    "cp1252": [
        "José: ¿Quién envía el informe, señor?",
        "Jürgen: Schöne Grüße, ich schicke es heute.",
        "Zoé: Très bien, à demain.",
        "Ann: It’s at the café.",
    ],
    "cp1250": [
        "Zdeněk: Začínáme, pošlu zprávu.",
        "Győző: Elküldöm a jelentést, köszönöm.",
        "Żaneta: Wyślę umowę jutro.",
    ],
    "cp1251": ["Ольга: Я подготовлю смету к среде.", "Олена: Починаємо, я надішлю звіт завтра."],
    "koi8_r": ["Ольга: Я подготовлю смету к среде."],
    "cp866": ["Ольга: Я подготовлю смету к среде."],
    "cp1253": ["Ελένη: Καλημέρα, θα στείλω την αναφορά."],
    "cp1254": ["Çağrı: Günaydın, raporu göndereceğim, teşekkürler."],
    "cp1255": ["יעל: בוקר טוב, אשלח את החוזה מחר."],
    "cp1256": ["ليلى: صباح الخير، سأرسل العقد غداً."],
    "gb18030": ["陈静：我们先看预算，明天给客户打电话。"],
    "big5": ["陳靜：我們先看預算，明天給客戶打電話。"],
    "cp932": ["鈴木：それでは始めましょう。資料は明日送ります。"],
    "euc_jp": ["鈴木：それでは始めましょう。資料は明日送ります。"],
    "cp949": ["박서준: 그럼 시작하겠습니다. 내일 자료를 보내겠습니다."],
    "utf-16-le": ["Ana: Hello, who calls?", "陈静：我们先看预算。"],
    "utf-16-be": ["Ana: Hello, who calls?", "陈静：我们先看预算。"],
    "utf-16": ["Ana: Hello, who calls?"],
    "utf-32": ["Ana: Hello, who calls?"],
    "utf-8-sig": ["José: ¿Quién llama?"],
}


def srt(text: str) -> str:
    return f"1\n00:00:01,000 --> 00:00:04,000\n{text}\n"


@pytest.mark.parametrize(("encoding", "text"), [(encoding, text) for encoding in SAID for text in SAID[encoding]])
def test_an_encoding_is_found_from_the_bytes(encoding: str, text: str) -> None:
    assert decoded(srt(text).encode(encoding)).text == srt(text)


def test_the_transcript_says_which_encoding_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(srt(SAID["cp1251"][0]).encode("cp1251"))
    assert "it was read as Windows-1251." in read_transcript(path).provenance.note


def test_where_nobody_can_know_the_encoding_the_file_is_refused_with_advice() -> None:
    data = b"1\n00:00:01,000 --> 00:00:04,000\nA: \xb5\xe8\xbf\xd0 \xf7\xa6 \xfe\xe1\xd7 \x81\xcc\n"
    with pytest.raises(IntakeRefused) as refusal:
        decoded(data)
    assert refusal.value.code == "bad_transcript"
    assert "encoding" in refusal.value.message
    assert "UTF-8" in (refusal.value.advice or "")


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xe2\x82"])
def test_one_damaged_character_costs_one_replacement_character(bad: bytes) -> None:
    data = srt("Zoë: déjà vu, naïve café").encode().replace("café".encode(), b"caf" + bad)
    found = decoded(data)
    assert found.text == srt("Zoë: déjà vu, naïve caf\N{REPLACEMENT CHARACTER}")
    assert "1 damaged byte" in found.remark


def test_replacement_characters_that_the_file_has_are_no_damage() -> None:
    text = srt("Zoë: caf\N{REPLACEMENT CHARACTER}")
    assert decoded(text.encode()) == decoded(text.encode("utf-8-sig"))
    assert decoded(text.encode()).remark == ""


def test_text_that_was_encoded_twice_is_repaired() -> None:
    text = srt("Zoë: déjà vu")
    found = decoded(text.encode().decode("cp1252").encode())
    assert found.text == text
    assert "twice" in found.remark


def test_two_byte_order_marks_are_no_text() -> None:
    assert decoded(b"\xef\xbb\xbf\xef\xbb\xbfWEBVTT").text == "WEBVTT"
