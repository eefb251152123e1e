"""``/v1/attention``: what needs a person, with counts.

Must not go here: how it is counted (``store/recordings/attention.py``).
"""

from fastapi import APIRouter

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.attention import Attention, attention_response
from meeting_pipeline.api.schemas.problems import REFUSED, responses

router = APIRouter(prefix="/v1", tags=["recordings"], route_class=StrictRoute)


@router.get("/attention", operation_id="getAttention", responses=responses(**REFUSED))
def get_attention(installation: Opened, _caller: Reader) -> Attention:
    """Count what needs a person: recordings that failed or lack a result, unconfirmed items, overdue commitments.

    The recordings themselves: `GET /v1/recordings?status=failed` and `?gap=any`; the commitments:
    `GET /v1/commitments?overdue=true`.
    """
    return attention_response(installation.store.attention.now())
