"""All settings of an installation, in one typed object.

Belongs here: what connects the subjects, each of which has its own module. Policy numbers with one right value are in
``policies.py``. Secrets are ``SecretStr``, so that they are never printed. Must not go here: fields (the modules of the
subjects), the types of the values (``field_types.py``), their variables (``variables.py``), reading them (``loading.py``).
"""

from pydantic import PrivateAttr, SecretStr

from meeting_pipeline.settings.embeddings import EmbeddingsSettings
from meeting_pipeline.settings.language_model import LanguageModelSettings
from meeting_pipeline.settings.mail import MailSettings
from meeting_pipeline.settings.places import PlaceSettings
from meeting_pipeline.settings.running import RunningSettings
from meeting_pipeline.settings.serving import ServingSettings
from meeting_pipeline.settings.spending import SpendingSettings
from meeting_pipeline.settings.transcription import TranscriptionSettings
from meeting_pipeline.settings.voices import VoicesSettings


class Settings(
    PlaceSettings,
    TranscriptionSettings,
    LanguageModelSettings,
    EmbeddingsSettings,
    VoicesSettings,
    SpendingSettings,
    ServingSettings,
    MailSettings,
    RunningSettings,
):
    """The settings. Each field's description says what it does; its variable is in ``VARIABLES``."""

    _of_providers: dict[str, SecretStr] = PrivateAttr(default_factory=dict)

    def of_provider(self, variable: str) -> SecretStr | None:
        """Return a provider's variable that has no field here. Its name begins with ``PROVIDER_VARIABLES``."""
        return self._of_providers.get(variable)
