"""The versions that can be measured: the analyst of the settings, another model, or other prompts from a file.

A version's name changes with the model, a prompt, a schema or a rule. Must not go here: measuring (``measuring.py``).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.budget import require_known_price
from meeting_pipeline.insights.registry import SPECS, replaced_questions, with_questions
from meeting_pipeline.providers.llm_ports import Analyst
from meeting_pipeline.providers.offline.analyst import OfflineAnalyst
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.providers.selection import analyst
from meeting_pipeline.settings import VARIABLES, Settings

MEASURED: Final[tuple[Insight, ...]] = (Insight.SPEAKERS, Insight.SUMMARY, Insight.ACTION_ITEMS, Insight.DECISIONS)
"""The insights that have labels."""
PROMPTS: Final = "prompts"
"""Name of the folder below the home with files of questions that can be tried."""
PROGRAM: Final = "program"
"""Name of the questions of the program, after others were promoted."""
PROMOTED: Final = "promoted"
"""Name of the questions that are in use, if they are not the program's."""
_NAME: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class PromptFile(BaseModel):
    """Other questions, and perhaps another model, under a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_NAME, max_length=40)
    model: str | None = Field(default=None, min_length=1)
    questions: dict[str, str] = {}


@dataclass(frozen=True)
class Version:
    """An analyst that is ready to be measured. ``paid``: whether its calls cost money."""

    name: str
    analyst: Analyst
    settings: Settings
    paid: bool
    prompt_versions: dict[str, str] = field(default_factory=dict)


def read_prompt(path: Path) -> PromptFile:
    """Read a file of questions. Raises: OperatorError ``bad_prompt_file``, which names what is wrong."""
    try:
        if path.stat().st_size > policies.FILE_BYTES:
            raise _bad(path, "it is too large")
        found = PromptFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _bad(path, f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _bad(path, str(error)) from None
    unknown = sorted(set(found.questions) - {insight.value for insight in SPECS})
    if found.name in (PROGRAM, PROMOTED):
        raise _bad(path, f"the name {found.name} has a special meaning")
    if unknown:
        raise _bad(path, f"there is no insight {unknown[0]}")
    return found


def _bad(path: Path, why: str) -> OperatorError:
    return OperatorError("bad_prompt_file", f"{path}: {why}.", "The format is described in docs/evaluation.md.")


@contextmanager
def version(
    settings: Settings,
    *,
    model: str | None = None,
    prompt: PromptFile | None = None,
    insights: Sequence[Insight] = MEASURED,
) -> Iterator[Version]:
    """The analyst of the settings, with this model and these questions while the context lasts.

    Raises: OperatorError ``no_model`` (the offline rules know neither), ``unknown_price``.
    """
    chosen = model or (prompt.model if prompt else None)
    configured = settings if chosen is None else settings.model_copy(update={"openai_model": chosen})
    with with_questions(_questions(prompt)):
        found = analyst(configured)
        offline = isinstance(found, OfflineAnalyst)
        if offline and (chosen or prompt):
            raise OperatorError(
                "no_model",
                "The offline rules have neither a model nor a prompt.",
                f"Set {VARIABLES['openai_api_key']} to measure a language model.",
            )
        if not offline:
            require_known_price(settings, configured.openai_model)
        versions = {insight.value: found.prompt_version(insight) for insight in insights}
        try:
            yield Version(version_name(found), found, configured, paid=not offline, prompt_versions=versions)
        finally:
            if isinstance(found, OpenAIAnalyst):
                found.close()


def _questions(prompt: PromptFile | None) -> dict[Insight, str]:
    """The questions of a file; those that it leaves out are the program's, whatever was promoted."""
    if prompt is None:
        return {}
    return {**replaced_questions(), **{Insight.named(name): text for name, text in prompt.questions.items()}}


def version_name(found: Analyst) -> str:
    """The name of a version: the model and a hash of its prompts, or the version of the rules."""
    versions = sorted({found.prompt_version(insight) for insight in MEASURED})
    digest = versions[0] if len(versions) == 1 else hashlib.sha256("\0".join(versions).encode()).hexdigest()[:12]
    model = re.sub(r"[^\w.-]+", "-", found.model)
    return f"{model}_{digest}"


def trials(home: Path) -> list[PromptFile]:
    """The files of questions below the home, by name. Raises: OperatorError ``bad_prompt_file``."""
    return [read_prompt(path) for path in sorted((home / PROMPTS).glob("*.yaml"))]


def known_versions(settings: Settings) -> dict[str, PromptFile | None]:
    """The names of the versions that can be measured here: the current one, the program's own, each file of questions.

    Raises: OperatorError ``bad_prompt_file``.
    """
    replaced = replaced_questions()
    asked = {insight.value: SPECS[insight].question for insight in replaced}
    in_use = PromptFile(name=PROMOTED, questions=asked) if replaced else None
    found: dict[str, PromptFile | None] = {version_name(analyst(settings)): in_use}
    if isinstance(analyst(settings), OfflineAnalyst):
        return found
    own = [PromptFile(name=PROGRAM)] if replaced else []
    for prompt in [*own, *trials(settings.home)]:
        found.setdefault(_name_of_trial(settings, prompt), prompt)
    return found


def _name_of_trial(settings: Settings, prompt: PromptFile) -> str:
    configured = settings if prompt.model is None else settings.model_copy(update={"openai_model": prompt.model})
    with with_questions(_questions(prompt)):
        return version_name(analyst(configured))


def find_version(settings: Settings, name: str) -> PromptFile | None:
    """The questions of a version; ``None`` for the current one.

    Raises: OperatorError ``unknown_version``, which says what there is; ``bad_prompt_file``.
    """
    known = known_versions(settings)
    if name not in known:
        raise OperatorError(
            "unknown_version",
            f"There is no version {name}.",
            f"There are: {', '.join(known)}. A file of questions in {settings.home / PROMPTS} makes another.",
        )
    return known[name]
