"""The language model that extracts insights: its address, its prices, and how it is called.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Literal

from pydantic import Field

from meeting_pipeline.settings.field_types import (
    ApiKey,
    Prices,
    TokenPrices,
    WebAddress,
)
from meeting_pipeline.settings.subject import SubjectSettings


class LanguageModelSettings(SubjectSettings):
    """The language model that extracts insights: its address, its prices, and how it is called."""

    openai_api_key: ApiKey = Field(default=None, description="Turns on extraction by a language model.")
    openai_base_url: WebAddress = Field(
        default="https://api.openai.com/v1",
        description="Address of OpenAI or a compatible server.",
    )
    openai_model: str = Field(default="gpt-6-luna", min_length=1, description="Model for the four insights.")
    openai_api: str = Field(
        default="responses", pattern="^(responses|chat)$", description="`responses`, or `chat` for compatible servers."
    )
    openai_service_tier: Literal["default", "flex"] | None = Field(
        default=None,
        description="OpenAI's service tier for calls: `default`, or `flex`, which costs half and is slower. Unset: the account's "
        "choice. A campaign can choose another one.",
    )
    openai_reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        default=None,
        description="How much the model reasons before it answers: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`. "
        "Not every model supports all of them. Unset: the model's default.",
    )
    openai_prompt_cache: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether to use the provider's prompt cache; see [below](#notes). `auto`: only at OpenAI's own "
        "address. `on`: at any address, for example a gateway to OpenAI.",
    )
    openai_support_check: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether a model gives a second opinion on each item; see [below](#notes). `auto`: for recordings "
        "of ten minutes or more, if it is expected to cost less than 5 % of the recording.",
    )
    openai_support_model: str | None = Field(
        default=None, min_length=1, description="Model for second opinions. Unset: `OPENAI_MODEL`."
    )
    openai_usd_per_million: Prices | None = Field(
        default=None,
        description="Prices of `OPENAI_MODEL` per million tokens: input, cached input, output. Unset: the listed price "
        "of the model; unknown for a model that is not listed.",
    )
    openai_prices: TokenPrices = Field(
        default=(),
        description="Adds to the table of prices per million tokens: `MODEL=INPUT/CACHED/OUTPUT@DATE`, separated by "
        "commas. For cache writes and service tiers, see [below](#notes).",
    )
    openai_input_tokens: int = Field(
        default=200_000, ge=2_000, description="Longest input of one call; a longer transcript is split and merged."
    )
