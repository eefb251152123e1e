"""``meeting-pipeline ask``.

Must not go here: answering (``steps/asking/``).
"""

import json
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.domain.text import clock, one_line

if TYPE_CHECKING:
    from meeting_pipeline.api.schemas.questions import Answer, AnswerCitation, AnswerPassage

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("ask", short_help="Ask a question about all meetings.")
@click.argument("question", nargs=-1, required=True)
@click.option("--since", type=_DAY, metavar="YYYY-MM-DD", help="Only meetings of this day and later.")
@click.option("--until", type=_DAY, metavar="YYYY-MM-DD", help="Only meetings of this day and earlier.")
@click.option("--title", help="Only meetings whose title contains this text.")
@click.option("--recording", metavar="RECORDING_ID", help="Only this meeting; the beginning of its ID is enough.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def ask(question: tuple[str, ...], as_json: bool, **filters: Any) -> None:
    """Answer QUESTION from what was said in all meetings, with quotes.

    A language model writes the answer; only sentences that the cited words support are shown. Without a model, or once the
    daily limit is reached, only the best passages are shown. Neither the question nor the answer is stored.
    """
    from meeting_pipeline.api.schemas.questions import answer_of
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.asking import ask as asking
    from meeting_pipeline.store.recordings.cli_queries import resolve_key
    from meeting_pipeline.store.search.values import Question

    with installation() as opened:
        key = resolve_key(opened.store.database, filters["recording"]) if filters["recording"] else None
        since, until = (filters[name].date() if filters[name] else None for name in ("since", "until"))
        asked = Question(" ".join(question), recording_key=key, title=filters["title"], since=since, until=until)
        try:
            answer = answer_of(opened.settings, asking.ask(opened, asked))
        finally:
            opened.close_question_model()
    if answer.pending:
        click.echo(f"{answer.pending} recordings are not indexed yet.", err=True)
    if as_json:
        click.echo(json.dumps(answer.model_dump(mode="json"), indent=2, ensure_ascii=False))
    else:
        click.echo(_text(answer))


def _text(answer: "Answer") -> str:
    parts = []
    for sentence in answer.sentences:
        said = f'"{one_line(sentence.text)}"' if sentence.quoted else one_line(sentence.text)
        parts.append("\n".join([said, *(_cited(citation) for citation in sentence.citations)]))
    if answer.reason is not None:
        parts.append(" ".join(one_line(part) for part in (answer.reason.message, answer.reason.advice) if part))
        parts += [_passage(passage) for passage in answer.passages]
    if answer.model is not None:
        cost = f"{answer.cost_usd:.4f} USD" if answer.price_known else "an unknown price"
        parts.append(f"Asked {one_line(answer.model)} for {cost}.{_dropped(answer.dropped)}")
    return "\n\n".join(parts)


def _dropped(number: int) -> str:
    if not number:
        return ""
    return f" Not shown, because the cited words do not support them: {number} of its sentences."


def _cited(citation: "AnswerCitation") -> str:
    where = f"{citation.meeting_date.isoformat()}  {one_line(citation.title)}  ({citation.recording_id})"
    return f"  {where}\n  {clock(citation.start_ms):>8}  {one_line(citation.speaker)}: {one_line(citation.quote)}"


def _passage(passage: "AnswerPassage") -> str:
    head = f"{passage.meeting_date.isoformat()}  {one_line(passage.title)}  ({passage.recording_id})"
    lines = [f"  {clock(line.start_ms):>8}  {one_line(line.speaker)}: {one_line(line.text)}" for line in passage.lines]
    return "\n".join([head, *lines])
