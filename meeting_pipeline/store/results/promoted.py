"""The promoted prompts, for a process that only loads the definitions: it must neither create nor wait for a database.

Must not go here: promoting (``evaluations.py``).
"""

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, select
from sqlalchemy.exc import SQLAlchemyError

from meeting_pipeline.store.engine.connecting import read_url
from meeting_pipeline.store.tables import Promotion

_CONNECT_SECONDS: Final = 3
"""The definitions are loaded without the questions rather than late: they are loaded again when the system starts."""
_log = logging.getLogger(__name__)


def promoted_questions(url: str) -> dict[str, str]:
    """The questions of the promotion in force, by insight; none if the database is not there, or not ready."""
    try:
        parsed = read_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and not (parsed.database and Path(parsed.database).is_file()):
            return {}
        limits = {} if sqlite else {"connect_timeout": _CONNECT_SECONDS}
        engine = create_engine(parsed, hide_parameters=True, connect_args=limits)
        try:
            with engine.connect() as connection:
                query = select(Promotion.prompt).order_by(Promotion.promoted_at.desc(), Promotion.id).limit(1)
                prompt = connection.execute(query).scalar()
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError) as error:
        _log.warning("the promoted questions cannot be read (%s)", type(error).__name__)
        return {}
    found = prompt.get("questions") if isinstance(prompt, dict) else None
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}
