"""Section 6.4: cue text. Tags, escapes, and voices."""

from meeting_pipeline_tests.providers.imported.webvtt.cases import Case, one, said

UNKNOWN = "The standard drops a tag that it does not know; in a transcript it is something written, such as <done>."
UNCLOSED = "The standard reads everything behind an unclosed < as part of a tag, and drops it."
HTML = "The standard does not know this tag; SRT files and some programs write it."

CASES = (
    *(
        Case(f"tag {tag}", said(f"a <{tag}>b</{tag}> c"), one("a b c"))
        for tag in ("b", "i", "u", "c", "ruby", "rt", "lang")
    ),
    Case("class", said("<c.yellow>text</c>"), one("text")),
    Case("two classes", said("<c.yellow.bg_blue>text</c>"), one("text")),
    Case("class of a bold tag", said("<b.loud>text</b>"), one("text")),
    Case("language", said("<lang en-GB>text</lang>"), one("text")),
    Case("ruby text", said("<ruby>base<rt>over</rt></ruby>"), one("baseover")),
    Case("nested tags", said("<b><i><u>text</u></i></b>"), one("text")),
    Case("wrong nesting", said("<b><i>text</b></i>"), one("text")),
    Case("end tag without a start", said("text</b>"), one("text")),
    Case("start tag without an end", said("<b>text"), one("text")),
    Case("time stamp", said("one <00:00.500>two"), one("one two")),
    Case("time stamp with hours", said("one <00:00:00.500>two"), one("one two")),
    Case("tags in a word", said("t<b>e</b>xt"), one("text")),
    Case("tag over two rows", said("<c.a\n.b>text</c>"), one("text")),
    Case("voice", said("<v Ana>text</v>"), one("text", "Ana")),
    Case("voice without an end", said("<v Ana>text"), one("text", "Ana")),
    Case("voice with a class", said("<v.loud Ana>text</v>"), one("text", "Ana")),
    Case("voice with two classes", said("<v.first.loud Ana>text</v>"), one("text", "Ana")),
    Case("voice of two words", said("<v Ana Lopez>text</v>"), one("text", "Ana Lopez")),
    Case("voice with much white space", said("<v   Ana \t Lopez  >text</v>"), one("text", "Ana Lopez")),
    Case("voice over two rows", said("<v Ana\nLopez>text</v>"), one("text", "Ana Lopez")),
    Case("voice with an escape", said("<v Ana &amp; Ben>text</v>"), one("text", "Ana & Ben")),
    Case("voice without a name", said("<v>text</v>"), one("text")),
    Case("two voices", said("<v Ana>one</v>\n<v Ben>two</v>"), ((0, 1000, "Ana", "one"), (0, 1000, "Ben", "two"))),
    Case("two voices without ends", said("<v Ana>one <v Ben>two"), ((0, 1000, "Ana", "one"), (0, 1000, "Ben", "two"))),
    Case("tags in a voice", said("<v Ana><i>text</i></v>"), one("text", "Ana")),
    Case("voice in a tag", said("<i><v Ana>text</v></i>"), one("text", "Ana")),
    Case("upper case voice", said("<V Ana>text</V>"), one("text", "Ana"), "The standard knows lower case only."),
    Case("ampersand", said("R&amp;D"), one("R&D")),
    Case("less and greater", said("1 &lt; 2 &gt; 0"), one("1 < 2 > 0")),
    Case("escaped tag", said("&lt;b&gt;text&lt;/b&gt;"), one("<b>text</b>")),
    Case("no-break space", said("a&nbsp;b"), one("a b")),
    Case("direction marks", said("a&lrm;b&rlm;c"), one("a\u200eb\u200fc")),
    Case("decimal reference", said("caf&#233;"), one("café")),
    Case("hexadecimal reference", said("caf&#xe9;"), one("café")),
    Case("named reference", said("caf&eacute;"), one("café")),
    Case("escape without a semicolon", said("R&amp D"), one("R& D")),
    Case("unknown escape", said("a &unknown; b"), one("a &unknown; b")),
    Case("ampersand alone", said("R & D"), one("R & D")),
    Case("ampersand at the end", said("R &"), one("R &")),
    Case("escape of an escape", said("&amp;lt;"), one("&lt;")),
    Case("reference beyond Unicode", said("a &#99999999999; b"), one("a \N{REPLACEMENT CHARACTER} b")),
    Case("greater sign alone", said("2 > 1"), one("2 > 1")),
    Case("less sign alone", said("1 < 2"), one("1 < 2"), UNCLOSED),
    Case("less sign before a word", said("so <budget was small"), one("so <budget was small"), UNCLOSED),
    Case("unclosed tag at the end", said("text <b"), one("text")),
    Case("unclosed end tag at the end", said("<v Ana>text</v"), one("text", "Ana")),
    Case("tag without a name", said("a <> b"), one("a <> b"), UNKNOWN),
    Case("tag that is not known", said("it is <done> now"), one("it is <done> now"), UNKNOWN),
    Case("tag of a number", said("fewer than <3> people"), one("fewer than <3> people"), UNKNOWN),
    Case("line break", said("one<br>two<br/>three"), one("one two three"), HTML),
    Case("font", said('<font color="#ff0000">text</font>'), one("text"), HTML),
    Case("strong and emphasis", said("<strong>a</strong> <em>b</em>"), one("a b"), HTML),
    Case("styling of SubStation Alpha", said("{\\an8}text {\\i1}two{\\i0}"), one("text two"), HTML),
    Case("braces that are said", said("set {a, b}"), one("set {a, b}")),
    Case(
        "a name before the words",
        said("Ana Lopez: text"),
        one("text", "Ana Lopez"),
        "The standard has voices only; Zoom and many others write the name into the text.",
    ),
)
