"""Checks of the settings: each odd variable is named, no value is shown.

Must not go here: checks of what the settings point at.
"""

import difflib
from collections.abc import Iterator, Mapping

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.providers.registry import all_specs
from meeting_pipeline.settings import VARIABLES, Settings, load_settings

_NAME = "settings"
_OURS = "MEETING_PIPELINE_"
_OTHERS = {"MEETING_PIPELINE_SUBMIT_SECRET", "MEETING_PIPELINE_DAGSTER_STORAGE_URL"}
"""Variables of ours that are no settings."""


def read_settings(environment: Mapping[str, str]) -> tuple[Settings, list[Finding], frozenset[str]]:
    """The settings without the odd ones, what was found, and the names of the odd variables."""
    findings: list[Finding] = []
    odd = set()
    home = VARIABLES["home"]
    for variable in VARIABLES.values():
        alone = {variable: environment.get(variable, "")}
        if variable == VARIABLES["drop_folder"] and home not in odd:
            alone[home] = environment.get(home, "")  # the one must not hold the other
        try:
            load_settings(alone)
        except PipelineError as error:
            odd.add(variable)
            findings.append(failed(_NAME, error))
    settings = load_settings({name: value for name, value in environment.items() if name not in odd})
    findings += [*_api_keys(settings), *_webhooks(settings), *_unknown(environment)]
    if not findings:
        given = [name for name in VARIABLES.values() if environment.get(name)]
        findings.append(ok(_NAME, f"All are well formed. Set: {', '.join(given) or 'none, defaults apply'}."))
    return settings, findings, frozenset(odd)


def _api_keys(settings: Settings) -> Iterator[Finding]:
    for spec in all_specs():
        key = spec.key(settings) if spec.key is not None else None
        if key is not None and key.get_secret_value() != key.get_secret_value().strip():
            yield fail(_NAME, f"{spec.key_variable}: has white space around it.", "Set the key alone.")


def _webhooks(settings: Settings) -> Iterator[Finding]:
    from meeting_pipeline.webhooks.allowlist import parse_allow

    try:
        parse_allow(settings.webhook_allow)
    except PipelineError as error:  # its message shows the entry, which may be a secret in the wrong variable
        yield fail(_NAME, f"{VARIABLES['webhook_allow']}: an entry cannot be read.", error.advice)
    if settings.time_scale != 1.0:
        yield warn(_NAME, f"{VARIABLES['time_scale']} shortens waits.", "Unset it, unless this is a rehearsal.")


def _unknown(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {*VARIABLES.values(), *_OTHERS, *(name for spec in all_specs() for name in spec.variables)}
    for name in sorted(environment):
        if name.startswith(_OURS) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            advice = f"Did you mean {close[0]}?" if close else "Unset it; README lists the settings."
            yield warn(_NAME, f"{name} is no setting and has no effect.", advice)
