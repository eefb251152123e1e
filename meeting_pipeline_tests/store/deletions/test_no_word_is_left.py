"""A word that is in everything that people and meetings say of one recording is in no table after its deletion."""

from pathlib import Path

from sqlalchemy import create_engine, event

from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.api.share_links import Shared
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base
from meeting_pipeline_tests.canaries import in_bytes, in_tables
from meeting_pipeline_tests.store.commitments.series import link, listed
from meeting_pipeline_tests.store.samples import HOOK, Journey, action_items, completed, decisions, speakers, summary

CANARY = "zanzibarquux"


def said_everywhere(store: Store) -> str:
    """A recording with the word in each place that has words."""
    options = SidecarOptions(
        webhook_url=f"{HOOK}/{CANARY}", participants=(f"Pia {CANARY}",), keyterms=(CANARY,), reference=CANARY,
        metadata={"project": CANARY},
    )  # fmt: skip
    journey = Journey(store, number=7).accept(title=f"Weekly {CANARY}", original_name=f"{CANARY}.wav", options=options)
    journey.begin().collect(f"I will send the {CANARY} e-{CANARY} list.", "Good.", f"The {CANARY} is late.")
    journey.answer(action_items(f"Send the {CANARY}"), decisions(f"Buy the {CANARY}"), summary(f"About {CANARY}."))
    journey.answer(speakers(f"Ada {CANARY}")).complete()
    key = journey.key
    store.speaker_edits.rename(key, "B", f"Bert {CANARY}", "ops")
    store.segment_edits.correct(key, 1, "ops", text=f"Good {CANARY}.")
    store.item_edits.add(key, Insight.ACTION_ITEMS, {"text": f"Write to {CANARY}"}, "ops")
    store.share_links.create(key, Shared(with_transcript=True), 3, by="ops")
    link(store)
    for one in listed(store):
        store.commitment_edits.set_state(one.id, CommitmentState.DONE, "ops")
    return key


def tables(store: Store) -> set[str]:
    """The tables that have the word."""
    engine = create_engine(store.database.engine.url)
    found = {one.place.split(".")[0] for one in in_tables(engine, [CANARY])}
    engine.dispose()
    return found


def test_no_word_is_left(store: Store) -> None:
    completed(store, 1)
    key = said_everywhere(store)
    before = tables(store)
    assert {
        "recordings",
        "segments",
        "search_lines",
        "search_names",
        "person_names",
        "submissions",
        "commitments",
    } <= before
    assert store.search.find(Question(CANARY), limit=5, lines=5).meetings
    store.deletions.delete(key, "ops", drop_deliveries=True)
    assert tables(store) <= {"search_words_data"}  # FTS5 merges deleted words later
    assert store.retrieval.passages(Question(f"What about the {CANARY} list?")).passages == ()
    assert store.deletions.compact().left is None
    assert tables(store) == set()
    if store.database.sqlite:
        assert {one.place for one in in_bytes(Path(str(store.database.engine.url.database)).parent, [CANARY])} == set()


def test_the_space_of_deleted_rows_is_freed_in_every_table(store: Store) -> None:
    vacuumed: list[str] = []

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("VACUUM"):
            vacuumed.append(statement.partition(" ")[2].strip('"'))

    store.deletions.compact()
    if not store.database.sqlite:  # there the file is rewritten as a whole
        assert sorted(vacuumed) == sorted(Base.metadata.tables)
