from pathlib import Path

import pytest

from publishing.keeping import Target, begin, bring_up, keys_of
from records import PublishError


def target(path: str, text: str, calls: list[str] | None = None) -> Target:
    def make() -> bytes:
        if calls is not None:
            calls.append(path)
        return text.encode()

    return Target(path, text, make)


def up(tree: Path, targets: list[Target], last: Path | None = None) -> tuple[int, int, int]:
    tree.mkdir(exist_ok=True)
    done = bring_up(tree, targets, has=begin(tree), last=last)
    return done.made, done.linked, done.removed


def held(tree: Path) -> dict[str, str]:
    return {str(path.relative_to(tree)): path.read_text() for path in tree.rglob("*") if path.is_file()}


def test_only_what_changed_is_made(tmp_path: Path) -> None:
    calls: list[str] = []
    assert up(tmp_path / "a", [target("x/1", "un", calls), target("2", "deux", calls)]) == (2, 0, 0)
    assert up(tmp_path / "a", [target("x/1", "un", calls), target("2", "autre", calls)]) == (1, 0, 0)
    assert calls == ["x/1", "2", "2"]
    assert held(tmp_path / "a") == {"x/1": "un", "2": "autre"}


def test_what_is_no_longer_wanted_goes_with_its_empty_folders(tmp_path: Path) -> None:
    up(tmp_path / "a", [target("x/y/1", "un"), target("x/2", "deux")])
    assert up(tmp_path / "a", [target("x/2", "deux")]) == (0, 0, 1)
    assert not (tmp_path / "a" / "x" / "y").exists()


def test_a_file_that_two_trees_share_is_never_written_into(tmp_path: Path) -> None:
    up(tmp_path / "a", [target("1", "un")])
    assert up(tmp_path / "b", [target("1", "un")], last=tmp_path / "a") == (0, 1, 0)
    up(tmp_path / "b", [target("1", "nouveau")])
    assert held(tmp_path / "a") == {"1": "un"}
    assert held(tmp_path / "b") == {"1": "nouveau"}


def test_a_tree_that_was_left_halfway_is_not_believed(tmp_path: Path) -> None:
    up(tmp_path / "a", [target("1", "un"), target("2", "deux")])

    def broken() -> bytes:
        raise PublishError("no")

    with pytest.raises(PublishError):
        up(tmp_path / "a", [target("1", "autre"), Target("2", "k", broken)])
    assert keys_of(tmp_path / "a") == {}
    assert up(tmp_path / "a", [target("1", "un"), target("2", "deux")]) == (2, 0, 0)
    assert held(tmp_path / "a") == {"1": "un", "2": "deux"}


def test_two_files_of_one_address_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="two pages claim the address x"):
        up(tmp_path / "a", [target("x", "un"), target("x", "deux")])


def test_a_file_that_is_gone_or_cut_short_is_made_again(tmp_path: Path) -> None:
    up(tmp_path / "a", [target("1", "un"), target("2", "deux")])
    (tmp_path / "a" / "1").write_bytes(b"")
    (tmp_path / "a" / "2").unlink()
    assert up(tmp_path / "b", [target("1", "un"), target("2", "deux")], last=tmp_path / "a") == (2, 0, 0)
    assert up(tmp_path / "a", [target("1", "un"), target("2", "deux")]) == (2, 0, 0)
    assert held(tmp_path / "a") == held(tmp_path / "b") == {"1": "un", "2": "deux"}
