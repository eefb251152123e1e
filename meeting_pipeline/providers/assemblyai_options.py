"""The options of an order at AssemblyAI, from the settings and the submitter, as the SDK's configuration.

Must not go here: requests (``assemblyai.py``), which options there are (``domain/speech_options.py``).
"""

from typing import Any

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.providers.completion_hook import HEADER, CompletionHook
from meeting_pipeline.settings import Settings


def options_of_settings(settings: Settings) -> SpeechOptions:
    """Return the options for recordings whose submitter gives none."""
    return SpeechOptions.model_validate(
        {
            "languages": settings.assemblyai_languages or None,
            "redact_pii": settings.assemblyai_redact_pii,
            "filter_profanity": settings.assemblyai_filter_profanity == "on",
            "custom_spelling": settings.assemblyai_custom_spelling,
        }
    )


def resolved_options(defaults: SpeechOptions, given: SpeechOptions, language: str | None) -> SpeechOptions | None:
    """Return the options in force: what is given, else the default. ``None`` if they change nothing.

    An option that is off is left out, and so are expected languages where the language is given: equal orders look equal.
    """
    chosen = {**defaults.model_dump(exclude_none=True), **given.model_dump(exclude_none=True)}
    if language is not None:
        chosen.pop("languages", None)
    in_force = {name: value for name, value in chosen.items() if value and value != "off"}
    return SpeechOptions.model_validate(in_force) if in_force else None


def _policies(names: tuple[str, ...]) -> list[Any]:
    import assemblyai as aai

    try:
        return [aai.PIIRedactionPolicy(name) for name in names]
    except ValueError as error:
        known = ", ".join(sorted(policy.value for policy in aai.PIIRedactionPolicy))
        raise OperatorError(
            "bad_setting",
            "ASSEMBLYAI_REDACT_POLICIES contains a name that AssemblyAI does not know.",
            f"Known names: {known}.",
        ) from error


def add_ons_of(options: TranscriptionOptions) -> tuple[str, ...]:
    """Return the add-ons of an order, by the names of the SDK's options: each may have its own price."""
    speech = options.speech or SpeechOptions()
    ordered = {
        "speaker_labels": not options.multichannel,
        "keyterms_prompt": bool(options.keyterms),
        "filter_profanity": bool(speech.filter_profanity),
        "redact_pii": speech.redacts,
        "redact_pii_audio": speech.redact_pii == "text_and_audio",
    }
    return tuple(name for name, is_ordered in ordered.items() if is_ordered)


def config_of(options: TranscriptionOptions, hook: CompletionHook | None = None) -> Any:
    """Build the SDK's configuration for an order. Language detection and an explicit language are mutually exclusive.

    With ``multichannel`` each channel is one speaker: telling speakers apart within a channel would split people in two.
    Raises: OperatorError ``bad_setting`` for an unknown kind of personal data.
    """
    import assemblyai as aai

    speech = options.speech or SpeechOptions()
    return aai.TranscriptionConfig(
        speaker_labels=not options.multichannel,
        multichannel=options.multichannel or None,
        language_code=options.language,
        language_detection=True if options.language is None else None,
        language_detection_options={"expected_languages": list(speech.languages)} if speech.languages else None,
        speech_models=list(options.speech_models),
        keyterms_prompt=list(options.keyterms) or None,
        speakers_expected=None if options.multichannel else options.speakers_expected,
        filter_profanity=speech.filter_profanity or None,
        custom_spelling={to: list(said) for to, said in speech.custom_spelling.items()}
        if speech.custom_spelling
        else None,
        redact_pii=True if speech.redacts else None,
        redact_pii_audio=True if speech.redact_pii == "text_and_audio" else None,
        redact_pii_policies=_policies(options.redact_policies) if speech.redacts else None,
        redact_pii_sub=aai.PIISubstitutionPolicy.entity_name if speech.redacts else None,
        webhook_url=hook.url if hook else None,
        webhook_auth_header_name=HEADER if hook else None,
        webhook_auth_header_value=hook.secret if hook else None,
    )
