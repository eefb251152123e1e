"""Checks of the settings: names each invalid variable, and where each is set. No value is shown.

Must not go here: checks of what the settings refer to.
"""

from collections.abc import Iterator, Mapping

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.providers.registry import all_specs
from meeting_pipeline.settings import (
    FIXED_VARIABLE,
    VARIABLES,
    Settings,
    given_settings,
    parse_settings,
    require_mail,
)
from meeting_pipeline.settings_file import FILE_NAME, Given, closest_setting

_NAME = "settings"
_OURS = "MEETING_PIPELINE_"
_OTHERS = {"MEETING_PIPELINE_SUBMIT_SECRET", "MEETING_PIPELINE_DAGSTER_STORAGE_URL", FIXED_VARIABLE}
"""Variables of ours that are not settings."""


def read_settings(environment: Mapping[str, str]) -> tuple[Settings, list[Finding], frozenset[str]]:
    """The settings without the invalid ones, the findings, and the names of the invalid variables."""
    findings: list[Finding] = []
    odd = set()
    home = VARIABLES["home"]
    try:
        given = given_settings(environment)
    except PipelineError as error:  # check the rest as if there were no file
        findings.append(failed(_NAME, error))
        given = given_settings({**environment, FIXED_VARIABLE: "1"})
    for variable in VARIABLES.values():
        alone = {name: given[name] for name in (variable,) if name in given}
        if variable == VARIABLES["drop_folder"] and home in given and home not in odd:
            alone[home] = given[home]  # the drop folder must not contain the home
        try:
            parse_settings(alone)
        except PipelineError as error:
            odd.add(variable)
            findings.append(failed(_NAME, error))
    settings = parse_settings({name: one for name, one in given.items() if name not in odd})
    try:
        require_mail(settings)
    except PipelineError as error:  # nothing is said to the server then
        findings.append(failed(_NAME, error))
        settings = settings.model_copy(update={"mail_server": None})
    findings += [*_api_keys(settings), *_webhooks(settings), *_unknown(environment)]
    if not findings:
        findings.append(ok(_NAME, "All are valid."))
    findings.append(_where_set(given))
    return settings, findings, frozenset(odd)


def _where_set(given: Mapping[str, Given]) -> Finding:
    """Which variables are set where. The environment overrides the settings file of the home."""
    names = [name for name in VARIABLES.values() if name in given]
    here = [name + _overriding(given[name]) for name in names if given[name].file is None]
    there = [f"{name} (line {given[name].line})" for name in names if given[name].file is not None]
    parts = [f"the environment: {', '.join(here)}"] if here else []
    if there:
        parts.append(f"{next(one.file for one in given.values() if one.file)}: {', '.join(there)}")
    return ok(_NAME, f"Set in {'; in '.join(parts)}." if parts else "None is set, defaults apply.")


def _overriding(given: Given) -> str:
    return "" if given.overridden is None else f" (instead of line {given.overridden} of {FILE_NAME})"


def _api_keys(settings: Settings) -> Iterator[Finding]:
    for spec in all_specs():
        key = spec.key(settings) if spec.key is not None else None
        if key is not None and key.get_secret_value() != key.get_secret_value().strip():
            yield fail(_NAME, f"{spec.key_variable} has white space around it.", "Set it to the key alone.")


def _webhooks(settings: Settings) -> Iterator[Finding]:
    from meeting_pipeline.webhooks.allowlist import parse_allow

    try:
        parse_allow(settings.webhook_allow)
    except PipelineError as error:  # its message shows the entry, which may be a secret in the wrong variable
        yield fail(_NAME, f"{VARIABLES['webhook_allow']}: an entry cannot be read.", error.advice)
    if settings.time_scale != 1.0:
        yield warn(_NAME, f"{VARIABLES['time_scale']} shortens waits.", "Unset it, unless this is a test.")


def _unknown(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {*VARIABLES.values(), *_OTHERS, *(name for spec in all_specs() for name in spec.variables)}
    for name in sorted(environment):
        if name.startswith(_OURS) and name not in known:
            close = closest_setting(name, known)
            advice = f"Did you mean {close}?" if close else "Unset it; docs/reference/settings.md lists the settings."
            yield warn(_NAME, f"{name} is not a setting and has no effect.", advice)
