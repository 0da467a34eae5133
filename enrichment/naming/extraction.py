"""Find the indicators a text names: addresses, names, links, hashes and what malware leaves behind.

The steps: undo what keeps values from being clicked (`enrichment.naming.refanging`), find what looks like a
value (`candidates`, `artefacts`), say what each really is (`values`), and how sure we are (`credibility`).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import NamedTuple

from enrichment.naming.artefacts import artefacts
from enrichment.naming.candidates import Form, candidates
from enrichment.naming.credibility import CLICKABLE, Place, below, confidence
from enrichment.naming.refanging import refang_all
from enrichment.naming.sections import Section, sections
from enrichment.naming.values import FoundType, values

WORTH_TELLING = 30  # confidence: what is below is a file name, a reference or a service more often than not
CONTEXT = 80  # signs of the same line shown on either side of a value


class Found(NamedTuple):
    """One value of a text: canonical and refanged, with its confidence (0–100), its half-open place in
    the text as written, the title of its section (empty before the first) and the line around it, shortened.
    """

    type: FoundType
    value: str
    confidence: int
    start: int
    end: int
    section: str
    context: str


def extract(text: str, *, own_domains: Collection[str] = ()) -> Iterator[Found]:
    """Yield what a plain text or Markdown names, in the order of the text, each value of a type once.

    A value named several times keeps the place that makes us surest. `own_domains` are the publisher's,
    in lower case: what leads there or below is left out. Never raises, whatever the text, and the work
    grows with its length only.
    """
    own = frozenset(own_domains)
    places = [place for place in _places(text) if not (own and below(place.value.host, own))]
    clickable = [place.defanged for place in places if place.value.type in CLICKABLE]
    broken = sum(clickable) * 3 > len(clickable)
    best: dict[tuple[FoundType, str], tuple[int, Place]] = {}
    for place in places:
        key = (place.value.type, place.value.value)
        points = confidence(place, text, broken=broken)
        if points >= WORTH_TELLING and (key not in best or points > best[key][0]):
            best[key] = (points, place)
    for points, place in sorted(best.values(), key=lambda one: (one[1].start, -one[1].end)):
        yield _found(place, points, text)


def _places(text: str) -> Iterator[Place]:
    """Yield every value of a text; what stands inside a path or a key is part of it."""
    plain, parts = refang_all(text), sections(text)
    starts = [part.start for part in parts]

    def section(start: int) -> Section:
        return parts[bisect_right(starts, start) - 1]

    named = sorted(artefacts(plain.text), key=lambda value: value.start)
    begins = [value.start for value in named]
    for value in named:
        start, end = plain.span(value.start, value.end)
        yield Place(value, start, end, False, section(start))
    told: set[str] = set()
    for candidate in candidates(plain.text):
        if candidate.text in told:
            continue
        before = bisect_right(begins, candidate.start)
        if before and candidate.start < named[before - 1].end:
            continue
        if candidate.form is Form.CVE:  # a fact wherever it stands: no place makes us surer than the first
            told.add(candidate.text)
        start, end = plain.span(candidate.start, candidate.end)
        defanged = text[start:end] != candidate.text
        for value in values(candidate, plain.text, defanged=defanged):
            if value.start != candidate.start or value.end != candidate.end:
                start, end = plain.span(value.start, value.end)
            yield Place(value, start, end, defanged, section(start))


def _found(place: Place, points: int, text: str) -> Found:
    value, start, end = place.value, place.start, place.end
    first, last = max(start - CONTEXT, 0), end + CONTEXT
    stop = text.find("\n", end, last)
    line = text[max(text.rfind("\n", first, start), first) : stop if stop >= 0 else last]
    return Found(value.type, value.value, points, start, end, place.section.title, line.strip())
