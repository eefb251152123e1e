"""The tables of paid work, and of providers that are unavailable at present.

Must not go here: the results (``results.py``).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class TranscriptionOrder(Base):
    """The ledger of paid transcriptions: at most one row per recording and set of options."""

    __tablename__ = "transcription_orders"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    options_hash: Mapped[str] = mapped_column(String(64))
    """For an order that was given up, its own id: this makes room for a new order with the same options."""
    options: Mapped[dict[str, Any]]
    provider: Mapped[str] = mapped_column(WORD)
    state: Mapped[str] = mapped_column(WORD)
    """``new`` -> ``uploaded`` -> ``ordering`` -> ``ordered`` -> ``collected`` | ``rejected`` | ``given_up``."""
    upload_url: Mapped[str | None] = mapped_column(TEXT)
    provider_id: Mapped[str | None] = mapped_column(TEXT)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None]
    """Who is placing the order now; a claim that is not renewed expires."""
    error_code: Mapped[str | None] = mapped_column(WORD)
    error_message: Mapped[str | None] = mapped_column(TEXT)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    """The part with a known price, once the transcript is collected."""
    unpriced: Mapped[int] = mapped_column(default=0, server_default="0")
    """1 if the price, or a part of it, is unknown."""
    expected_usd: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """What a placed order will cost, as far as prices are known. The daily limit counts it until the order is finished."""
    created_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    """When the provider said that it has finished: a hint to poll at once. Only a poll shows that it has."""

    __table_args__ = (
        UniqueConstraint("recording_key", "options_hash", name="uq_orders_recording_options"),
        Index("ix_orders_state", "state"),
        Index("ix_orders_provider_id", "provider_id"),
        Index("ix_orders_ordered_at", "ordered_at"),
    )


class TranscriptionPart(Base):
    """A part of a recording whose transcription is bought in parts, each by one call that waits for its answer.

    The parts of an order are the plan, written before the first call; each call is noted before and after it is made.
    """

    __tablename__ = "transcription_parts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    order_id: Mapped[str] = mapped_column(String(40), ForeignKey("transcription_orders.id"))
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    state: Mapped[str] = mapped_column(WORD)
    """``planned`` -> ``asking`` -> ``answered`` | ``planned`` (no answer came)."""
    lost_calls: Mapped[int] = mapped_column(default=0)
    """Calls that may have been billed although no usable answer came."""
    run_id: Mapped[str | None] = mapped_column(String(64))
    """The run that asked last, or whose answer is stored."""
    server: Mapped[str] = mapped_column(String(64))
    """Hash of the server's address and model."""
    variant: Mapped[str | None] = mapped_column(WORD)
    """The form of request that this server has answered; it is tried first for the next part."""
    error_code: Mapped[str | None] = mapped_column(WORD)
    """Why the last call brought no usable answer."""
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    """Price of the answers, as far as it is known; it is part of the order's."""
    unpriced: Mapped[int] = mapped_column(default=0, server_default="0")
    """Answers whose price is unknown."""
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    """What the server returned. The last column: see ``Artifact.payload``."""

    __table_args__ = (
        Index("ix_transcription_parts_order", "order_id", "start_ms"),
        Index("ix_transcription_parts_server", "server", "ended_at"),
        Index("ix_transcription_parts_ended_at", "ended_at"),
    )


class LLMCall(Base):
    """The ledger of paid language-model calls: one row per call, written before it is made and updated when it ends.

    A call that certainly cost nothing (the server was busy, or refused the key) leaves no row.
    """

    __tablename__ = "paid_answers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    insight: Mapped[str] = mapped_column(WORD)
    question_hash: Mapped[str] = mapped_column(String(64))
    """Hash of the whole request: the same question is not bought twice."""
    run_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(WORD)
    """``asking`` -> ``answered`` | ``unusable`` | ``lost``; ``answered`` -> ``unusable``."""
    model: Mapped[str] = mapped_column(TEXT)
    prompt_version: Mapped[str] = mapped_column(WORD)
    error_code: Mapped[str | None] = mapped_column(WORD)
    """Why the response is unusable though it was billed, or why none came though one may have been billed."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    unpriced_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    """1 if the price of the model is unknown; ``cost_usd`` is 0 then."""
    created_at: Mapped[datetime]
    """When the call was made."""
    ended_at: Mapped[datetime | None]
    campaign: Mapped[str | None] = mapped_column(WORD)
    """The campaign that bought it."""
    answer: Mapped[dict[str, Any] | None]
    """``{"text": ...}`` as the model returned it. The last column: see ``Artifact.payload``."""

    __table_args__ = (
        Index("ix_paid_answers_question", "recording_key", "question_hash"),
        Index("ix_paid_answers_state", "state", "created_at"),
        Index(
            "ix_paid_answers_campaign",
            "campaign",
            "state",
            "created_at",
            "cost_usd",
            "unpriced_calls",
            postgresql_where=text("campaign IS NOT NULL"),
            sqlite_where=text("campaign IS NOT NULL"),
        ),  # only the calls of campaigns; their sums are read from it without the answers
    )


class QuestionCall(Base):
    """The ledger of calls that answer people's questions: one row per call, written before it is made and updated when it ends.

    Neither the question nor the answer is in it, nor the meetings that the answer cites.
    """

    __tablename__ = "paid_questions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(WORD)
    """``asking`` -> ``answered`` | ``unusable`` | ``lost``, as in ``paid_answers``."""
    model: Mapped[str] = mapped_column(TEXT)
    prompt_version: Mapped[str] = mapped_column(WORD)
    error_code: Mapped[str | None] = mapped_column(WORD)
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    unpriced_calls: Mapped[int] = mapped_column(default=0)
    """1 if the price of the model is unknown; ``cost_usd`` is 0 then."""
    expected_usd: Mapped[float]
    """The amount that counts for the daily limit until the price is known, and for a call whose answer was lost."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class ProviderOutage(Base):
    """A service of a provider that is unavailable at present, or is suspected to be. No row: it works."""

    __tablename__ = "provider_outages"

    provider: Mapped[str] = mapped_column(WORD, primary_key=True)
    service: Mapped[str] = mapped_column(WORD, primary_key=True)
    """A ``Service`` (``domain/outage.py``)."""
    state: Mapped[str] = mapped_column(WORD)
    """``suspected`` (one recording has run into it) -> ``open``."""
    code: Mapped[str] = mapped_column(WORD)
    message: Mapped[str] = mapped_column(TEXT)
    advice: Mapped[str] = mapped_column(TEXT)
    operator: Mapped[bool]
    """A key, an account or a setting is wrong: a person has to fix it."""
    witness: Mapped[str | None] = mapped_column(KEY)
    """The last recording that ran into it."""
    since: Mapped[datetime]
    tries: Mapped[int]
    """Probes so far."""
    probe_at: Mapped[datetime]
    """When the next probe is due."""
    trial: Mapped[str | None] = mapped_column(KEY)
    """The recording that may use the service despite the outage."""
