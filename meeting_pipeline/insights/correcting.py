"""The second call for an answer that cannot be used, or not in full: its question, and the use of its answer.

An answer is requested at most twice (``policies.INSIGHT_CALLS``). The second call says what was wrong. If only some entries of a
list were wrong, it asks only for these, and all others stay as they are. Must not go here: making calls (``providers/``).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.insight_forms import Form
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.judged_claims import segment_ids
from meeting_pipeline.domain.verdicts import REASONS
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.merging import Subject
from meeting_pipeline.insights.plain import plain_text
from meeting_pipeline.insights.prompting import NO_MARKS

CORRECTABLE: Final = frozenset({"quote_not_found", "quote_too_short", "quote_skips_words", "not_supported"})
"""Reasons that a model can fix by copying the words of the meeting. All others concern meaning: there, a second chance would
only teach the model other words for the same claim."""
_WRONG: Final = {
    "refused": "It was a refusal. The transcript is a recording of people at work, and a report of what they said is wanted; "
    "where it does not answer the question, the answer is empty.",
    "filtered": "It was stopped by a content filter. Leave out what may have caused that, and report the rest in sober words.",
    "cut_off": "It was too long and was cut off. Give the 30 most important entries at most, with quotes of 15 words at most.",
}


@dataclass(frozen=True)
class Fault:
    """An entry that cannot be used as it is. ``text``: what it says, if that is known; ``lines``: the segments that it cites."""

    why: str
    text: str = ""
    lines: tuple[int, ...] = ()


def faults_of(form: Form[Any], result: InsightResult, unread: Sequence[str] = ()) -> tuple[Fault, ...]:
    """The entries of an answer that a second call may correct. Only lists of items have any.

    ``unread``: places of entries that could not be read, such as ``action_items.3``.
    """
    if not isinstance(form, ListForm):
        return ()
    items = [item for item in form.items_of(result) if _correctable(item)]
    found = [
        Fault(" ".join(REASONS[code] for code in item.reasons), _head(form, item), segment_ids(item)) for item in items
    ]
    return (*(Fault(f"`{place}` does not fit the schema.") for place in unread), *found)


def correction_of_entries(faults: Sequence[Fault]) -> str:
    """What is added to the question so that these entries are given again, and no others."""
    shown = faults[: policies.CORRECTED_ENTRIES]
    lines = [f"{number}. {_line(fault)}" for number, fault in enumerate(shown, start=1)]
    return (
        "You have answered this question. All entries of your answer were accepted, except these:\n"
        + "\n".join(lines)
        + "\nAnswer again for these entries alone. Copy each quote word for word from the lines that it is in, and use words "
        "that were said. Leave out an entry that the transcript does not support: no entry is a good answer.\n"
    )


def correction_of_answer(problem: str, detail: str) -> str:
    """What is added to the question after an answer that cannot be used at all. ``detail``: the message of its error."""
    wrong = _WRONG.get(problem) or f"It did not have the requested form. {detail}".strip()
    return f"You have answered this question, and the answer could not be used. {wrong}\nAnswer again, in full.\n"


def corrected(form: Any, first: Any, second: Any, faults: Sequence[Fault]) -> Any:
    """The first answer, in which entries of the second one replace those that they correct.

    An entry of the second answer counts only if it is not withheld, and if it was requested. An entry that is not corrected
    stays as it is, with its reasons.
    """
    items = list(form.items_of(first))
    subjects = [Subject.of(_head(form, item)) for item in items]
    unnamed = sum(not fault.text for fault in faults)
    for new in form.items_of(second):
        if getattr(new, "withheld", False) or new in items:
            continue
        subject = Subject.of(_head(form, new))
        same = [place for place, other in enumerate(subjects) if subject.same_as(other)]
        wrong = next((place for place in same if _correctable(items[place])), None)
        if wrong is not None:
            items[wrong], subjects[wrong] = new, subject
        elif unnamed and not same:
            unnamed -= 1
            items.append(new)
            subjects.append(subject)
    return first.model_copy(update={form.items: tuple(items)})


def _correctable(item: Any) -> bool:
    return getattr(item, "withheld", False) and set(item.reasons) <= CORRECTABLE


def _head(form: ListForm[Any], item: Any) -> str:
    return str(getattr(item, form.fields[0].name) or "")


def _line(fault: Fault) -> str:
    if not fault.text:
        return fault.why
    said = json.dumps(plain_text(fault.text, policies.INSIGHT_TITLE_CHARACTERS).translate(NO_MARKS), ensure_ascii=False)
    return f"{said}{_cited(fault.lines)}: {fault.why}"


def _cited(lines: Iterable[int]) -> str:
    numbers = ", ".join(str(number) for number in lines)
    return f" (lines {numbers})" if numbers else ""
