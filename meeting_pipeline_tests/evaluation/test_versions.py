"""A version's name changes with what it asks, and other questions last only as long as the trial."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.versions import PromptFile, read_prompt, version
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline_tests.documentation import text_of


def with_key(**variables: str) -> Settings:
    return load_settings({"OPENAI_API_KEY": "sk-test", **variables})


def name_of(settings: Settings, prompt: PromptFile | None = None) -> str:
    with version(settings, prompt=prompt) as found:
        return found.name


def test_other_questions_make_another_version_and_end_with_the_trial() -> None:
    before = SPECS[Insight.ACTION_ITEMS]
    prompt = PromptFile(name="shorter", questions={"action_items": "Question: who does what?"})
    with version(with_key(), prompt=prompt) as trial:
        assert SPECS[Insight.ACTION_ITEMS].question == "Question: who does what?"
        assert trial.name.startswith("gpt-6-luna_")
        assert trial.paid
    assert SPECS[Insight.ACTION_ITEMS] is before
    assert name_of(with_key()) != trial.name


def test_another_model_makes_another_version() -> None:
    priced = with_key(OPENAI_MODEL="other", OPENAI_USD_PER_MILLION="1,1,1")
    assert name_of(priced) != name_of(with_key())


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(OperatorError, match="price"), version(with_key(), model="other"):
        pass


def test_the_offline_rules_have_neither_model_nor_prompt() -> None:
    assert name_of(load_settings({})).startswith("rules_rules-")
    with pytest.raises(OperatorError, match="OPENAI_API_KEY"), version(load_settings({}), model="gpt-6-luna"):
        pass


def test_the_documented_prompt_file_is_read(tmp_path: Path) -> None:
    example = text_of("evaluation.md").split("```yaml\n")[2].split("```")[0]
    path = tmp_path / "prompt.yaml"
    path.write_text(example)
    assert read_prompt(path).name == "shorter"


@pytest.mark.parametrize(
    ("content", "named"),
    [("name: Not a name", "name"), ("name: a\nquestions: {tea: x}", "no insight tea"), ("name: [", "prompt.yaml")],
)
def test_a_mistake_in_a_prompt_file_is_named(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "prompt.yaml"
    path.write_text(content)
    with pytest.raises(OperatorError, match=named):
        read_prompt(path)
