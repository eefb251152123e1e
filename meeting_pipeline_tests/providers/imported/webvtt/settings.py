"""Section 6.3: cue settings, which say where a cue is shown, and never belong to its text. Section 6.2: regions."""

from meeting_pipeline_tests.providers.imported.webvtt.cases import Case, one, timed

_KNOWN = (
    "align:start",
    "align:center",
    "align:end",
    "align:left",
    "align:right",
    "position:0%",
    "position:50%,line-left",
    "size:35%",
    "line:0",
    "line:-1",
    "line:10%",
    "line:5,end",
    "vertical:rl",
    "vertical:lr",
    "region:fred",
    "align:start position:0% line:90% size:100%",
)
_BAD = (
    "align:middle",
    "align:",
    "position:150%",
    "size:",
    "line:abc",
    "vertical:up",
    "unknown:value",
    "align:start,end",
    ":",
    "X1:100 X2:200 Y1:50 Y2:90",
)

CASES = (
    *(Case(f"setting {setting}", timed(f"00:00.000 --> 00:01.000 {setting}"), one("text")) for setting in _KNOWN),
    *(
        Case(f"bad setting {setting}", timed(f"00:00.000 --> 00:01.000 {setting}"), one("text"))
        for setting in _BAD
        if setting != ":"
    ),
    Case("a colon alone", timed("00:00.000 --> 00:01.000 :"), one("text")),
    Case("tabs between settings", timed("00:00.000 --> 00:01.000\talign:start\tposition:0%"), one("text")),
    Case(
        "word among the settings",
        timed("00:00.000 --> 00:01.000 align:start hello"),
        one("hello text"),
        "The standard ignores words among the settings; they may be talk.",
    ),
    Case(
        "region in the header",
        "WEBVTT\nRegion: id=fred width=40%\n\n00:00.000 --> 00:01.000 region:fred\ntext\n",
        one("text"),
    ),
    Case(
        "region as a block",
        "WEBVTT\n\nREGION\nid:fred\nwidth:40%\nlines:3\n\n00:00.000 --> 00:01.000\ntext\n",
        one("text"),
    ),
    Case("region with white space", "WEBVTT\n\nREGION  \nid:fred\n\n00:00.000 --> 00:01.000\ntext\n", one("text")),
    Case("two regions", "WEBVTT\n\nREGION\nid:a\n\nREGION\nid:b\n\n00:00.000 --> 00:01.000\ntext\n", one("text")),
    Case("stylesheet", "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:00.000 --> 00:01.000\ntext\n", one("text")),
    Case(
        "stylesheet of many rows",
        "WEBVTT\n\nSTYLE\n::cue(b) {\n  color: red;\n}\n\n00:00.000 --> 00:01.000\ntext\n",
        one("text"),
    ),
    Case(
        "stylesheet behind a cue",
        "WEBVTT\n\n00:00.000 --> 00:01.000\ntext\n\nSTYLE\n::cue { color: red }\n",
        one("text"),
    ),
    Case("stylesheet with an arrow", "WEBVTT\n\nSTYLE\n00:00.000 --> 00:01.000\ntext\n", one("text")),
)
