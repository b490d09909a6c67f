"""How a word that is compared as normalised is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from edgenlp.text import normalize


def spellings(found: Iterable[str]) -> dict[str, str]:
    """Each normalised word as it is written most often, the first of equals."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word in found:
        forms[normalize(word)][word] += 1
    return {word: counts.most_common(1)[0][0] for word, counts in forms.items()}
