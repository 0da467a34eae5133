"""Feeds are valid and other people's readers read them, whatever the texts are."""

import shutil
import subprocess
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishing.cards import Card
from tests.publishing.syndication.making import TEXTS, card, cards, files
from tests.publishing.syndication.rules import breaches

ANY = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates included
HOSTILE = (
    "<script>alert(1)</script> & ]]> <![CDATA[ &lt;b&gt;",
    "\x00\x1b[31m\x85\ufffe\uffff\ud800 fin",
    "\u202efdp.exe\u2066 \u200f",
    "🚨 👩‍⚕️ à l’hôpital",
    "long " * 80,
    "",
    "\n\t \u2028",
)


def hostile(text: str, number: int = 1) -> Card:
    """Return a story that says `text` wherever it says anything."""
    return card(
        number,
        title=text,
        title_en=text,
        language=text,
        summary=text,
        category=text,
        source=text,
        sources=(text,),
        tier=text,
        level=text,
        vendors=(text, "Éditeur"),
        families=(text,),
        tags=(text,),
    )


def all_breaches(made: dict[str, bytes]) -> list[str]:
    return [line for path, body in made.items() for line in breaches(path, body)]


def test_ordinary_feeds_are_valid() -> None:
    assert all_breaches(files(cards())) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_leave_feeds_valid(text: str) -> None:
    texts = type(TEXTS)(of=lambda card: f"<p>{text}</p>", key=lambda card: "")
    made = files([hostile(text), hostile(text, 2)], texts)
    assert all_breaches(made) == []
    assert len(feedparser.parse(made["flux/tout-complet.xml"]).entries) == 2


@settings(max_examples=40, deadline=None)
@given(ANY, ANY)
def test_any_text_leaves_feeds_valid(one: str, other: str) -> None:
    assert all_breaches(files([hostile(one), hostile(other, 2), hostile(one, 3)])) == []


def test_words_arrive_as_words() -> None:
    made = files([hostile("<b>gras</b> & ]]> 🚨")])
    for path in ("flux/tout.atom", "flux/tout-complet.atom"):
        entry = feedparser.parse(made[path], sanitize_html=False).entries[0]
        assert entry.title == "<b>gras</b> & ]]> 🚨"
    entry = feedparser.parse(made["flux/tout.xml"], sanitize_html=False).entries[0]
    assert "&lt;b&gt;gras&lt;/b&gt; &amp; ]]&gt; 🚨" in entry.summary


def test_feedparser_finds_nothing_wrong() -> None:
    made = files(cards())
    for path, body in made.items():
        if path.endswith((".xml", ".atom")):
            found = feedparser.parse(body)
            assert not found.bozo, path
            assert found.version == ("atom10" if path.endswith(".atom") else "rss20")
            assert all(entry.published_parsed for entry in found.entries)


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name} on this machine (Debian: apt-get install {name})")
    return path


@pytest.mark.whole
def test_xmllint_reads_every_document(tmp_path: Path) -> None:
    lint = shutil.which("xmllint") or pytest.skip("no xmllint on this machine (Debian: libxml2-utils)")
    made = {path: body for path, body in files(cards()).items() if not path.endswith(".json")}
    for number, body in enumerate(made.values()):
        (tmp_path / f"{number}.xml").write_bytes(body)
    done = subprocess.run([lint, "--noout", *map(str, tmp_path.iterdir())], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.whole
@pytest.mark.parametrize("path", ["flux/tout.xml", "flux/tout.atom", "flux/tout-complet.xml"])
def test_sfeed_reads_every_item(path: str) -> None:
    done = subprocess.run(
        [program("sfeed")], input=files(cards())[path], capture_output=True, check=True, timeout=30
    )
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [row[5] for row in rows][:2] == [f"urn:uuid:{card(number).id}" for number in (90, 1)]
    assert len(rows) == 7 and all(row[0].isdigit() and row[1] for row in rows)


@pytest.mark.whole
@pytest.mark.parametrize("path", ["flux/tout.xml", "flux/tout.atom", "flux/tout-complet.atom"])
def test_newsboat_reads_every_item(path: str, tmp_path: Path) -> None:
    (tmp_path / "feed").write_bytes(files(cards())[path])
    (tmp_path / "urls").write_text(f"file://{tmp_path / 'feed'}\n")
    command = [
        program("newsboat"),
        "-u",
        str(tmp_path / "urls"),
        "-c",
        str(tmp_path / "cache"),
        "-C",
        "/dev/null",
    ]
    for action in ("reload", "print-unread"):
        done = subprocess.run(
            [*command, "-x", action],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"HOME": str(tmp_path), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
    assert done.stdout.strip() == "7 unread articles"
