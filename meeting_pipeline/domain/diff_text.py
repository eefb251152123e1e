"""The difference of two versions for people: as Markdown for Dagster, as plain text for terminals.

Must not go here: finding the difference (``version_diff.py``, ``word_diff.py``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.claim_changes import ClaimChange, claim_place
from meeting_pipeline.domain.document import escape_markdown, isolated
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_versions import ResultVersion
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.domain.word_diff import Op, Piece


def diff_markdown(diff: VersionDiff, record: MeetingRecord) -> str:
    """The difference in Markdown: removed words are struck through, added ones are bold."""
    return _MARKDOWN.between.join(_blocks(diff, record, _MARKDOWN)) + "\n"


def diff_plain(diff: VersionDiff, record: MeetingRecord) -> str:
    """The difference as plain text: ``[-removed-]``, ``{+added+}``, as ``git diff --word-diff`` marks them."""
    return _PLAIN.between.join(_blocks(diff, record, _PLAIN)) + "\n"


def version_line(version: ResultVersion | None) -> str:
    """A version in a few words: its number, state, maker, verdicts and cost."""
    if version is None:
        return "no version"
    maker = f"{version.provenance.provider} {version.provenance.model}"
    prompt = f", prompt {version.prompt_version}" if version.prompt_version else ""
    return (
        f"version {version.version} ({version.state}): {maker}{prompt}; {verdicts_line(version)}; {cost_line(version)}"
    )


def verdicts_line(version: ResultVersion) -> str:
    """How many claims of a version have which verdict."""
    if version.verdicts is None:
        return "-"
    counted = [
        f"{version.verdicts.get(verdict, 0)} {verdict.value.replace('_', ' ')}"
        for verdict in Verdict
        if version.verdicts.get(verdict, 0)
    ]
    return ", ".join(counted) or "no claims"


def cost_line(version: ResultVersion) -> str:
    """What the answers of a version cost."""
    unpriced = f" and {version.usage.unpriced_calls} calls of unknown price" if version.usage.unpriced_calls else ""
    return f"${version.usage.cost_usd:.4f}{unpriced}"


@dataclass(frozen=True)
class _Style:
    """How text is marked. ``clean`` makes what was said harmless; ``gone`` and ``come`` surround removed and added words."""

    clean: Callable[[str], str]
    gone: tuple[str, str]
    come: tuple[str, str]
    heading: str
    entry: str
    detail: str
    between: str

    def text(self, text: str) -> str:
        """Something that was said or written."""
        return isolated(self.clean(text)) or "(empty)"

    def item(self, text: str, details: Iterable[str]) -> str:
        """An entry of a list with its details."""
        return "\n".join([f"{self.entry}{text}", *(f"{self.detail}{detail}" for detail in details)])

    def words(self, pieces: Sequence[Piece]) -> str:
        """A text with what was removed and added."""
        return isolated("".join(self._marked(piece) for piece in pieces))

    def _marked(self, piece: Piece) -> str:
        """A piece with its marks, which directly touch its words: Markdown accepts no mark beside a space."""
        inner = self.clean(piece.text)
        head = " " if piece.text[:1].isspace() else ""
        tail = " " if piece.text[-1:].isspace() and inner else ""
        if piece.op is Op.SAME or not inner:
            return f"{head}{inner}{tail}"
        start, end = self.gone if piece.op is Op.REMOVED else self.come
        return f"{head}{start}{inner}{end}{tail}"


_MARKDOWN: Final = _Style(escape_markdown, ("~~", "~~"), ("**", "**"), "**{}**", "- ", "  - ", "\n\n")
_PLAIN: Final = _Style(one_line, ("[-", "-]"), ("{+", "+}"), "{}", "  * ", "      ", "\n")


def _blocks(diff: VersionDiff, record: MeetingRecord, style: _Style) -> Iterator[str]:
    yield style.heading.format(diff.insight.value.replace("_", " ").capitalize())
    yield style.clean(f"Before: {version_line(diff.before)}")
    yield style.clean(f"After: {version_line(diff.after)}")
    if not diff.differs:
        yield style.clean("Nothing differs.")
        return
    if any(piece.op is not Op.SAME for piece in diff.text):
        yield style.heading.format("Text")
        yield style.words(diff.text)
    for title, claims in (("Added", diff.added), ("Removed", diff.removed)):
        if claims:
            yield style.heading.format(f"{title} ({len(claims)})")
            yield "\n".join(style.item(style.text(claim.text), _details(claim, record, style)) for claim in claims)
    if diff.changed:
        yield style.heading.format(f"Changed ({len(diff.changed)})")
        yield "\n".join(style.item(style.words(one.words), _changes(one, record, style)) for one in diff.changed)
    if diff.same:
        yield style.clean(f"Unchanged: {diff.same}")


def _details(claim: JudgedClaim, record: MeetingRecord, style: _Style) -> list[str]:
    said = [f"{claim.verdict.value.replace('_', ' ')}", *([f"{claim.state.value}"] if not claim.published else [])]
    found = [style.clean(", ".join(said))]
    place, quote = claim_place(record, claim), claim.evidence.quote if claim.evidence is not None else ""
    if quote or place:
        found.append(style.text(" ".join(filter(None, (place, f"“{quote}”" if quote else "")))))
    return found


def _changes(change: ClaimChange, record: MeetingRecord, style: _Style) -> list[str]:
    """The fields that differ, but not the text, which is above with its marks."""
    found = [
        f"{style.clean(field.title)}: {style.text(field.before or 'none')} → {style.text(field.after or 'none')}"
        for field in change.fields
        if (field.before, field.after) != (change.before.text, change.after.text)
    ]
    place = claim_place(record, change.after)
    return [*found, *([style.clean(f"Said at {place}")] if place else [])]
