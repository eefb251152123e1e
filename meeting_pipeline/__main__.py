"""``python -m meeting_pipeline`` is the same as ``meeting-pipeline``."""

from meeting_pipeline.cli import main

if __name__ == "__main__":
    main()
