"""Section 6.1, steps 1 to 10: decoding, signature and header."""

from meeting_pipeline_tests.providers.imported.webvtt.cases import Case, one

_BODY = "00:00.000 --> 00:01.000\ntext\n"
LENIENT = "Tools forget or change the signature; the cues are unmistakable without it."

CASES = (
    Case("signature alone", f"WEBVTT\n\n{_BODY}", one("text")),
    Case("byte order mark", f"\ufeffWEBVTT\n\n{_BODY}", one("text")),
    Case("carriage returns", f"WEBVTT\n\n{_BODY}".replace("\n", "\r"), one("text")),
    Case("carriage returns and line feeds", f"WEBVTT\n\n{_BODY}".replace("\n", "\r\n"), one("text")),
    Case("mixed line ends", "WEBVTT\r\n\n00:00.000 --> 00:01.000\rtext\n", one("text")),
    Case("no line end at the end", f"WEBVTT\n\n{_BODY.strip()}", one("text")),
    Case("text behind a space", f"WEBVTT some title\n\n{_BODY}", one("text")),
    Case("text behind a tab", f"WEBVTT\tsome title\n\n{_BODY}", one("text")),
    Case("space alone", f"WEBVTT \n\n{_BODY}", one("text")),
    Case("header rows", f"WEBVTT\nKind: captions\nLanguage: en\n\n{_BODY}", one("text")),
    Case("header rows of an unknown kind", f"WEBVTT\nanything\n\n{_BODY}", one("text")),
    Case("several empty rows", f"WEBVTT\n\n\n\n\n{_BODY}", one("text")),
    Case("timing row in the header", f"WEBVTT\n{_BODY}", one("text")),
    Case("identifier and timing row in the header", f"WEBVTT\nid\n{_BODY}", one("text")),
    Case("zero byte", "WEBVTT\n\n00:00.000 --> 00:01.000\nte\0st\n", one("te\N{REPLACEMENT CHARACTER}st")),
    Case(
        "invalid byte",
        b"WEBVTT\n\n00:00.000 --> 00:01.000\nna\xc3\xafve caf\xc3\xa9 r\xc3\xa9sum\xc3\xa9 te\xffst\n",
        one("naïve café résumé te\N{REPLACEMENT CHARACTER}st"),
    ),
    Case(
        "Latin-1 instead of UTF-8",
        "WEBVTT\n\n00:00.000 --> 00:01.000\nJosé está aquí, señor\n".encode("latin-1"),
        one("José está aquí, señor"),
        "The standard shows four replacement characters; the encoding is found instead.",
    ),
    Case("no signature", _BODY, one("text"), LENIENT),
    Case("lower case", f"webvtt\n\n{_BODY}", one("text"), LENIENT),
    Case("mixed case", f"WebVTT\n\n{_BODY}", one("text"), LENIENT),
    Case("space before the signature", f" WEBVTT\n\n{_BODY}", one("text"), LENIENT),
    Case("characters behind the signature", f"WEBVTTx\n\n{_BODY}", one("text"), LENIENT),
    Case("hyphen behind the signature", f"WEBVTT- title\n\n{_BODY}", one("text"), LENIENT),
    Case("empty row before the signature", f"\nWEBVTT\n\n{_BODY}", one("text"), LENIENT),
    Case("two byte order marks", f"\ufeff\ufeffWEBVTT\n\n{_BODY}", one("text"), LENIENT),
    Case(
        "UTF-16",
        f"WEBVTT\n\n{_BODY}".encode("utf-16"),
        one("text"),
        "Windows programs save so; the standard knows UTF-8 only.",
    ),
)
