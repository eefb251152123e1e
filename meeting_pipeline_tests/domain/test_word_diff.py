"""Word diffs: what people read as changed, in any script, at a bounded cost on any input."""

import itertools
import random

import pytest

from meeting_pipeline.domain.word_diff import Op, Piece, tokens, word_diff
from meeting_pipeline_tests.processor_time import assert_within


def marked(before: str, after: str) -> str:
    signs = {Op.SAME: "{}", Op.REMOVED: "[-{}]", Op.ADDED: "[+{}]"}
    return "".join(signs[piece.op].format(piece.text) for piece in word_diff(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("Same.", "Same.", "Same."),
        ("", "New.", "[+New.]"),
        ("Old.", "", "[-Old.]"),
        ("Ben sends it on Friday.", "Ben sends it on Monday.", "Ben sends it on [-Friday][+Monday]."),
        ("Ben sends it today.", "Ada mails it today.", "[-Ben sends][+Ada mails] it today."),
        ("It costs -5%.", "It costs 5%.", "It costs [--]5%."),
        ("One. Two.", "One. Half. Two.", "One. [+Half. ]Two."),
        ("会議は金曜日です。", "会議は月曜日です。", "会議は[-金][+月]曜日です。"),
        ("הפגישה ביום שני", "הפגישה ביום שלישי", "הפגישה ביום [-שני][+שלישי]"),
        ("الاجتماع يَوم الأحد", "الاجتماع يَوم الاثنين", "الاجتماع يَوم [-الأحد][+الاثنين]"),
        ("किताब मेज़ पर है", "किताब कुर्सी पर है", "किताब [-मेज़][+कुर्सी] पर है"),
        ("cafe\u0301 today", "cafe today", "[-cafe\u0301][+cafe] today"),
    ],
)
def test_words_that_differ_are_marked(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


@pytest.mark.parametrize("seed", range(40))
def test_both_texts_can_be_read_from_the_pieces(seed: int) -> None:
    chance = random.Random(seed)
    words = ["the", "a", " ", "  ", "\n", "report", "会", "議", "שלום", "\u0301", "-", "5%", "is"]
    before = "".join(chance.choices(words, k=chance.randrange(400)))
    after = "".join(chance.choices(words, k=chance.randrange(400)))
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.op is not Op.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.op is not Op.REMOVED) == after
    assert all(one.op is not other.op for one, other in itertools.pairwise(pieces))


def test_a_text_that_stays_is_one_piece() -> None:
    text = "Much was said. " * 5000
    assert word_diff(text, text) == (Piece(Op.SAME, text),)


def test_a_word_changed_in_a_long_text_of_repeated_words_is_found() -> None:
    before = ["so it is"] * 400
    after = list(before)
    after[200] = "so it was"
    assert [piece.text for piece in word_diff(". ".join(before), ". ".join(after)) if piece.op is not Op.SAME] == [
        "is",
        "was",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 50_000, "b a c " * 40_000),
        ("a" * 200_000, "b" * 200_000),
        ("\u0301" * 100_000, "\u0301" * 90_000 + "x"),
        (" ".join(map(str, range(40_000))), " ".join(map(str, range(40_000, 0, -1)))),
        ("会" * 100_000, "議会" * 50_000),
    ],
    ids=["few words", "one word", "marks", "reversed", "characters"],
)
def test_no_input_takes_long(before: str, after: str) -> None:
    assert_within(5.0, lambda: word_diff(before, after))


def test_marks_belong_to_the_word_before_them() -> None:
    assert tokens("मेज़ पर") == ["मेज़", " ", "पर"]
    assert tokens("\u0301a") == ["\u0301", "a"]
