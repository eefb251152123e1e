"""Advice in responses: that of the error, unless the service can be reached by callers who have only HTTP.

While only this machine can reach it, callers can run the commands that the advice names. Must not go here: the wording
(``domain/remote_advice.py``).
"""

from meeting_pipeline.domain.errors import OperatorError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.remote_advice import REMOTE_MESSAGE, record_for_remote, remote_advice
from meeting_pipeline.settings import Settings
from meeting_pipeline.settings.reachability import exposed_by


def advice_for(settings: Settings, code: str, advice: str) -> str:
    """The advice to send with an error of this code."""
    return advice if exposed_by(settings) is None else remote_advice(code, advice)


def message_for(settings: Settings, error: PipelineError) -> str:
    """The message to send with an error: one about the machine may name its paths and hosts."""
    if exposed_by(settings) is None or not isinstance(error, StoreUnavailable | OperatorError):
        return error.message
    return REMOTE_MESSAGE


def is_remote(settings: Settings) -> bool:
    """Whether callers may have only HTTP."""
    return exposed_by(settings) is not None


def record_for(settings: Settings, record: MeetingRecord) -> MeetingRecord:
    """The record to send."""
    return record if exposed_by(settings) is None else record_for_remote(record)
