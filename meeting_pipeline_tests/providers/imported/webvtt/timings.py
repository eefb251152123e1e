"""Section 6.3: cue timings, and section 6.1 where a timing row cannot be read."""

from meeting_pipeline_tests.providers.imported.webvtt.cases import Case, one, timed

LENIENT = "The standard drops the whole cue; what is meant is certain."
PLACED = "The standard drops the cue; its words are kept, after the cue before it."

CASES = (
    Case("minutes and seconds", timed("00:01.500 --> 00:02.250"), one("text", None, 1500, 2250)),
    Case("hours", timed("01:02:03.004 --> 01:02:04.000"), one("text", None, 3_723_004, 3_724_000)),
    Case(
        "hours of three digits", timed("100:00:00.000 --> 100:00:01.000"), one("text", None, 360_000_000, 360_001_000)
    ),
    Case("hours of one digit", timed("1:00:00.000 --> 1:00:01.000"), one("text", None, 3_600_000, 3_601_000)),
    Case("hours of zeros", timed("000:00:00.000 --> 000:00:01.000"), one("text")),
    Case("highest minute and second", timed("59:59.999 --> 01:00:00.000"), one("text", None, 3_599_999, 3_600_000)),
    Case("no white space", timed("00:00.000-->00:01.000"), one("text")),
    Case("much white space", timed("00:00.000  \t -->\t  00:01.000"), one("text")),
    Case("white space around", timed("  00:00.000 --> 00:01.000  "), one("text")),
    Case(
        "end before start",
        timed("00:02.000 --> 00:01.000"),
        one("text", None, 2000, 2000),
        "A cue that ends before it starts would not be shown; its words are kept.",
    ),
    Case("end at start", timed("00:01.000 --> 00:01.000"), one("text", None, 1000, 1000)),
    Case(
        "text follows at once without an empty row",
        "WEBVTT\n\n00:00.000 --> 00:01.000\none\n00:01.000 --> 00:02.000\ntwo\n",
        ((0, 1000, None, "one"), (1000, 2000, None, "two")),
    ),
    Case(
        "order of the file",
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:01.000 --> 00:03.000\ntwo\n",
        ((1000, 2000, None, "one"), (1000, 3000, None, "two")),
    ),
    Case("comma", timed("00:00,000 --> 00:01,000"), one("text"), LENIENT),
    Case("no fraction", timed("00:00 --> 00:01"), one("text"), LENIENT),
    Case("fraction of one digit", timed("00:00.5 --> 00:01.0"), one("text", None, 500, 1000), LENIENT),
    Case("fraction of two digits", timed("00:00.25 --> 00:01.00"), one("text", None, 250, 1000), LENIENT),
    Case("fraction of four digits", timed("00:00.0005 --> 00:01.0000"), one("text"), LENIENT),
    Case("fraction of six digits", timed("00:00.250999 --> 00:01.000000"), one("text", None, 250, 1000), LENIENT),
    Case("minutes of one digit", timed("0:00.000 --> 0:01.000"), one("text"), LENIENT),
    Case("seconds of one digit", timed("00:0.000 --> 00:1.000"), one("text"), LENIENT),
    Case(
        "minutes of three digits", timed("123:00.000 --> 123:01.000"), one("text", None, 7_380_000, 7_381_000), LENIENT
    ),
    Case("minutes above 59", timed("00:60:00.000 --> 00:61:00.000"), one("text", None, 3_600_000, 3_660_000), LENIENT),
    Case("seconds above 59", timed("00:60.000 --> 00:61.000"), one("text", None, 60_000, 61_000), LENIENT),
    Case("negative start", timed("-00:01.000 --> 00:01.000"), one("text"), LENIENT),
    Case("frames", timed("00:00:00:10 --> 00:00:01:00"), one("text", None, 400, 1000), LENIENT),
    Case("short arrow", timed("00:00.000 -> 00:01.000"), one("text"), LENIENT),
    Case("long arrow", timed("00:00.000 ---> 00:01.000"), one("text"), LENIENT),
    Case("arrow with a dash", timed("00:00.000 \N{EN DASH}> 00:01.000"), one("text"), LENIENT),
    Case("arrow as one character", timed("00:00.000 \N{RIGHTWARDS ARROW} 00:01.000"), one("text"), LENIENT),
    Case("number in the same row", timed("7 00:00.000 --> 00:01.000"), one("text"), LENIENT),
    Case("text in the same row", timed("00:00.000 --> 00:01.000 Good morning.", ""), one("Good morning."), LENIENT),
    Case(
        "start that cannot be read",
        "WEBVTT\n\n00:00.000 --> 00:01.000\none\n\nxx:02.000 --> 00:03.000\ntwo\n\n00:04.000 --> 00:05.000\nthree\n",
        ((0, 1000, None, "one"), (1000, 1000, None, "two"), (4000, 5000, None, "three")),
        PLACED,
    ),
    Case(
        "end that cannot be read",
        "WEBVTT\n\n00:00.000 --> 00:xx\none\n\n00:01.000 --> 00:02.000\ntwo\n",
        ((0, 0, None, "one"), (1000, 2000, None, "two")),
        LENIENT,
    ),
    Case(
        "no end",
        "WEBVTT\n\n00:00.000 -->\none\n\n00:01.000 --> 00:02.000\ntwo\n",
        ((0, 0, None, "one"), (1000, 2000, None, "two")),
        LENIENT,
    ),
    Case(
        "no start",
        "WEBVTT\n\n00:00.000 --> 00:01.000\none\n\n--> 00:02.000\ntwo\n",
        ((0, 1000, None, "one"), (1000, 1000, None, "two")),
        PLACED,
    ),
)
