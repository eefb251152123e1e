"""``python -m meeting_pipeline_tests.fakes --port-file F``: providers and receiver in one separate process.

Writes ``{"assemblyai": url, "openai": url, "receiver": url, "assemblyai_key": ..., "openai_key": ..., "pid": n}`` to
the port file when both services respond. Runs until SIGTERM or SIGINT, or with ``--with-parent`` until its parent ends.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from pathlib import Path

from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.receiver import ReceiverState, receiver_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY, ProviderState


def main() -> None:
    """Start both services, write the port file and wait for a signal to stop."""
    parser = argparse.ArgumentParser(prog="python -m meeting_pipeline_tests.fakes", description=__doc__)
    parser.add_argument("--port-file", type=Path, required=True, help="written when the services answer")
    parser.add_argument("--port", type=int, default=0, help="port of the providers (0: any free one)")
    parser.add_argument("--receiver-port", type=int, default=0, help="port of the receiver (0: any free one)")
    parser.add_argument("--processing-seconds", type=float, default=1.0, help="time a transcription takes")
    parser.add_argument("--llm-seconds", type=float, default=0.2, help="time an answer of the model takes")
    parser.add_argument("--signing-secret", help="whsec_... that deliveries must be signed with")
    parser.add_argument("--secret", help="expected value of X-Webhook-Secret")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")
    given = parser.parse_args()

    state = ProviderState(processing_seconds=given.processing_seconds, llm_seconds=given.llm_seconds)
    hooks = ReceiverState(signing_secret=given.signing_secret, secret=given.secret)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    parent = os.getppid()
    with (
        LoopbackServer(providers_app(state), port=given.port) as services,
        LoopbackServer(receiver_app(hooks), port=given.receiver_port) as receiver,
    ):
        found = {
            "assemblyai": services.url,
            "openai": f"{services.url}/v1",
            "receiver": receiver.url,
            "assemblyai_key": ASSEMBLYAI_KEY,
            "openai_key": OPENAI_KEY,
            "pid": os.getpid(),
        }
        draft = given.port_file.with_name(given.port_file.name + ".part")
        draft.write_text(json.dumps(found))
        draft.replace(given.port_file)
        while not done.wait(0.5):
            if given.with_parent and os.getppid() != parent:
                break


if __name__ == "__main__":
    main()
