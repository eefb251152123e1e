"""An installation: settings, store and providers, opened together.

Belongs here: what every process of the pipeline opens first. Must not go here: code that uses it.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.remote_advice import record_for_remote
from meeting_pipeline.files.folder import FolderFiles
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.object_errors import not_set
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.files.port import Files
from meeting_pipeline.home import make_home
from meeting_pipeline.insights.registry import use_questions
from meeting_pipeline.insights.user_insights import load_user_insights
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.embedder import Embedder
from meeting_pipeline.providers.llm_ports import Analyst, QuestionModel
from meeting_pipeline.providers.paid_providers import daily_limit
from meeting_pipeline.providers.query_vectors import QueryVectors
from meeting_pipeline.providers.selection import SpeechProviders, analyst, embedder, question_model, require_speech
from meeting_pipeline.settings import Settings
from meeting_pipeline.settings.reachability import exposed_by
from meeting_pipeline.store.commitments.announcing import RenderCommitment
from meeting_pipeline.store.outbox.webhook_events import EventHeader, RenderBody
from meeting_pipeline.store.store import Store, open_store
from meeting_pipeline.webhooks.allowlist import parse_allow
from meeting_pipeline.webhooks.commitment_payload import build_commitment_payload
from meeting_pipeline.webhooks.payload import build_payload

RESTORING: Final = "restore.incomplete"
"""File in a home while a backup is restored into it. The home cannot be used before the restore has finished."""
RESTORED: Final = "restored.json"
"""File in a restored home: when its backup was made, and the signing secrets of endpoints that it brought back."""


@dataclass(frozen=True)
class Installation:
    """The opened components. Providers are created on first use: a process that never uses one imports no SDK."""

    settings: Settings
    store: Store

    @functools.cached_property
    def speech(self) -> SpeechProviders:
        """The transcription providers."""
        return SpeechProviders(self.settings)

    @functools.cached_property
    def analyst(self) -> Analyst:
        """The analyst that extracts the insights."""
        return analyst(self.settings)

    @functools.cached_property
    def question_model(self) -> QuestionModel | None:
        """The language model that answers people's questions, if there is one."""
        return question_model(self.settings)

    @functools.cached_property
    def embedder(self) -> Embedder | None:
        """What turns texts into vectors, if search by meaning is on."""
        return embedder(self.settings)

    @functools.cached_property
    def query_vectors(self) -> QueryVectors:
        """The vectors of searches that this process remembers."""
        return QueryVectors(policies.QUERIES_KEPT)

    @functools.cached_property
    def folder(self) -> FolderFiles:
        """The folder of recordings on this machine."""
        return FolderFiles(self.settings.recordings)

    @functools.cached_property
    def objects(self) -> ObjectFiles | None:
        """The object storage, if one is set. Connects to nothing before its first use."""
        url = self.settings.storage_url
        return ObjectFiles(url, self.settings.storage_endpoint) if url is not None else None

    @functools.cached_property
    def inbox_bucket(self) -> InboxBucket | None:
        """The bucket of the inbox, if one is set. Connects to nothing before its first use."""
        url = self.settings.inbox_url
        return InboxBucket(url, self.settings.inbox_service) if url is not None else None

    def files_at(self, object_prefix: str | None) -> Files:
        """Where the files of a recording are, by its ``object_prefix``. Raises: StorageRefused ``storage_not_set``."""
        if object_prefix is None:
            return self.folder
        if self.objects is None:
            raise not_set()
        return self.objects

    def close_question_model(self) -> None:
        """Close its connections and those to the embeddings server, if they were used."""
        used: list[QuestionModel | Embedder | None] = [vars(self).get(name) for name in ("question_model", "embedder")]
        for one in used:
            if one is not None:
                one.close()

    def with_service_tier(self, tier: str | None) -> "Installation":
        """The same installation with the provider's calls in this service tier; ``None``: in that of the settings."""
        if tier is None or tier == self.settings.openai_service_tier:
            return self
        settings = self.settings.model_copy(update={"openai_service_tier": tier})
        return replace(self, settings=settings)

    def with_analyst(self, other: Analyst) -> "Installation":
        """The same installation with another analyst, for one piece of work."""
        changed = replace(self)
        vars(changed).update(speech=self.speech, analyst=other)
        return changed


def results_url(settings: Settings, key: str) -> str:
    """Return the URL of a recording's results for people: its partition of ``minutes`` in the Dagster UI."""
    return f"{settings.ui_url}/assets/minutes?partition={quote(key)}&view=partitions"


def event_renderer(settings: Settings) -> RenderBody:
    """Return the renderer of webhook bodies for the store's outbox."""
    remote = exposed_by(settings) is not None

    def render(record: MeetingRecord, header: EventHeader) -> bytes:
        return build_payload(
            record_for_remote(record) if remote else record,
            header,
            results_url(settings, record.key),
            api_url=settings.api_url,
            mark_unverified=settings.mark_unverified,
        )

    return render


def commitment_renderer(settings: Settings) -> RenderCommitment | None:
    """Return the renderer of webhook bodies about commitments; ``None`` if these are off."""
    if settings.commitment_webhooks == "off":
        return None

    def render(
        header: EventHeader, recording: str, commitment: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> bytes:
        return build_commitment_payload(header, recording, commitment, before, results_url(settings, recording))

    return render


def open_installation(
    settings: Settings,
    *,
    now: Callable[[], datetime] | None = None,
    migrate: bool = True,
    restoring: bool = False,
) -> Installation:
    """Create the folders, open the store and migrate its schema. The insights ask the promoted questions from now on.

    ``now`` replaces the time of the database. ``migrate``: if false, the database is not accessed yet. ``restoring``: set by
    the restore of a backup into this home.

    Raises: OperatorError (home, drop folder or database unavailable, ``restore_incomplete``, ``provider_not_configured``),
        PermanentError ``bad_setting`` (a key, an allow-list).
    """
    if not restoring and (settings.home / RESTORING).exists():
        raise OperatorError(
            "restore_incomplete",
            f"A restore into {settings.home} was interrupted, or is in progress.",
            "Wait for it, or run `meeting-pipeline restore` again: it starts from the beginning.",
        )
    parse_allow(settings.webhook_allow)  # check now: a typo in it would cause valid recordings to be rejected later
    require_speech(settings)  # the same for a provider without a key
    make_home(settings)
    load_user_insights(settings.home)
    limit = daily_limit(settings)
    store = open_store(
        settings, event_renderer(settings), now=now, migrate=migrate, daily_limit=limit,
        render_commitment=commitment_renderer(settings),
    )  # fmt: skip
    if migrate:
        promoted = store.evaluations.promoted()
        use_questions(promoted.prompt.get("questions", {}) if promoted is not None else {})
    return Installation(settings, store)
