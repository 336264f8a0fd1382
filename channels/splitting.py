"""A long text → parts that fit a channel's limit, cut where a reader would pause. Pure; knows no provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

_CLUSTER = regex.compile(
    r"[\u0E40-\u0E44\u0EC0-\u0EC4]?"  # a Thai or Lao vowel is written before the consonant that it belongs to
    r"\X"  # what a reader takes for one character: Unicode UAX #29, with emoji sequences and combining marks
    r"(?:(?<=[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0C4D\u0D4D]\u200D?)\X)*"  # a virama joins two consonants into one sign
)
_SENTENCE_END = regex.compile(r"""(?:[.!?…؟۔।]+["'”’»)\]]*|[。！？]+[」』”）]*)\Z""")
_UNSPACED_END = frozenset("。！？」』")
"""Scripts that end a sentence with these put no space after it."""
_NO_BREAK = frozenset("\u00a0\u2007\u202f")
"""White space that asks not to be a border, such as the one before a French exclamation mark."""


def utf16_units(text: str) -> int:
    """The length of `text` as UCS-2 messages and Telegram count it: an emoji outside the basic plane is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """`text` as parts of at most `limit`, counted by `measure` (characters unless told otherwise).

    A part ends at a sentence's or a line's end when that fills at least half of it, else between two words. Only a word
    that is longer than `limit` is cut, between two clusters (`limit` must hold a cluster: one that is longer still is
    cut between its characters). White space at a border goes away and nothing else does: the order and every other
    character stay. A text that fits is one part, a blank text none.

    `measure` has to be additive: of two texts together it is the sum. Errors: ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"A part holds at least 1 character, not {limit}.")
    if text and not (text[0].isspace() or text[-1].isspace()) and measure(text) <= limit:
        return [text]  # nearly every message: it need not be taken apart
    clusters = [piece for cluster in _CLUSTER.findall(text) for piece in _fitting(cluster, limit, measure)]
    return list(_parts(clusters, [measure(cluster) for cluster in clusters], limit))


def _fitting(cluster: str, limit: int, measure: Callable[[str], int]) -> list[str]:
    return [cluster] if measure(cluster) <= limit else list(cluster)


def _parts(clusters: list[str], sizes: list[int], limit: int) -> Iterator[str]:
    last = len(clusters)
    while last and _blank(clusters[last - 1]):
        last -= 1
    start = 0
    while start < last:
        if _blank(clusters[start]):
            start += 1
            continue
        end = _border(clusters, start, _reach(sizes, start, last, limit), last)
        part_end = end
        while _blank(clusters[part_end - 1]):
            part_end -= 1
        part = "".join(clusters[start:part_end])
        if not part.isspace():  # white space that is no border, and nothing beside it
            yield part
        start = end


def _reach(sizes: list[int], start: int, last: int, limit: int) -> int:
    """The end of the longest part that begins at `start`; at least one cluster, so that there is always progress."""
    size, end = sizes[start], start + 1
    while end < last and size + sizes[end] <= limit:
        size += sizes[end]
        end += 1
    return end


def _border(clusters: list[str], start: int, reach: int, last: int) -> int:
    """Where to end the part `start`..`reach`: at a sentence's end in its second half, else at a word's, else here."""
    if reach == last:
        return last
    words = [end for end in range(reach, start, -1) if _between_words(clusters, end)]
    half = start + (reach - start) / 2
    sentences = (end for end in words if end > half and _ends_sentence(clusters, start, end))
    return next(sentences, words[0] if words else reach)


def _between_words(clusters: list[str], end: int) -> bool:
    if _blank(clusters[end]):
        return not _blank(clusters[end - 1])
    return clusters[end - 1] in _UNSPACED_END and clusters[end] not in _UNSPACED_END


def _ends_sentence(clusters: list[str], start: int, end: int) -> bool:
    if clusters[end] in ("\n", "\r\n"):
        return True
    return _SENTENCE_END.search("".join(clusters[max(start, end - 8) : end])) is not None


def _blank(cluster: str) -> bool:
    return cluster.isspace() and cluster not in _NO_BREAK
