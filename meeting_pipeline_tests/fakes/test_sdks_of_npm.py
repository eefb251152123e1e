"""The publishers' own SDKs for JavaScript take the loopback services for the real ones.

The SDKs for Python are what the pipeline uses; these are written independently of them. Skipped where npm or its packages
are not available.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.sounds import write

pytestmark = [pytest.mark.slow, pytest.mark.processes]
PACKAGES = ("openai@7.59.0", "assemblyai@4.41.5")
"""Pinned, so that a new version does not fail an old commit."""
SECONDS = 240.0

TRANSCRIBE = """
import { AssemblyAI } from "assemblyai";
const [url, key, path] = process.argv.slice(2);
const client = new AssemblyAI({ apiKey: key, baseUrl: url });
const made = await client.transcripts.transcribe(
  { audio: path, speaker_labels: true, speech_models: ["universal-2"] }, { pollingInterval: 50 });
if (made.status !== "completed") throw new Error(JSON.stringify(made));
console.log(JSON.stringify({ text: made.text, speakers: made.utterances.map((one) => one.speaker) }));
"""
TRANSCRIBE_AT_ONCE = """
import OpenAI from "openai";
import { createReadStream } from "node:fs";
const [url, key, path] = process.argv.slice(2);
const client = new OpenAI({ apiKey: key, baseURL: url, maxRetries: 0 });
const file = createReadStream(path);
const made = await client.audio.transcriptions.create(
  { file, model: "gpt-4o-transcribe-diarize", response_format: "diarized_json", chunking_strategy: "auto" });
console.log(JSON.stringify({ text: made.text, speakers: made.segments.map((one) => one.speaker) }));
"""
ANSWER = """
import OpenAI from "openai";
const [url, key] = process.argv.slice(2);
const client = new OpenAI({ apiKey: key, baseURL: url, maxRetries: 0 });
const schema = { type: "object", additionalProperties: false, required: ["a"], properties: { a: { type: "string" } } };
const answered = await client.responses.create(
  { model: "gpt-6-luna", input: "Say a.", text: { format: { type: "json_schema", name: "a", strict: true, schema } } });
console.log(JSON.stringify({ status: answered.status, tokens: answered.usage.total_tokens, text: answered.output_text }));
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the SDKs are installed."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        pytest.skip(f"the packages of npm cannot be had: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write(tmp_path / "talk.wav", [(0, 2.0), (None, 0.5), (1, 2.0)])


def run(packages: Path, program: str, *arguments: str | Path) -> Any:
    """The JSON that a program prints."""
    script = packages / "program.js"
    script.write_text(program, encoding="utf-8")
    done = subprocess.run(
        ["node", script, *arguments], cwd=packages, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_assemblyais_sdk_gets_a_transcript_with_speakers(packages: Path, providers: Providers, sound: Path) -> None:
    made = run(packages, TRANSCRIBE, providers.url, providers.assemblyai_key, sound)
    assert made["text"]
    assert {"A", "B"} <= set(made["speakers"])
    assert len(providers.ledger()["orders"]) == 1


def test_openais_sdk_gets_a_transcript_with_speakers(packages: Path, providers: Providers, sound: Path) -> None:
    made = run(packages, TRANSCRIBE_AT_ONCE, providers.openai_url, providers.openai_key, sound)
    assert made["text"]
    assert made["speakers"]
    assert len(providers.ledger()["speech_calls"]) == 1


def test_openais_sdk_gets_an_answer_that_was_billed(packages: Path, providers: Providers) -> None:
    made = run(packages, ANSWER, providers.openai_url, providers.openai_key)
    assert made["status"] == "completed"
    assert made["tokens"] > 0
    assert len(providers.ledger()["llm_calls"]) == 1
