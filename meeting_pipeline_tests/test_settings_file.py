"""The settings file of a home: same names as the environment, which wins, and errors name file and line."""

import os
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.settings import (
    FIXED_VARIABLE,
    SECRETS,
    VARIABLES,
    Settings,
    fix_settings,
    given_settings,
    load_settings,
)

SECRET = "hunter2-hunter2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.env"


def write(file: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    """Write the file and return an environment that only sets its home."""
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return {"MEETING_PIPELINE_HOME": str(file.parent)}


def problem(environment: dict[str, str]) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        load_settings(environment)
    assert SECRET not in f"{caught.value}{caught.value.__cause__}"
    return caught.value


def test_every_setting_but_the_home_can_be_given_in_the_file(file: Path) -> None:
    names = [name for name in VARIABLES.values() if name != "MEETING_PIPELINE_HOME"]
    assert set(given_settings(write(file, "".join(f"{name}=1\n" for name in names)))) == set(VARIABLES.values())


def test_values_are_read_as_in_env_files_and_nothing_is_expanded(file: Path) -> None:
    text = (
        "# ports\n\nexport MEETING_PIPELINE_UI_PORT=0  # any\nOPENAI_MODEL='a $HOME model'\nOPENAI_API_KEY=\"a#b\"\r\n"
    )
    settings = load_settings(write(file, text))
    assert (settings.ui_port, settings.openai_model) == (0, "a $HOME model")
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "a#b"


def test_the_environment_wins_over_the_file_and_an_empty_variable_does_not(file: Path) -> None:
    home = write(file, "MEETING_PIPELINE_UI_PORT=1\nMEETING_PIPELINE_API_PORT=2\nMEETING_PIPELINE_TIMEZONE=\n")
    settings = load_settings({**home, "MEETING_PIPELINE_UI_PORT": "7", "MEETING_PIPELINE_API_PORT": ""})
    assert (settings.ui_port, settings.api_port, settings.timezone) == (7, 2, None)


def test_where_a_value_comes_from_is_known(file: Path) -> None:
    home = write(file, "\n\nMEETING_PIPELINE_UI_PORT=1\n\nMEETING_PIPELINE_API_PORT=2\n")
    given = given_settings({**home, "MEETING_PIPELINE_UI_PORT": "7"})
    assert given["MEETING_PIPELINE_API_PORT"].place == f"{file}, line 5"
    assert given["MEETING_PIPELINE_UI_PORT"].place == "the environment"
    assert given["MEETING_PIPELINE_UI_PORT"].overridden == 3


def test_a_home_without_the_file_has_the_settings_of_the_environment(tmp_path: Path) -> None:
    assert load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / "new")}) == Settings(home=tmp_path / "new")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("API_PORT=1\n", 1, "Did you mean MEETING_PIPELINE_API_PORT?"),
        ("MEETING_PIPELINE_UI_PROT=1\n", 1, "Did you mean MEETING_PIPELINE_UI_PORT?"),
        ("\n# x\nHTTPS_PROXY=http://p\n", 3, "HTTPS_PROXY is not a setting"),
        ("MEETING_PIPELINE_HOME=/srv\n", 1, "MEETING_PIPELINE_HOME is not a setting that this file can hold"),
        (f"MEETING_PIPELINE_UI_PORT=1\n{SECRET}\n", 2, "is not NAME=value"),
        (f"OPENAI_API_KEY='{SECRET}\n", 1, "is not NAME=value"),
        ("OPENAI_MODEL=a\n\nOPENAI_MODEL=b\n", 3, "sets OPENAI_MODEL again; line 1 already does"),
    ],
)
def test_a_mistake_is_named_by_file_and_line_and_no_value_is_shown(
    file: Path, text: str, line: int, words: str
) -> None:
    error = problem(write(file, text))
    assert error.code == "bad_settings_file"
    assert str(error).startswith(f"{file}, line {line}: ")
    assert words in str(error)


def test_an_odd_value_of_the_file_is_named_by_file_and_line(file: Path) -> None:
    error = problem(write(file, f"\nMEETING_PIPELINE_UI_PORT={SECRET}\n"))
    assert error.code == "bad_setting"
    assert error.message.startswith(f"{file}, line 2: MEETING_PIPELINE_UI_PORT: ")


@pytest.mark.parametrize("content", [b"OPENAI_MODEL=\xff\n", None])
def test_a_file_that_cannot_be_read_is_named(file: Path, content: bytes | None) -> None:
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    error = problem({"MEETING_PIPELINE_HOME": str(file.parent)})
    assert (error.code, str(file) in error.message) == ("bad_settings_file", True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o660])
@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_others_may_read_or_write_is_refused(file: Path, name: str, mode: int) -> None:
    error = problem(write(file, f"OPENAI_MODEL=x\n{name}={SECRET}\n", mode))
    assert error.code == "settings_file_exposed"
    assert f"{file}, line 2: {name}" in error.message
    assert error.advice == f"Run: chmod 600 {file}"


def test_a_file_without_secrets_may_be_read_by_all(file: Path) -> None:
    assert load_settings(write(file, "OPENAI_MODEL=x\nOPENAI_API_KEY=\n", 0o644)).openai_model == "x"


def test_keys_secrets_and_addresses_with_a_password_are_the_secrets() -> None:
    named = {name for name in VARIABLES.values() if name.endswith(("_KEY", "_SECRET", "_PASSWORD"))}
    assert named | {"MEETING_PIPELINE_DATABASE_URL", "MEETING_PIPELINE_BROKER_URL"} == SECRETS


def test_a_system_keeps_the_settings_that_it_started_with(file: Path) -> None:
    environment = write(file, "MEETING_PIPELINE_UI_PORT=1\nOPENAI_MODEL=first\n")
    environment["MEETING_PIPELINE_UI_PORT"] = "7"
    fix_settings(environment)
    write(file, "OPENAI_MODEL=second\nno sense\n")
    settings = load_settings(environment)
    assert (settings.openai_model, settings.ui_port) == ("first", 7)
    assert environment[FIXED_VARIABLE] == "1"


def test_a_home_below_a_folder_that_cannot_be_entered_is_left_to_who_opens_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    home = tmp_path / "file" / "home"
    assert load_settings({"MEETING_PIPELINE_HOME": str(home)}).home == home
    assert os.path.lexists(home) is False
