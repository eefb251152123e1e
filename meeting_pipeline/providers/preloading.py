"""Loads modules that provider calls load on first use, in the process from which workers are forked.

Otherwise each worker needs 0.2 to 0.4 s of CPU time for it. Must not go here: anything that opens a connection, starts a thread
or depends on settings.
"""


def load_before_forks() -> None:
    """Import the modules that are imported inside functions, and those that the libraries import so. Makes no call."""
    import tzlocal
    from openai import DefaultHttpx2Client, OpenAI

    from meeting_pipeline.providers import assemblyai, local, openai
    from meeting_pipeline.providers.offline import analyst, speech_to_text
    from meeting_pipeline.providers.whisper import speech_to_text as whisper

    _ = (tzlocal, assemblyai, local, openai, analyst, speech_to_text, whisper)
    http = DefaultHttpx2Client(trust_env=False)
    with OpenAI(api_key="none", base_url="http://127.0.0.1:9", http_client=http) as client:
        _ = (client.responses, client.chat.completions)
