"""A wrong setting or source file is told with its file, its line and what to write."""

from pathlib import Path

import pytest

from collectors.source_files import load_source, load_sources
from records import TLP, SettingsError
from settings import ROOT, load_settings

GOOD = 'name = "Example"\nkind = "rss"\nurl = "https://feed.example/rss"\n'


def _settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "vigie.toml"
    path.write_text(text, "utf-8")
    return path


def _source(tmp_path: Path, text: str, name: str = "example.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_every_setting_has_a_default_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.audience is TLP.CLEAR
    assert settings.database == f"sqlite:///{tmp_path}/var/vigie.sqlite"
    assert settings.build == tmp_path / "build"
    assert settings.sources == ROOT / "sources"


def test_shipped_settings_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shipped = load_settings(ROOT / "vigie.toml")
    text = (ROOT / "vigie.toml").read_text("utf-8")
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if not line.startswith("## ")
    )
    (ROOT / "build").mkdir(exist_ok=True)
    assert load_settings(_settings(ROOT / "build", uncommented)).fetch == shipped.fetch
    for name in ("[fetch]", "[serve]", "mirror", "contact", "audience", "database"):
        assert name in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('databse = "x"', r"vigie.toml:1: unknown key 'databse'; did you mean 'database'\?"),
        ("[fetch]\n\ntimeout = 3", r"vigie.toml:3: unknown key 'fetch.timeout'; did you mean"),
        (
            "[fetch]\ntimeout_seconds = -1",
            r"vigie.toml:2: fetch.timeout_seconds: Input should be greater than 0",
        ),
        ('audience = "PURPLE"', r"vigie.toml:1: audience: not a TLP 2.0 label"),
        ("site_name = ", r"vigie.toml:1: not valid TOML"),
        ('site_url = "nowhere"', r"vigie.toml:1: site_url: "),
    ],
)
def test_wrong_settings_are_told_with_their_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_settings(_settings(tmp_path, text))
    assert caught.value.exit_code == 2


def test_missing_settings_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load_settings(tmp_path / "absent.toml")


def test_environment_outranks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_FETCH__MIRROR", "http://127.0.0.1:9/")
    settings = load_settings(_settings(tmp_path, '[fetch]\nmirror = "http://other/"\nper_host = 2'))
    assert settings.fetch.mirror == "http://127.0.0.1:9"
    assert settings.fetch.per_host == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + 'ulr = "x"', r"example.toml:4: unknown key 'ulr'; did you mean 'url'\?"),
        ('name = "x"\nkind = "rss"', r"example.toml: the key 'url' is missing; add it"),
        (GOOD.replace('"rss"', '"rsss"'), r"example.toml:2: kind: unknown kind 'rsss'; known are "),
        (GOOD.replace("https:", "file:"), r"example.toml:3: url: 'file://feed.example/rss' is not an http"),
        (GOOD + "confidence = 120", r"example.toml:4: confidence: Input should be less than or equal to 100"),
        (GOOD + "interval_minutes = 0", r"example.toml:4: interval_minutes: "),
        (GOOD + 'enabled = "yes"', r"example.toml:4: enabled: "),
        (
            GOOD + '[options]\ncategry = "news"',
            r"example.toml:5: options.categry: unknown to the kind rss; known are",
        ),
        (
            GOOD + '[options]\ncategory = "new"',
            r"example.toml:4: options of example: category 'new' is none of",
        ),
        (GOOD + "tlp = ", r"example.toml:4: not valid TOML"),
    ],
)
def test_wrong_source_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_source(_source(tmp_path, text))


def test_source_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_source(tmp_path / "example.toml")


def test_source_file_with_a_name_that_is_no_id_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="rename it"):
        load_source(_source(tmp_path, GOOD, "My Source.toml"))


def test_good_sources_beside_a_wrong_one_are_loaded(tmp_path: Path) -> None:
    _source(tmp_path, GOOD, "good.toml")
    _source(tmp_path, "nonsense", "wrong.toml")
    sources, problems = load_sources(tmp_path)
    assert [source.id for source in sources] == ["good"]
    assert len(problems) == 1 and "wrong.toml:1" in problems[0]


def test_folder_without_sources_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no source file"):
        load_sources(tmp_path)


@pytest.mark.parametrize("value", ['"GRENE"', "true", "1", '"tlp:ex:chr"'])
def test_marking_that_is_none_is_told(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match=r"not a TLP 2\.0 label"):
        load_source(_source(tmp_path, GOOD + f"tlp = {value}"))
    with pytest.raises(SettingsError, match=r"not a TLP 2\.0 label"):
        load_settings(_settings(tmp_path, f"audience = {value}"))


def test_login_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="carries a login") as caught:
        load_source(_source(tmp_path, GOOD.replace("feed.example", "bob:hunter2@feed.example")))
    assert "hunter2" not in str(caught.value)


def test_settings_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_bytes(b"site_name = '\xe9'")
    with pytest.raises(SettingsError, match="cannot be read as UTF-8 text"):
        load_settings(tmp_path / "vigie.toml")


def test_shipped_sources_are_right() -> None:
    sources, problems = load_sources(ROOT / "sources")
    assert problems == []
    assert all(source.licence and source.homepage and source.group for source in sources)
