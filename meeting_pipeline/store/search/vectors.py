"""Vectors as bytes, their sign bits, and their similarity. All vectors have length 1.

A vector has one sign bit for each of its numbers. Vectors that point in the same direction have mostly the same signs, so
counting equal bits finds the few vectors that are worth comparing, with a thirty-second of the bytes. Must not go here: reading
them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KIND: Final = "<f4"


def packed(vector: Sequence[float]) -> bytes:
    """A vector as it is stored."""
    import numpy as np

    return np.asarray(vector, dtype=_KIND).tobytes()


def unpacked(stored: Sequence[bytes]) -> "NDArray[np.float32]":
    """Stored vectors, one a row."""
    import numpy as np

    return np.frombuffer(b"".join(stored), dtype=_KIND).reshape(len(stored), -1)


def signs_of(stored: Sequence[bytes]) -> bytes:
    """The signs of stored vectors of one length, one after the other, each in whole bytes."""
    import numpy as np

    return np.packbits(unpacked(stored) > 0, axis=1).tobytes() if stored else b""


def differing_bits(signs: Sequence[bytes], vector: Sequence[float]) -> "NDArray[np.int64]":
    """In how many signs each of these differs from a vector: few for vectors that are alike."""
    import numpy as np

    asked = np.packbits(np.asarray(vector, dtype=_KIND) > 0)
    given = np.frombuffer(b"".join(signs), dtype=np.uint8).reshape(-1, len(asked))
    if len(asked) % 8 == 0:  # eight bytes at a time
        differing = np.bitwise_count(given.view(np.uint64) ^ asked.view(np.uint64))
    else:
        differing = np.bitwise_count(given ^ asked)
    total: NDArray[np.int64] = differing.sum(axis=1, dtype=np.int64)
    return total
