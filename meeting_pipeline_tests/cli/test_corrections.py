"""Corrected meetings are exported in the format of `eval`, which can read and measure them."""

import json
from pathlib import Path

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.reading import read_set
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.edits.test_claim_edits import LIE, TRUE, done
from meeting_pipeline_tests.store.samples import completed


def test_a_corrected_meeting_becomes_a_labelled_one(installation: Installation, run: Run, tmp_path: Path) -> None:
    store = installation.store
    key = done(store).key
    completed(store, number=2)  # nobody corrected this one
    claims = {claim.text: claim.claim_id for claim in listed(store.records.get(key))}
    store.item_edits.change(key, claims[TRUE], {"owner": "A", "due_date": "2025-04-01"}, by="Grace")
    store.claim_edits.judge(key, claims[LIE], Judgement.DELETED, by="Grace")
    store.item_edits.add(
        key, Insight.DECISIONS, {"text": "Greet everybody", "decided_by": ["A"]}, by="Grace", segment=0
    )
    store.item_edits.add(key, Insight.ACTION_ITEMS, {"text": "Nowhere said"}, by="Grace")
    store.segment_edits.correct(key, 0, "Grace", text="Good evening.", speaker="B")
    store.speaker_edits.rename(key, "A", "Ada Lovelace", by="Grace")
    folder = tmp_path / "cases"
    result = run("corrections", "export", str(folder))
    assert (result.exit_code, [path.name for path in folder.iterdir()]) == (0, [f"{key}.json"])
    assert "Written: 1 meeting to" in result.stdout
    case = json.loads((folder / f"{key}.json").read_text("utf-8"))
    assert case["turns"][0] == {"speaker": "B", "start": 0.0, "end": 0.9, "text": "Good evening."}
    assert case["gold"]["actions"] == [{"text": TRUE, "turns": [1], "owner": "A", "due": "2025-04-01"}]
    assert [one["text"] for one in case["gold"]["decisions"]] == ["Ship it", "Greet everybody"]
    assert case["traps"] == [{"kind": "deleted", "turns": [1]}]
    (lie,) = case["claims"]
    assert (lie["right"], lie["answer"]["task"], lie["answer"]["due_words"]) == (False, LIE, "by Friday")
    (meeting,) = read_set(folder)
    assert len(meeting.gold["action_items"]) == 1
    measured = run("eval", "--set", str(folder), "--json")
    assert measured.exit_code == 0, measured.output


def test_without_corrections_nothing_is_written(installation: Installation, run: Run, tmp_path: Path) -> None:
    completed(installation.store)
    installation.store.recording_edits.change(completed(installation.store, number=2).key, {"title": "x"}, by="x")
    assert "Written: 0 meetings" in run("corrections", "export", str(tmp_path / "cases")).stdout
