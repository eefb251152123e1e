"""Section 6.1: collecting blocks, comments, identifiers, and blocks that are broken."""

from meeting_pipeline_tests.providers.imported.webvtt.cases import Case, one

_CUE = "00:00.000 --> 00:01.000\ntext\n"
_NEXT = "00:01.000 --> 00:02.000\nnext\n"
_BOTH = ((0, 1000, None, "text"), (1000, 2000, None, "next"))
KEPT = "The standard drops a block without times; its words continue the cue above."
NO_CUE = "The standard keeps white space as text; some programs separate cues so."
ARROW = "The standard ends a cue at any arrow and drops what follows; an arrow without times is something said."

CASES = (
    Case("two cues", f"WEBVTT\n\n{_CUE}\n{_NEXT}", _BOTH),
    Case("identifier", f"WEBVTT\n\nid-1\n{_CUE}", one("text")),
    Case("number", f"WEBVTT\n\n1\n{_CUE}\n2\n{_NEXT}", _BOTH),
    Case("identifier that looks like a comment", f"WEBVTT\n\nNOTEid\n{_CUE}", one("text")),
    Case("identifier NOTE", f"WEBVTT\n\nNOTE\n{_CUE}", one("text")),
    Case("identifier of many words", f"WEBVTT\n\nthis is cue no. 1\n{_CUE}", one("text")),
    Case("same identifier twice", f"WEBVTT\n\nx1\n{_CUE}\nx1\n{_NEXT}", _BOTH),
    Case("two rows of text", f"WEBVTT\n\n{_CUE}more\n", one("text more")),
    Case("leading white space of text", "WEBVTT\n\n00:00.000 --> 00:01.000\n   text\n", one("text")),
    Case("no text", f"WEBVTT\n\n00:00.000 --> 00:01.000\n\n{_NEXT}", ((1000, 2000, None, "next"),)),
    Case("no text at the end", f"WEBVTT\n\n{_CUE}\n00:01.000 --> 00:02.000", one("text")),
    Case("comment of one row", f"WEBVTT\n\nNOTE a remark\n\n{_CUE}", one("text")),
    Case("comment of many rows", f"WEBVTT\n\nNOTE\na remark\nof two rows\n\n{_CUE}", one("text")),
    Case("comment behind a tab", f"WEBVTT\n\nNOTE\ta remark\n\n{_CUE}", one("text")),
    Case("empty comment", f"WEBVTT\n\nNOTE\n\n{_CUE}", one("text")),
    Case("comment between cues", f"WEBVTT\n\n{_CUE}\nNOTE a remark\n\n{_NEXT}", _BOTH),
    Case("comment at the end", f"WEBVTT\n\n{_CUE}\nNOTE a remark", one("text")),
    Case("the word NOTE in a cue", "WEBVTT\n\n00:00.000 --> 00:01.000\nNOTE is said\n", one("NOTE is said")),
    Case("the word WEBVTT in a cue", "WEBVTT\n\n00:00.000 --> 00:01.000\nWEBVTT\n", one("WEBVTT")),
    Case("the word STYLE in a cue", "WEBVTT\n\n00:00.000 --> 00:01.000\nSTYLE\n", one("STYLE")),
    Case("many empty rows between", f"WEBVTT\n\n{_CUE}\n\n\n\n{_NEXT}", _BOTH),
    Case("block without times before the first cue", f"WEBVTT\n\nsome words\n\n{_CUE}", one("text")),
    Case(
        "block without times behind a cue",
        f"WEBVTT\n\n{_CUE}\nsome words\n\n{_NEXT}",
        ((0, 1000, None, "text some words"), (1000, 2000, None, "next")),
        KEPT,
    ),
    Case("block without times at the end", f"WEBVTT\n\n{_CUE}\nsome words", one("text some words"), KEPT),
    Case(
        "empty row within a cue",
        f"WEBVTT\n\n{_CUE}\n- more\n\n{_NEXT}",
        ((0, 1000, None, "text - more"), (1000, 2000, None, "next")),
        KEPT,
    ),
    Case("row of white space between cues", f"WEBVTT\n\n{_CUE} \n{_NEXT}", _BOTH, NO_CUE),
    Case("row of white space before a number", f"WEBVTT\n\n1\n{_CUE}\t\n2\n{_NEXT}", _BOTH, NO_CUE),
    Case("row of white space within a cue", "WEBVTT\n\n00:00.000 --> 00:01.000\n \ntext\n", one("text")),
    Case(
        "number without an empty row before it",
        f"WEBVTT\n\n1\n{_CUE}2\n{_NEXT}",
        _BOTH,
        "The standard reads the number as text of the cue above.",
    ),
    Case(
        "number that is said",
        "WEBVTT\n\n1\n00:00.000 --> 00:01.000\nHow many?\n42\n\n2\n00:01.000 --> 00:02.000\nnext\n",
        ((0, 1000, None, "How many? 42"), (1000, 2000, None, "next")),
    ),
    Case("number alone in a block", f"WEBVTT\n\n{_CUE}\n2\n\n{_NEXT}", _BOTH),
    Case("arrow in the text", "WEBVTT\n\n00:00.000 --> 00:01.000\nfrom A --> to B\n", one("from A --> to B"), ARROW),
    Case(
        "arrow in the second row",
        "WEBVTT\n\n00:00.000 --> 00:01.000\nfrom here\n--> there\n",
        one("from here --> there"),
        ARROW,
    ),
    Case("short arrow in the text", "WEBVTT\n\n00:00.000 --> 00:01.000\nfrom A -> to B\n", one("from A -> to B")),
    Case("identifier with an arrow", f"WEBVTT\n\n{_CUE}\na --> b\n{_NEXT}", _BOTH),
    Case(
        "three rows before the times",
        f"WEBVTT\n\n{_CUE}\nsome\nwords\nid\n{_NEXT}",
        ((0, 1000, None, "text some words"), (1000, 2000, None, "next")),
        KEPT,
    ),
)
