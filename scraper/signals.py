"""Signals of our own."""

seed_finished = object()
"""Sent with ``seed_id`` once the envelope of a seed is on disk."""
