"""What a renderer and its processes send each other: a length, then MessagePack. Pure."""

import msgspec

from pyf.aggregator.metadata.readme.description import MAX_HTML_LENGTH, Description
from pyf.aggregator.metadata.readme.links import FileAddresses

HEADER_BYTES = 4
MAX_FRAME_BYTES = 8 * MAX_HTML_LENGTH
"""More than the longest description can take: up to four bytes a character, and its text besides."""


class RenderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One README to render."""

    source: str
    content_type: str | None
    files: FileAddresses | None


class RenderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. The process is ``spent`` when another should do the next one."""

    description: Description
    spent: bool = False


def encode_frame(message: RenderRequest | RenderAnswer | None) -> bytes:
    """Encode a message; ``None`` says that a process is ready, or has begun."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def decode_length(header: bytes) -> int:
    """Return how many bytes follow a header; raises :class:`ValueError` for more than a message can have."""
    length = int.from_bytes(header, "big")
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"{length:,} bytes are announced")
    return length


def decode_request(body: bytes) -> RenderRequest:
    """Read a request."""
    return msgspec.msgpack.decode(body, type=RenderRequest)


def decode_answer(body: bytes) -> RenderAnswer | None:
    """Read an answer; raises :class:`ValueError` for what is none."""
    return msgspec.msgpack.decode(body, type=RenderAnswer | None)
