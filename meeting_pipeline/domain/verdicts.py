"""The verdict of the checks on one claim of a result, and its reasons.

A claim is an item, a decision, a sentence of the summary, a topic or a speaker's name. Belongs here: the verdicts, and the
reasons with their stable codes and words. Must not go here: the checks.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from meeting_pipeline.domain.value import Value


class Verdict(StrEnum):
    """Whether the words of the meeting support a claim."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    """A check failed. The claim is withheld from everything that presents facts, and shown apart with the reasons."""
    NOT_CHECKED = "not_checked"
    """The checks do not know the language of the meeting, or the result is older than the checks."""


class ItemStatus(StrEnum):
    """What became of an item by the end of the meeting."""

    OPEN = "open"
    """Nothing said later changes it."""
    DONE = "done"
    DROPPED = "dropped"
    """Taken back later in the meeting."""
    SUPERSEDED = "superseded"
    """Something else was put in its place."""


def is_closed(status: str | None) -> bool:
    """Whether nothing is left to do of an item with this status; ``None``, of an earlier version, is open."""
    return status is not None and status != ItemStatus.OPEN.value


REASONS: Final[Mapping[str, str]] = {
    "quote_too_short": "The quote has too few words to prove anything.",
    "quote_skips_words": "The quote leaves out words in more than one place, or leaves out a negation.",
    "quote_cuts_negation": "The quote begins just after a negation.",
    "quote_not_found": "The quoted words are not in the transcript.",
    "not_supported": "Too few of its words were said there.",
    "number_not_said": "A number in it was not said there, or was said about something else.",
    "scope_widened": "It says all, never or only, and the words there do not.",
    "name_not_said": "A name in it was not said there.",
    "opposite": "The words there say the opposite.",
    "owner_unknown": "Nobody with that name takes part or was mentioned there.",
    "owner_did_not_speak": "That person says nothing there and was not mentioned.",
    "owner_is_another": "The words there are about another person.",
    "due_not_said": "The words for the due date were not said there.",
    "due_differs": "The words for the due date mean another day.",
    "done_already": "It had been done before.",
    "taken_back": "It was taken back later in the meeting.",
    "only_discussed": "It was discussed, and nobody agreed to it.",
    "conditional": "It depends on a condition that it does not mention.",
    "reported_speech": "Somebody only reports what others said or decided.",
    "speaker_is_another": "The words there refer to another speaker than the one it names.",
    "topics_incomplete": "The topics leave out more than a tenth of what was said.",
    "instruction": "It follows an instruction to the software that was spoken in the meeting.",
    "name_taken": "Another speaker has that name.",
    "not_introduced": "Nobody says that this speaker has that name.",
    "outside_the_meeting": "It refers to a part that the meeting does not have.",
    "no_source": "It does not say on which part of the meeting it is based.",
    "model_doubts": "A second model does not find it in the words there.",
    "transcript_changed": "The transcript has changed, and the words are no longer there.",
}
"""A sentence for people about each code."""


class Claim(Value):
    """A part of a result that is judged alone. ``reasons`` are keys of ``REASONS``, most important first."""

    verdict: Verdict = Verdict.NOT_CHECKED
    reasons: tuple[str, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether the claim must not be presented as a fact."""
        return self.verdict is Verdict.UNVERIFIED


class ItemClaim(Claim):
    """An action item or decision, with its status. ``status`` is ``None`` if the checks could not tell.

    ``status_segment_id``: the segment that says so; ``None`` if it is open.
    """

    status: ItemStatus | None = None
    status_segment_id: int | None = None
