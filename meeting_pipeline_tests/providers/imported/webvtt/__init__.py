"""Conformance with WebVTT: cases from the parser rules of the W3C standard (https://www.w3.org/TR/webvtt1/), with their text."""
