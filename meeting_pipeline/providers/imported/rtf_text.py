r"""The text of a Rich Text file: ``{\rtf1\ansi\b Ana:\b0 Good morning\par}``.

Source: Microsoft, Rich Text Format specification 1.9.1. Read in one pass, without fonts, pictures and fields.
Must not go here: what the text means.
"""

import codecs
import re
from typing import Final

from meeting_pipeline.domain.word_sets import word_set

_TOKEN: Final = re.compile(
    r"\\(?:'(?P<hex>[0-9a-fA-F]{2})|(?P<word>[a-zA-Z]{1,32}+)(?P<number>-?\d{1,10})?\ ?|(?P<sign>[^a-zA-Z]))"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]++)|[\r\n]++",
    re.DOTALL,
)
_HIDDEN: Final = word_set("""
    fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf object themedata listtable
    listoverridetable rsidtbl fldinst xmlnstbl datastore filetbl revtbl generator latentstyles
""")
"""Groups that are no text."""
_ESCAPED: Final = {"~": "\N{NO-BREAK SPACE}", "_": "-", "-": "", "\n": "\n", "\r": "\n"}
_SIGNS: Final = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "\N{EM DASH}",
    "endash": "\N{EN DASH}", "lquote": "\N{LEFT SINGLE QUOTATION MARK}", "rquote": "\N{RIGHT SINGLE QUOTATION MARK}",
    "ldblquote": "\N{LEFT DOUBLE QUOTATION MARK}", "rdblquote": "\N{RIGHT DOUBLE QUOTATION MARK}", "bullet": "\N{BULLET}",
}  # fmt: skip
_DEEPEST: Final = 10_000


def is_rtf(data: bytes) -> bool:
    """Whether the content is Rich Text."""
    return data[:200].lstrip().startswith(b"{\\rtf")


def rtf_text(data: bytes) -> str:
    """The text: a row for each paragraph."""
    reader = _Reader()
    for found in _TOKEN.finditer(data.decode("latin-1")):
        reader.take(found)
    reader.flush()
    return "".join(reader.parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Reader:
    """Collects text.

    ``_groups``: whether each open group is hidden, and how many characters follow a Unicode character for old programs.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._groups: list[tuple[bool, int]] = [(False, 1)]
        self._code = "cp1252"
        self._bytes = bytearray()
        self._skip = 0
        self._fresh = False

    def take(self, found: re.Match[str]) -> None:
        """The next token."""
        hidden, replaced = self._groups[-1]
        fresh, self._fresh = self._fresh, False
        if found["brace"]:
            self._brace(found["brace"])
        elif found["sign"] == "*" and fresh:
            self._groups[-1] = (True, replaced)
        elif found["word"]:
            self._word(found["word"], found["number"], hidden)
        elif found["sign"]:
            self._say(_ESCAPED.get(found["sign"], found["sign"]), hidden)
        elif found["hex"] or found["text"]:
            self._characters(bytes.fromhex(found["hex"]) if found["hex"] else found["text"].encode("latin-1"), hidden)

    def _brace(self, brace: str) -> None:
        self._skip = 0
        if brace == "{":
            self._fresh = True
            if len(self._groups) < _DEEPEST:
                self._groups.append(self._groups[-1])
        elif len(self._groups) > 1:
            self._groups.pop()

    def _characters(self, data: bytes, hidden: bool) -> None:
        kept = data[self._skip :]
        self._skip = max(0, self._skip - len(data))
        if not hidden:
            self._bytes += kept

    def _word(self, word: str, number: str | None, hidden: bool) -> None:
        value = int(number) if number else None
        if word in _HIDDEN:
            self._groups[-1] = (True, self._groups[-1][1])
        elif word == "ansicpg" and value is not None:
            self._code = _known_code(f"cp{value}" if value != 10000 else "mac_roman")
        elif word == "uc" and value is not None:
            self._groups[-1] = (hidden, max(0, min(value, 10)))
        elif word == "u" and value is not None:
            code = value % 65536
            self._say(chr(code), hidden)
            self._skip = self._groups[-1][1]
        elif word in _SIGNS:
            self._say(_SIGNS[word], hidden)

    def _say(self, text: str, hidden: bool) -> None:
        if not hidden and text:
            self.flush()
            self.parts.append(text)

    def flush(self) -> None:
        """Decode what was collected. Bytes of one character may come one by one."""
        if self._bytes:
            self.parts.append(self._bytes.decode(self._code, errors="replace"))
            self._bytes.clear()


def _known_code(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
