"""A system whose recordings are in object storage: drop folder, HTTP service, player and deletion.

The storage is down for a while: what was submitted before waits, what is submitted meanwhile stays in the drop folder or is
refused with 503, and everything resumes when it is back. Two recordings are in work at that time, and nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.object_storage import KEY, SECRET, ObjectStorage
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Outside, System

pytestmark = pytest.mark.scenario
PREFIX = "of-a-scenario"
INBOX = "inbox-of-a-scenario"


@pytest.fixture(scope="module")
def system(object_storage: ObjectStorage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system, with everything in object storage."""
    with Outside() as outside:
        keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
        home = tmp_path_factory.mktemp("objects") / "home"
        inbox = {"MEETING_PIPELINE_INBOX_URL": f"s3://{object_storage.bucket}/{INBOX}"}
        system = QuickSystem(home, outside, **object_storage.environment(PREFIX), **inbox, **keys)
        try:
            yield system.start()
        finally:
            system.stop()


def objects_of(storage: ObjectStorage, system: System, key: str) -> set[str]:
    """The objects of a recording."""
    [row] = system.rows("SELECT object_prefix FROM recordings WHERE key = :key", key=key)
    return storage.names(f"{PREFIX}/{row['object_prefix']}")


def test_recordings_live_in_the_storage_from_intake_to_deletion_through_an_outage_of_it(
    system: System, object_storage: ObjectStorage
) -> None:
    with httpx.Client(base_url=system.api_url, trust_env=False, timeout=PATIENCE_SECONDS) as api:
        sound = system.drop("weekly.wav", media.wav("weekly"))
        said = media.vtt(("Dana", "We decided to move to object storage."), ("Priya", "I will do it by Friday."))
        sent = api.post("/v1/recordings", files={"file": ("talk.vtt", said)})
        assert sent.status_code == 202, sent.text
        system.wait_until_over(sound)
        key = system.key(sound)
        assert len(objects_of(object_storage, system, key)) == 1
        player = api.get(f"/v1/recordings/{key}/media", headers={"Range": "bytes=0-43"})
        assert (player.status_code, player.content) == (206, media.wav("weekly")[:44])

        with object_storage.away():
            meanwhile = system.drop("meanwhile.wav", media.wav("meanwhile"))
            refused = api.post("/v1/recordings", files={"file": ("refused.vtt", said + "\n\n")})
            assert (refused.status_code, refused.json()["code"]) == (503, "storage_unreachable")
            unheard = api.get(f"/v1/recordings/{key}/media")
            assert (unheard.status_code, unheard.json()["code"]) == (503, "storage_unreachable")
            assert api.get(f"/v1/meetings/{key}/minutes.md").status_code == 200, "the rest works without it"
            system.wait_for(
                lambda: "storage_unreachable" in "".join(text for _, text in system.logs()), "the outage noted"
            )
        system.wait_until_over(meanwhile)
        back = media.vtt(("Dana", "The storage is back."), ("Priya", "Good to know."))
        afterwards = system.drop("afterwards.vtt", back.encode())
        system.wait_until_over(afterwards)  # taking it removes what was left of uploads that the outage cut off
        sent_key = sent.json()["recording_id"]
        system.wait_for(lambda: api.get(f"/v1/recordings/{sent_key}").json()["status"] == "completed", "the talk")

        objects = objects_of(object_storage, system, key)
        system.wait_for(lambda: api.delete(f"/v1/recordings/{key}").status_code == 204, "the deletion")
        assert not objects & object_storage.names(PREFIX)
        assert api.get(f"/v1/recordings/{key}/media").status_code in (404, 410)
        others = (system.key(meanwhile), system.key(afterwards), sent_key)
        kept = {name for other in others for name in objects_of(object_storage, system, other)}
        system.wait_for(lambda: system.rows("SELECT prefix FROM staged_objects") == [], "nothing half-uploaded")
        assert object_storage.names(PREFIX) == {*kept, f"{PREFIX}/storage-id"}
        local = [path for path in files_below(system.home / "recordings") if path.stem == "original"]
        assert local == [], "nothing stays on this machine"


def test_objects_of_the_inbox_are_processed_like_dropped_files(system: System, object_storage: ObjectStorage) -> None:
    said = media.vtt(("Dana", "We decided to take recordings from a bucket."), ("Priya", "I will test it by Friday."))
    object_storage.put(f"{INBOX}/2026/talk.json", b'{"title": "From a bucket", "reference": "bucket-1"}')
    object_storage.put(f"{INBOX}/2026/talk.vtt", said.encode())
    object_storage.put(f"{INBOX}/2026/broken.wav", b"no sound")
    with httpx.Client(base_url=system.api_url, trust_env=False, timeout=PATIENCE_SECONDS) as api:

        def found() -> list[dict[str, str]]:
            rows: list[dict[str, str]] = api.get("/v1/recordings", params={"reference": "bucket-1"}).json()[
                "recordings"
            ]
            return rows

        system.wait_for(lambda: [row["status"] for row in found()] == ["completed"], "the object's meeting")
        [row] = found()
        assert (row["title"], row["source"]) == ("From a bucket", "bucket")
    system.wait_for(lambda: object_storage.names(INBOX) == set(), "all objects taken or rejected")
    system.wait_for(lambda: len(list((system.home / "rejected").rglob("broken.wav"))) == 1, "the rejected file")
    system.wait_for(lambda: system.rows("SELECT name FROM inbox_objects") == [], "nothing noted")
