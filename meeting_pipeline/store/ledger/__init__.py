"""The ledger of paid calls: transcription orders and LLM calls, and what they cost."""
