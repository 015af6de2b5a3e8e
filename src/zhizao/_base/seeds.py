"""Keys of random draws that depend on names, never on positions in a list."""

import hashlib


def stable_key(name: str) -> int:
    """Return a 64-bit unsigned key of a name, the same on every machine and run.

    Examples
    --------
    >>> stable_key("order 1") == stable_key("order 1") != stable_key("order 2")
    True
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
