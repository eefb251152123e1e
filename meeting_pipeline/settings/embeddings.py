"""Search by meaning: the embeddings endpoint, and what it may cost.

Belongs here: fields of ``Settings`` on this subject. Must not go here: reading them (``loading.py``), their variables
(``variables.py``), which key goes to which address (``providers/embedding_setup.py``).
"""

from pydantic import Field

from meeting_pipeline.settings.field_types import ApiKey, Price, WebAddress
from meeting_pipeline.settings.subject import SubjectSettings


class EmbeddingsSettings(SubjectSettings):
    """Search by meaning: the embeddings endpoint, and what it may cost."""

    embeddings_model: str | None = Field(
        default=None,
        min_length=1,
        description="Embeddings model, such as `text-embedding-3-small`, with which search and questions also find "
        "what was said in other words. Transcripts are sent to its server. Unset: words alone.",
    )
    embeddings_base_url: WebAddress | None = Field(
        default=None,
        description="Address of an OpenAI-compatible server with `/embeddings`. Unset: `OPENAI_BASE_URL`.",
    )
    embeddings_api_key: ApiKey = Field(
        default=None,
        description="API key for that server. Unset: `OPENAI_API_KEY`, but only at the same address; your own server "
        "may need none.",
    )
    embeddings_dimensions: int | None = Field(
        default=None,
        ge=8,
        le=8192,
        description="Length of the vectors, if the model can shorten them. Unset: the model's own.",
    )
    embeddings_usd_per_million: Price | None = Field(
        default=None,
        description="Price of a million tokens. Unset: the listed price of the model; 0 at a server without a key; unknown for a "
        "model that is not listed.",
    )
    embeddings_usd_per_day: Price = Field(
        default=1.0,
        description="The most that embeddings may cost per day (UTC), in addition to "
        "`MEETING_PIPELINE_MAX_USD_PER_DAY`. Once it is reached, meetings wait for the next day, and searches use "
        "words alone. See [below](#notes).",
    )
