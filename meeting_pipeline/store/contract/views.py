"""The views of the contract, as SQL for SQLite and PostgreSQL, and their replacement around migrations.

Migrations change the tables freely: all views are dropped before, and created again after. The texts contain only our own
constants. Must not go here: what the columns mean (``columns.py``).
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, inspect, text

from meeting_pipeline.store.contract.columns import VIEWS, view_name

_SHOWN: Final = "({0}.verdict <> 'unverified' OR {0}.accepted_by IS NOT NULL)"
"""What may be presented as a fact."""


def drop_views(connection: Connection) -> None:
    """Remove all views of the contract."""
    present = set(inspect(connection).get_view_names())
    for name in sorted(present & {view_name(table) for table in VIEWS}):
        connection.execute(text(f"DROP VIEW {name}"))


def create_views(connection: Connection) -> None:
    """Create all views of the contract. They do not exist."""
    for table, query in queries(connection.dialect.name).items():
        connection.execute(text(f"CREATE VIEW {view_name(table)} AS {query}"))


def queries(dialect: str) -> Mapping[str, str]:
    """The query of each view. Raises: KeyError if one lacks a column."""
    sql = _Sql(sqlite=dialect == "sqlite")
    return {table: _selecting(table, *_SOURCES[table](sql)) for table in VIEWS}


def _selecting(table: str, columns: Mapping[str, str], source: str) -> str:
    shown = ", ".join(f"{columns[column.name]} AS {column.name}" for column in VIEWS[table])
    return f"SELECT {shown} FROM {source}"  # noqa: S608 - our own constants


class _Sql:
    """What the two databases write differently."""

    def __init__(self, *, sqlite: bool) -> None:
        self._sqlite = sqlite

    def field(self, column: str, name: str) -> str:
        """A text of a JSON object."""
        return f"json_extract({column}, '$.{name}')" if self._sqlite else f"({column} ->> '{name}')"

    def number(self, column: str, name: str) -> str:
        """A whole number of a JSON object."""
        return self.field(column, name) if self._sqlite else f"CAST({column} ->> '{name}' AS integer)"

    def flag(self, column: str, name: str) -> str:
        """Whether a JSON object says that something is true."""
        if self._sqlite:
            return f"json_extract({column}, '$.{name}')"
        return f"CAST({column} ->> '{name}' AS boolean)"

    def first(self, column: str, name: str | None = None) -> str:
        """The first whole number of a JSON list, which is ``column`` or in it."""
        if self._sqlite:
            return f"json_extract({column}, '$.{name}[0]')" if name else f"json_extract({column}, '$[0]')"
        return f"CAST({column} -> '{name}' ->> 0 AS integer)" if name else f"CAST({column} ->> 0 AS integer)"

    def whole(self, column: str) -> str:
        """A JSON value as text."""
        return f"CAST({column} AS text)"

    def each(self, column: str, name: str) -> str:
        """The elements of a list in a JSON object, as the table ``e`` with ``value``."""
        if self._sqlite:
            return f"json_each({column}, '$.{name}') AS e"
        return f"LATERAL json_array_elements({column} -> '{name}') WITH ORDINALITY AS e(value, place)"

    @property
    def place(self) -> str:
        """The place of an element of ``e`` in its list, from 0."""
        return "e.key" if self._sqlite else "CAST(e.place - 1 AS integer)"


def _is_current(alias: str) -> str:
    """Whether a row of ``artifacts`` is the current version of its result."""
    newer = f"SELECT 1 FROM artifacts x WHERE x.recording_key = {alias}.recording_key AND x.kind = {alias}.kind"  # noqa: S608
    return f"{alias}.available AND NOT EXISTS ({newer} AND x.available AND x.version > {alias}.version)"


def _newest(alias: str, key: str, kind: str) -> str:
    """Joins the current version of a result."""
    wanted = f"{alias}.recording_key = {key} AND {alias}.kind = {kind}"
    return f" LEFT JOIN artifacts {alias} ON {wanted} AND {_is_current(alias)}"


def _result(sql: _Sql, table: str, kind: str, columns: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """A table of current rows, with the version that they are part of."""
    shared = {"recording_id": "t.recording_key", "draft": sql.flag("c.provenance", "draft"), "version": "c.version"}
    return {**shared, **columns}, f"{table} t" + _newest("c", "t.recording_key", kind)


def _same(*names: str) -> dict[str, str]:
    return {name: f"t.{name}" for name in names}


def _recordings(_sql: _Sql) -> tuple[dict[str, str], str]:
    columns = _same(
        "title", "original_name", "meeting_date", "source", "status", "stage", "error_code", "duration_ms", "size_bytes",
        "completed_at", "revision",
    )  # fmt: skip
    return {"recording_id": "t.key", "submitted_at": "t.created_at", **columns}, "recordings t"


def _meetings(sql: _Sql) -> tuple[dict[str, str], str]:
    def count(table: str, condition: str = "") -> str:
        return f"(SELECT count(*) FROM {table} n WHERE n.recording_key = t.key{condition})"  # noqa: S608

    drafts = f" AND {_is_current('n')} AND {sql.flag('n.provenance', 'draft')}"
    shown = f" AND {_SHOWN.format('n')}"
    columns = {
        **_same("title", "meeting_date", "duration_ms"),
        "recording_id": "t.key",
        "segment_count": count("segments"),
        "speaker_count": "(SELECT count(DISTINCT n.speaker) FROM segments n WHERE n.recording_key = t.key)",
        "item_count": count("action_items", shown),
        "decision_count": count("decisions", shown),
        "gap_count": count("gaps"),
        "draft": f"({count('artifacts', drafts)} > 0)",
        "version": "c.version",
    }
    return columns, "recordings t" + _newest("c", "t.key", "'transcript'") + " WHERE t.status = 'completed'"


def _segments(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {"segment_id": 't."index"', **_same("speaker", "start_ms", "end_ms", "text", "confidence", "edited_by")}
    return _result(sql, "segments", "'transcript'", columns)


def _speakers(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {"speaker": "t.label", **_same("name", "confidence", "verdict", "accepted_by")}
    return _result(sql, "speakers", "'speakers'", columns)


def _item(sql: _Sql) -> dict[str, str]:
    same = _same("quote", "candidate", "status", "verdict", "accepted_by", "edited_by")
    return {**same, "segment_id": sql.first("t.segment_ids")}


def _items(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {"item_id": "t.position", **_same("task", "owner", "due_date", "due_words"), **_item(sql)}
    return _result(sql, "action_items", "'action_items'", columns)


def _decisions(sql: _Sql) -> tuple[dict[str, str], str]:
    return _result(sql, "decisions", "'decisions'", {"decision_id": "t.position", **_same("decision"), **_item(sql)})


def _of_summary(sql: _Sql, part: str, claim: str, columns: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """A part of the current summary, without what is withheld or was deleted by a person."""
    verdict = sql.field("e.value", "verdict")
    shared = {
        "recording_id": "t.recording_key",
        "verdict": verdict,
        "draft": sql.flag("t.provenance", "draft"),
        "version": "t.version",
    }
    edits = "SELECT 1 FROM claim_edits d WHERE d.recording_key = t.recording_key AND d.insight = 'summary'"
    edits += f" AND d.judgement = 'deleted' AND d.text = {sql.field('e.value', claim)}"
    wanted = f"t.kind = 'summary' AND {_is_current('t')}"
    wanted += f" AND {verdict} <> 'unverified' AND NOT EXISTS ({edits})"
    return {**shared, **columns}, f"artifacts t, {sql.each('t.payload', part)} WHERE {wanted}"


def _topics(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {"topic_id": sql.place, "title": sql.field("e.value", "title")}
    times = {name: sql.number("e.value", name) for name in ("start_ms", "end_ms")}
    return _of_summary(sql, "topics", "title", {**columns, **times})


def _summaries(sql: _Sql) -> tuple[dict[str, str], str]:
    first = sql.first("e.value", "segment_ids")
    columns = {"sentence_id": sql.place, "text": sql.field("e.value", "text"), "segment_id": first}
    return _of_summary(sql, "sentences", "text", columns)


def _insights(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {
        "item_id": "t.position",
        "fields": sql.whole("t.fields"),
        "segment_id": sql.first("t.segment_ids"),
        **_same("insight", "quote", "candidate", "verdict", "accepted_by"),
    }
    return _result(sql, "insight_items", "t.insight", columns)


def _costs(_sql: _Sql) -> tuple[dict[str, str], str]:
    orders = (
        "SELECT recording_key, id, 'transcript' AS kind, state, provider, NULL AS model, cost_usd, unpriced, created_at"
    )
    answers = "SELECT recording_key, id, insight, state, NULL, model, cost_usd, unpriced_calls, created_at"
    source = f"({orders} FROM transcription_orders UNION ALL {answers} FROM paid_answers) t"
    columns = _same("kind", "state", "provider", "model", "cost_usd", "unpriced", "created_at")
    return {"recording_id": "t.recording_key", "cost_id": "t.id", **columns}, source


def _versions(sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {
        "recording_id": "t.recording_key",
        "current": f"({_is_current('t')})",
        "provider": sql.field("t.provenance", "provider"),
        "model": sql.field("t.provenance", "model"),
        "error_code": "t.code",
        "draft": sql.flag("t.provenance", "draft"),
        **_same("kind", "version", "available", "prompt_version", "created_at"),
    }
    return columns, "artifacts t"


def _events(_sql: _Sql) -> tuple[dict[str, str], str]:
    columns = {"recording_id": "t.recording_key", "event_id": "t.seq", **_same("type", "status", "stage", "at")}
    return columns, "recording_events t"


_SOURCES: Final = {
    "recordings": _recordings,
    "meetings": _meetings,
    "segments": _segments,
    "speakers": _speakers,
    "items": _items,
    "decisions": _decisions,
    "topics": _topics,
    "summaries": _summaries,
    "insights": _insights,
    "costs": _costs,
    "versions": _versions,
    "events": _events,
}
