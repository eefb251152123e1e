"""The ledger of paid work: transcription orders and language-model calls, and what they cost."""
