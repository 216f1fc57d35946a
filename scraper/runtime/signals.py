"""Our own signals."""

outputs_opened = object()
"""Sent once the output folder is ours and open."""

outputs_closed = object()
"""Sent with ``reason`` when the run has ended, while the output folder is still ours."""

seed_finished = object()
"""Sent with ``seed_id`` and ``outcome`` once the envelope of a seed is on disk."""

session_released = object()
"""Sent with ``session`` when a session is retired or rests for a while: it needs no page."""

session_changed = object()
"""Sent with ``session`` when the browser has stored its newest cookies in the session."""
