"""A user's own insight as a YAML file, and a meeting in which it finds something.

Must not go here: what is expected of it (the tests).
"""

from meeting_pipeline_tests.scenario.media import vtt

QUOTE = "The vendor may raise the price by ten percent in May."
WHEN = "in May"
TALK = vtt(("Dana", "Good morning, we decided to ship the release."), ("Priya", QUOTE))
FILE = """\
name: open_risks
title: Open risks
question: Which risks were named that nobody has removed yet?
prompt_version: draft-1
gap: Ask before you rely on the plan.
fields:
  - name: risk
    title: Risk
    type: sentence
    required: true
    quote: true
    ask: what could go wrong.
  - name: owner
    title: Watched by
    type: person
    ask: who watches it.
  - name: level
    title: Level
    type: choice
    choices: [low, high]
    ask: how bad it would be.
  - name: due
    title: Until
    type: text
    quote: true
    ask: the words that say until when.
"""
