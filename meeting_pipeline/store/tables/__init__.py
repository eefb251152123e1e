"""The tables, as SQLAlchemy models. A change here needs a migration in ``migrations/versions``.

Reading guide: ``recordings`` is the job; ``submissions`` says who submitted it, and ``submission_index`` makes it searchable;
``transcription_orders`` is the ledger of paid transcriptions, ``transcription_parts`` that of transcriptions bought in parts;
``artifacts`` holds every version of every result; ``segments``, ``speakers``, ``action_items``, ``decisions`` and
``insight_items`` are the current rows for people who use SQL; ``gaps`` lists missing insights; ``recording_events`` is the live
progress; ``webhook_*`` is the outbox with its endpoints and their signing secrets, ``mail_deliveries`` that of mails;
``run_leases`` says which worker is alive; ``machines`` lists the workers of an installation with a broker,
``compatible_schemas`` which earlier programs work with a schema; ``staged_objects`` lists objects in storage that belong to no
recording yet, ``inbox_objects`` those seen in the inbox's bucket; ``paid_answers`` is the ledger of paid language-model calls,
``paid_questions`` of those that answer people's questions; ``provider_outages`` and ``webhook_endpoints`` list providers and
endpoints that must not be called at present; ``feed`` is all events in one order; ``api_keys`` and ``idempotent_requests``
belong to the HTTP service; ``speaker_edits`` holds people's corrections of speakers, ``claim_edits`` their judgements of single
claims, ``record_edits`` what they changed in items and segments, ``edit_history`` every edit in order; ``deleted_recordings`` is
what is kept of deleted recordings; ``tallies`` are totals, ``tally_changes`` the changes to be added to them; ``catalog_*`` says
what the cross-meeting tables lack; ``evaluations`` are measured versions, ``promotions`` those that were made the default;
``result_origins`` says what made the current results, ``fingerprints_in_use`` since when each fingerprint has been in use;
``search_*`` is the index of the search, with the vectors of what was said; ``version_changes`` says who promoted, discarded or
restored a version of a result; ``share_links`` are links to one meeting; ``commitments`` are the tasks and decisions over the
meetings of a series, and ``commitment_*`` their sources; ``campaigns`` and ``campaign_*`` are reprocessing campaigns;
``person_names`` says who the names in a recording belong to, and ``person_edits`` holds edits of people. Each module has the
tables of one subject. All are imported here, so that ``Base.metadata`` is complete for anyone who imports one.
Must not go here: queries, and rules about states (``store/recordings/state_machine.py``, ``store/ledger/orders.py``,
``store/outbox/outbox.py``).
"""

from meeting_pipeline.store.tables.base import Base
from meeting_pipeline.store.tables.campaigns import CampaignNoteRow, CampaignRecording, CampaignRow
from meeting_pipeline.store.tables.commitments import (
    Commitment,
    CommitmentChange,
    CommitmentEdit,
    CommitmentMeeting,
    CommitmentPart,
    CommitmentReport,
)
from meeting_pipeline.store.tables.edits import ClaimEdit, EditHistoryRow, RecordEdit, SpeakerEdit
from meeting_pipeline.store.tables.evaluations import EvaluationRow, Promotion
from meeting_pipeline.store.tables.ledger import (
    LLMCall,
    ProviderOutage,
    QuestionCall,
    TranscriptionOrder,
    TranscriptionPart,
)
from meeting_pipeline.store.tables.machines import CompatibleSchema, MachineRow
from meeting_pipeline.store.tables.objects import InboxObject, StagedObject
from meeting_pipeline.store.tables.origins import FingerprintInUse, ResultOrigin
from meeting_pipeline.store.tables.people import PersonEditRow, PersonName
from meeting_pipeline.store.tables.recordings import (
    DeletedRecording,
    FeedEntry,
    Recording,
    RecordingEvent,
    RunLease,
    Submission,
    SubmissionIndex,
)
from meeting_pipeline.store.tables.results import (
    ActionItemRow,
    Artifact,
    DecisionRow,
    GapRow,
    InsightItemRow,
    SegmentRow,
    SpeakerRow,
    VersionChange,
)
from meeting_pipeline.store.tables.search import (
    SearchLine,
    SearchMeeting,
    SearchName,
    SearchPending,
    SearchVector,
    SearchVectorSet,
)
from meeting_pipeline.store.tables.service import (
    ApiKey,
    CatalogChange,
    CatalogVersion,
    IdempotentRequest,
    ShareLink,
    Tally,
    TallyChange,
    WriteMark,
)
from meeting_pipeline.store.tables.voices import SpeakerVoice, VoiceSet
from meeting_pipeline.store.tables.webhooks import (
    MailDelivery,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSigningSecret,
)

__all__ = [
    "ActionItemRow",
    "ApiKey",
    "Artifact",
    "Base",
    "CampaignNoteRow",
    "CampaignRecording",
    "CampaignRow",
    "CatalogChange",
    "CatalogVersion",
    "ClaimEdit",
    "Commitment",
    "CommitmentChange",
    "CommitmentEdit",
    "CommitmentMeeting",
    "CommitmentPart",
    "CommitmentReport",
    "CompatibleSchema",
    "DecisionRow",
    "DeletedRecording",
    "EditHistoryRow",
    "EvaluationRow",
    "FeedEntry",
    "FingerprintInUse",
    "GapRow",
    "IdempotentRequest",
    "InboxObject",
    "InsightItemRow",
    "LLMCall",
    "MachineRow",
    "MailDelivery",
    "PersonEditRow",
    "PersonName",
    "Promotion",
    "ProviderOutage",
    "QuestionCall",
    "RecordEdit",
    "Recording",
    "RecordingEvent",
    "ResultOrigin",
    "RunLease",
    "SearchLine",
    "SearchMeeting",
    "SearchName",
    "SearchPending",
    "SearchVector",
    "SearchVectorSet",
    "SegmentRow",
    "ShareLink",
    "SpeakerEdit",
    "SpeakerRow",
    "SpeakerVoice",
    "StagedObject",
    "Submission",
    "SubmissionIndex",
    "Tally",
    "TallyChange",
    "TranscriptionOrder",
    "TranscriptionPart",
    "VersionChange",
    "VoiceSet",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSigningSecret",
    "WriteMark",
]
