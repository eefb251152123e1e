"""Another model or other prompts for one run, chosen by a person in the launchpad to try them on a few partitions.

Must not go here: measuring versions on labelled meetings (``evaluation.py``), many recordings (``meeting-pipeline reprocess``).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg
from pydantic import Field

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.evaluation.versions import PROGRAM, PromptFile, trials, version
from meeting_pipeline.installation import Installation


class InsightsConfig(dg.Config):
    """A person's choices for a run of insights. Without a choice, the settings apply."""

    model: str | None = Field(
        default=None, description="Another model, such as gpt-6.1-terra. Its price must be known."
    )
    prompt: str | None = Field(
        default=None,
        description=f"Other questions: the name of a file in `prompts` below the home, or `{PROGRAM}` for the program's own.",
    )

    @contextmanager
    def chosen(self, installation: Installation) -> Iterator[Installation]:
        """The installation with these choices applied, in this process, while the context lasts.

        Raises: Failure: there is no such file of questions, the model has no known price, or there is no language model.
        """
        if self.model is None and self.prompt is None:
            yield installation
            return
        with ExitStack() as stack:
            try:
                prompt = self._questions(installation)
                made = stack.enter_context(version(installation.settings, model=self.model, prompt=prompt))
            except OperatorError as error:
                raise dg.Failure(str(error), allow_retries=False) from error
            yield installation.with_analyst(made.analyst)

    def _questions(self, installation: Installation) -> PromptFile | None:
        if self.prompt is None:
            return None
        if self.prompt == PROGRAM:
            return PromptFile(name=PROGRAM)
        known = {found.name: found for found in trials(installation.settings.home)}
        if self.prompt not in known:
            raise OperatorError(
                "unknown_version",
                f"There is no file of questions {self.prompt}.",
                f"Choose from {', '.join([PROGRAM, *known])}.",
            )
        return known[self.prompt]
