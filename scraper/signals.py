"""Signals of our own."""

seed_finished = object()
"""Sent with ``seed_id`` once the envelope of a seed is on disk."""

session_retired = object()
"""Sent with ``session`` when a session will not be used again."""
