"""Write lists into a folder as a release would, without ledger, interlock or archive."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from records import PAP, TLP, ListedIndicator, ObservableType, PublishError, WithdrawalReason
from sharing.comparing import second
from sharing.drafting import Judges, draft
from sharing.filling import fill
from sharing.formats import ListedFile, format_named
from sharing.manifest import MANIFEST, SUMS, ListedProfile, Manifest, digest_of, manifest_text, sums_text
from sharing.profiles import Profile
from sharing.release import fault_of
from sharing.shield import Shield


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not: `suppressed` counts values by list and rule of the shield, and by what
    the audience forbids; `unsaid` the standing entries of its types that a file does not hold, by file.
    """

    files: tuple[ListedFile, ...]
    entries: int
    suppressed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unsaid: Mapping[str, int] = field(default_factory=dict)


def export(
    rows: Iterable[ListedIndicator],
    out: Path,
    profile: Profile,
    *,
    made_at: datetime,
    audience: TLP,
    shield: Shield | None = None,
) -> Exported:
    """Write the lists of a profile into a folder, with their manifest; `rows` are sorted by type and value.

    Files of the same names are replaced, each in one step; others stay. Raises `PublishError`.
    """
    suppressed: Counter[tuple[str, str]] = Counter()
    made_at = second(made_at)
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix=".vigie-", dir=out))
        try:
            judges = Judges(shield=shield, gone=lambda _: WithdrawalReason.UNSAID, profiles=(profile,))
            fit = _fit(rows, audience, made_at, suppressed)
            made = draft(fit, (), work, made_at, judges)
            tree = work / "lists"
            tree.mkdir()
            files = tuple(one.file for one in fill(tree, made.spool, (profile,), made_at))
            listed = ListedProfile(profile.name, audience, made.passing[profile.name])
            _write_manifest(
                tree,
                Manifest(
                    number=0, made_at=made_at, audience=audience, profiles=(listed,), deltas=(), files=files
                ),
            )
            _move(tree, out)
        finally:
            rmtree(work, ignore_errors=True)
    except OSError as error:
        raise PublishError(f"{out}: cannot be written: {error.strerror or error}") from error
    for found in made.shielded.values():
        suppressed[found.list, found.rule.value] += 1
    unsaid = {file.name: _wanted(file, made.standing) - file.entries for file in files}
    return Exported(
        files, made.standing.total(), suppressed, {name: n for name, n in unsaid.items() if n > 0}
    )


def _fit(
    rows: Iterable[ListedIndicator], audience: TLP, at: datetime, suppressed: Counter[tuple[str, str]]
) -> Iterator[ListedIndicator]:
    """Yield what may be listed for an audience at an instant, and count the rest."""
    for row in rows:
        if row.marking.tlp > audience:
            suppressed["marking", f"above TLP:{audience.label}"] += 1
        elif row.marking.pap > PAP.AMBER:
            suppressed["marking", "above PAP:AMBER"] += 1
        elif fault_of(row, audience, at):
            suppressed["validity", "not valid now"] += 1
        else:
            yield row


def _wanted(file: ListedFile, standing: Mapping[ObservableType, int]) -> int:
    """Return how many of the entries are of a file's types."""
    return sum(standing.get(kind, 0) for kind in format_named(file.format).files.get(file.name, ()))


def _write_manifest(tree: Path, manifest: Manifest) -> None:
    text = manifest_text(manifest)
    (tree / MANIFEST).write_text(text, "utf-8")
    digests = [(file.name, file.sha256) for file in manifest.files]
    (tree / SUMS).write_text(sums_text([*digests, (MANIFEST, digest_of(tree / MANIFEST))]), "utf-8")


def _move(tree: Path, out: Path) -> None:
    for path in sorted(tree.rglob("*")):
        target = out / path.relative_to(tree)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            path.replace(target)
