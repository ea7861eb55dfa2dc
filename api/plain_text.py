"""Text from strangers that people will read: what it may hold.

It stays text wherever it goes. What is refused here is what would not look like what it is.
"""

from __future__ import annotations

import unicodedata

from api.errors import InvalidRequest

NOTE_AT_MOST = 2000
"""Characters of a note."""
LINES = "\n\t"
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of writing, so that a text reads as what it is not."""


def note(given: str) -> str:
    """A note as it is kept, of several lines if need be, with line ends of one kind.

    Raises:
        InvalidRequest: It is too long, or holds control characters.
    """
    text = given.replace("\r\n", "\n").strip()
    if len(text) > NOTE_AT_MOST:
        raise InvalidRequest(f"The note has {len(text)} characters. Give at most {NOTE_AT_MOST:,}.")
    wrong = next((one for one in text if _is_control(one) and one not in LINES), None)
    if wrong is not None:
        raise InvalidRequest(f"The note holds the control character {wrong!a}. Leave it out.")
    return text


def _is_control(character: str) -> bool:
    # Cc: C0, DEL and C1. Cs: halves of surrogate pairs, which no encoding can carry.
    return unicodedata.category(character) in ("Cc", "Cs") or character in TURNING
