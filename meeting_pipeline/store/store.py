"""The store: all repositories over one database, opened with one call.

Must not go here: queries; each has its repository.
"""

from collections.abc import Callable
from datetime import datetime

from meeting_pipeline.domain.daily_limit import DailyLimit
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.api.api_keys import ApiKeys
from meeting_pipeline.store.api.idempotency import Idempotency
from meeting_pipeline.store.api.share_links import ShareLinks
from meeting_pipeline.store.campaigns.changing import CampaignChanges
from meeting_pipeline.store.campaigns.limits import CampaignLimits
from meeting_pipeline.store.campaigns.reading import Campaigns
from meeting_pipeline.store.campaigns.work import CampaignWork
from meeting_pipeline.store.commitments.announcing import CommitmentEvents, RenderCommitment
from meeting_pipeline.store.commitments.editing import CommitmentEdits
from meeting_pipeline.store.commitments.pages import Commitments
from meeting_pipeline.store.commitments.refreshing import CommitmentLinks
from meeting_pipeline.store.contract.reading import ContractRows
from meeting_pipeline.store.deletions.deleted_recordings import DeletedRecordings
from meeting_pipeline.store.deletions.deletions import Deletions
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher, encryption_key
from meeting_pipeline.store.event_log.event_log import Feed
from meeting_pipeline.store.ledger.cost_queries import CostQueries
from meeting_pipeline.store.ledger.embedding_calls import EmbeddingCalls
from meeting_pipeline.store.ledger.last_calls import LastCalls
from meeting_pipeline.store.ledger.llm_calls import LLMCalls
from meeting_pipeline.store.ledger.orders import Orders
from meeting_pipeline.store.ledger.orders_in_flight import OrdersInFlight
from meeting_pipeline.store.ledger.parts import Parts
from meeting_pipeline.store.ledger.questions import Questions
from meeting_pipeline.store.machines import Machines
from meeting_pipeline.store.metrics.statistics import StatisticsOfStore
from meeting_pipeline.store.outbox.deliveries import Deliveries
from meeting_pipeline.store.outbox.mails import Mails
from meeting_pipeline.store.outbox.outbox import Outbox
from meeting_pipeline.store.outbox.signing_secrets import SigningSecrets
from meeting_pipeline.store.outbox.webhook_events import RenderBody, WebhookEvents
from meeting_pipeline.store.people.editing import PersonEdits
from meeting_pipeline.store.people.pages import People
from meeting_pipeline.store.people.suggesting import PeopleSuggestions
from meeting_pipeline.store.people.voices import Voices
from meeting_pipeline.store.recordings.attention import AttentionOfStore
from meeting_pipeline.store.recordings.cancelling import Cancelling
from meeting_pipeline.store.recordings.due_work import DueWork
from meeting_pipeline.store.recordings.file_places import FilePlaces
from meeting_pipeline.store.recordings.gap_requests import GapRequests
from meeting_pipeline.store.recordings.inbox_objects import InboxObjects
from meeting_pipeline.store.recordings.lease_watch import LeaseWatch
from meeting_pipeline.store.recordings.leases import Leases
from meeting_pipeline.store.recordings.lifecycle import Lifecycle
from meeting_pipeline.store.recordings.outages import Outages
from meeting_pipeline.store.recordings.queries import Overviews
from meeting_pipeline.store.recordings.recordings import Recordings
from meeting_pipeline.store.recordings.recovery import Recovery
from meeting_pipeline.store.recordings.registrations import Registrations
from meeting_pipeline.store.recordings.staged_objects import StagedObjects
from meeting_pipeline.store.results.claim_edits import ClaimEdits
from meeting_pipeline.store.results.edit_history import EditHistory
from meeting_pipeline.store.results.evaluations import Evaluations
from meeting_pipeline.store.results.item_edits import ItemEdits
from meeting_pipeline.store.results.origins import Origins
from meeting_pipeline.store.results.recording_edits import RecordingEdits
from meeting_pipeline.store.results.records import Records
from meeting_pipeline.store.results.results import Results
from meeting_pipeline.store.results.segment_edits import SegmentEdits
from meeting_pipeline.store.results.speaker_edits import SpeakerEdits
from meeting_pipeline.store.results.table_changes import TableChanges
from meeting_pipeline.store.results.undoing import Undoing
from meeting_pipeline.store.results.version_changes import Versions
from meeting_pipeline.store.results.version_history import VersionHistory
from meeting_pipeline.store.search.finding import Search
from meeting_pipeline.store.search.rebuilding import SearchIndex
from meeting_pipeline.store.search.retrieving import Retrieval
from meeting_pipeline.store.search.vector_sets import VectorSets


class Store:
    """One repository per aggregate."""

    def __init__(
        self, context: StoreContext, render_event: RenderBody, render_commitment: RenderCommitment | None = None
    ) -> None:
        self.context = context
        self.database = context.database
        events = WebhookEvents(context, render_event)
        self._open_recordings(context, events)
        self._open_work_of_runs(context, events)
        self._open_paid_calls(context)
        self._open_results(context)
        self._open_edits(context, events)
        self._open_search(context)
        self._open_commitments_and_people(context, events, render_commitment)
        self._open_deliveries(context)
        self._open_campaigns(context)
        self._open_access(context)
        self._open_watching(context)

    def _open_recordings(self, context: StoreContext, events: WebhookEvents) -> None:
        """Recordings and the places of their files."""
        self.recordings = Recordings(context, events)
        self.registrations = Registrations(context)
        self.staged_objects = StagedObjects(context)
        self.inbox_objects = InboxObjects(context)
        self.file_places = FilePlaces(context)
        self.overviews = Overviews(context)
        self.deletions = Deletions(context)
        self.deleted_recordings = DeletedRecordings(context)

    def _open_work_of_runs(self, context: StoreContext, events: WebhookEvents) -> None:
        """What is due, who works on it, and what happens when a worker dies."""
        self.due_work = DueWork(context)
        self.lifecycle = Lifecycle(context, events, self.due_work)
        self.leases = Leases(context)
        self.lease_watch = LeaseWatch(context)
        self.machines = Machines(context)
        self.recovery = Recovery(context, events)
        self.cancelling = Cancelling(context, events, self.lease_watch)
        self.gap_requests = GapRequests(context)

    def _open_paid_calls(self, context: StoreContext) -> None:
        """The ledger: purchases, their cost, and the outages that stop purchases."""
        self.orders = Orders(context)
        self.orders_in_flight = OrdersInFlight(context)
        self.parts = Parts(context)
        self.outages = Outages(context)
        self.llm_calls = LLMCalls(context)
        self.questions = Questions(context)
        self.embedding_calls = EmbeddingCalls(context)
        self.costs = CostQueries(context)
        self.last_calls = LastCalls(context)

    def _open_results(self, context: StoreContext) -> None:
        """Transcripts, insights and minutes, with their versions."""
        self.results = Results(context)
        self.records = Records(context)
        self.version_history = VersionHistory(context)
        self.versions = Versions(context)
        self.origins = Origins(context)
        self.table_changes = TableChanges(context)
        self.contract = ContractRows(context)
        self.evaluations = Evaluations(context)

    def _open_edits(self, context: StoreContext, events: WebhookEvents) -> None:
        """Changes that people make to a record."""
        self.claim_edits = ClaimEdits(context, events)
        self.speaker_edits = SpeakerEdits(context, events)
        self.item_edits = ItemEdits(context, events, self.claim_edits)
        self.segment_edits = SegmentEdits(context, events)
        self.recording_edits = RecordingEdits(context, events)
        self.edit_history = EditHistory(context)
        self.undoing = Undoing(context, events, self.claim_edits, self.speaker_edits, self.recording_edits)

    def _open_search(self, context: StoreContext) -> None:
        """Search by words and by meaning."""
        self.search = Search(context)
        self.search_index = SearchIndex(context)
        self.retrieval = Retrieval(context)
        self.vector_sets = VectorSets(context)

    def _open_commitments_and_people(
        self, context: StoreContext, events: WebhookEvents, render: RenderCommitment | None
    ) -> None:
        """Data over several meetings: commitments, people and their voices."""
        self.commitments = Commitments(context)
        self.commitment_edits = CommitmentEdits(context)
        self.commitment_links = CommitmentLinks(context)
        self.commitment_events = CommitmentEvents(context, events, render)
        self.people = People(context)
        self.person_edits = PersonEdits(context)
        self.people_suggestions = PeopleSuggestions(context)
        self.voices = Voices(context)

    def _open_deliveries(self, context: StoreContext) -> None:
        """What leaves the system: webhooks and mails."""
        self.outbox = Outbox(context)
        self.deliveries = Deliveries(context)
        self.mails = Mails(context)
        self.signing_secrets = SigningSecrets(context)

    def _open_campaigns(self, context: StoreContext) -> None:
        """Reprocessing of many recordings."""
        self.campaigns = Campaigns(context)
        self.campaign_changes = CampaignChanges(context)
        self.campaign_work = CampaignWork(context)
        self.campaign_limits = CampaignLimits(context)

    def _open_access(self, context: StoreContext) -> None:
        """Who may use the HTTP API, and stored responses."""
        self.idempotency = Idempotency(context)
        self.api_keys = ApiKeys(context)
        self.share_links = ShareLinks(context)

    def _open_watching(self, context: StoreContext) -> None:
        """What people and metrics watch."""
        self.statistics = StatisticsOfStore(context)
        self.feed = Feed(context)
        self.attention = AttentionOfStore(context)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def open_store(
    settings: Settings,
    render_event: RenderBody,
    *,
    now: Callable[[], datetime] | None = None,
    migrate: bool = True,
    daily_limit: DailyLimit | None = None,
    render_commitment: RenderCommitment | None = None,
) -> Store:
    """Open the installation's store and bring its schema up to date (unless ``migrate`` is false).

    ``now`` replaces the time of the database. Without ``render_commitment`` no changes of commitments are announced.

    Raises: OperatorError (unreachable, newer schema), PermanentError (bad key).
    """
    database = Database(settings.store_url)
    context = StoreContext(
        database,
        Cipher(encryption_key(settings)),
        now,
        settings.time_scale,
        daily_limit,
        commitment_events=render_commitment is not None,
        mail=settings.mail_rules,
    )
    store = Store(context, render_event, render_commitment)
    if migrate:
        database.migrate()
    return store
