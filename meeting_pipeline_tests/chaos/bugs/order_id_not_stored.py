"""I4: the provider's order id for recording 4 is not stored, and the worker then dies: it is ordered again."""

import os
import signal
from typing import Any

MODULE = "meeting_pipeline.store.ledger.orders"
TITLE = "Chaos number 4"
BEGUN = "bug-order-id-not-stored"
"""A file in the crash point folder, so that the worker dies only once."""


def spoil(module: Any) -> None:
    """Drop the id and the order's state."""
    from meeting_pipeline.foundation.crash_points import FOLDER_VARIABLE
    from meeting_pipeline.store.tables import Recording

    ordered = module.Orders.ordered

    def forgetful(self: Any, order_id: str, *given: Any, **named: Any) -> None:
        ordered(self, order_id, *given, **named)
        with self._context.database.write() as session:
            order = session.get_one(module.TranscriptionOrder, order_id, with_for_update=True)
            if session.get_one(Recording, order.recording_key).title != TITLE:
                return
            mark = f"{os.environ[FOLDER_VARIABLE]}/.{BEGUN}"
            if os.path.exists(mark):  # noqa: PTH110 - it stands alone
                return
            order.state, order.provider_id, order.upload_url = "uploaded", None, order.upload_url
        with open(mark, "w"):  # noqa: PTH123 - as above
            os.kill(os.getpid(), signal.SIGKILL)

    module.Orders.ordered = forgetful
