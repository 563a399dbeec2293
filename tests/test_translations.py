"""The Japanese catalogue is whole and fresh, and no page lets a text of the other language through."""

import gettext
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Comment, Digest, Fold, ImportRun, Quote, Thread
from digests.publishing import publish as publishing
from tests.factories import make_comment, make_digest, make_editor, make_fold, make_thread
from tests.pages import HTMX

FOLDER = settings.BASE_DIR / "locale/ja/LC_MESSAGES"
HOW_TO_REFRESH = "make messages, then translate what is new in locale/ja/LC_MESSAGES/django.po and make messages again"
GETTEXT_TOOLS = ("xgettext", "msgmerge", "msguniq", "msgattrib")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalogue; `plural` is "" for a text without a number."""

    context: str
    text: str
    plural: str
    translations: tuple[str, ...]
    flags: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.context, self.text, self.plural


def read_catalogue(source: str) -> list[Entry]:
    """The entries of a .po file without its header and without obsolete ones."""
    entries = []
    for block in source.strip().split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if found := re.fullmatch(r'(?:(msg\w+(?:\[\d+\])?) )?(".*")', line):
                name = found[1] or name
                fields[name] = fields.get(name, "") + json.loads(found[2])
        flags = " ".join(line for line in block.splitlines() if line.startswith("#,"))
        translations = tuple(text for name, text in fields.items() if name.startswith("msgstr"))
        if fields.get("msgid"):
            context, plural = fields.get("msgctxt", ""), fields.get("msgid_plural", "")
            entries.append(Entry(context, fields["msgid"], plural, translations, flags))
    return entries


SOURCE = (FOLDER / "django.po").read_text(encoding="utf-8")
ENTRIES = read_catalogue(SOURCE)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]|%[sd]|{\w*}", text))


def test_the_catalogue_is_read_as_gettext_reads_it():
    source = (
        'msgid ""\nmsgstr "head"\n\n#, fuzzy\nmsgctxt "a"\nmsgid "one\\n"\n"two"\nmsgid_plural "twos"\nmsgstr[0] "二"'
    )
    assert read_catalogue(source) == [Entry("a", "one\ntwo", "twos", ("二",), "#, fuzzy")]
    assert read_catalogue('#~ msgid "gone"\n#~ msgstr "no more"') == []
    assert len(ENTRIES) > 300


def test_every_text_has_one_translation_that_somebody_has_looked_at():
    assert [entry.text for entry in ENTRIES if len(entry.translations) != 1 or not entry.translations[0]] == []
    assert [entry.text for entry in ENTRIES if "fuzzy" in entry.flags] == []
    assert "#~" not in SOURCE, "obsolete entries"
    assert "nplurals=1; plural=0;" in SOURCE


def test_every_translation_is_japanese():
    script = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
    said = [entry for entry in ENTRIES if re.search(r"[A-Za-z]{3}", re.sub(r"%\(\w+\)s", "", entry.text))]
    assert [entry.text for entry in said if not script.search(entry.translations[0])] == []


def test_every_translation_keeps_its_texts_placeholders_and_edges():
    for entry in ENTRIES:
        text, translation = entry.plural or entry.text, entry.translations[0]
        assert placeholders(translation) == placeholders(text)
        assert translation == translation.strip(), translation
        assert not re.search(r"\.\.\.|[｡､]|[。、] ", translation.replace("「...」", "")), translation


def test_the_compiled_catalogue_is_the_written_one():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in ENTRIES:
        if entry.context:
            assert compiled.pgettext(entry.context, entry.text) == entry.translations[0]
        elif entry.plural:
            assert compiled.ngettext(entry.text, entry.plural, 2) == entry.translations[0]
        else:
            assert compiled.gettext(entry.text) == entry.translations[0], HOW_TO_REFRESH
    held = {key for key in compiled._catalog if key}
    assert len(held) == len(ENTRIES), HOW_TO_REFRESH


def test_the_catalogue_holds_the_texts_of_the_sources_and_no_others(tmp_path: Path):
    if missing := [tool for tool in GETTEXT_TOOLS if shutil.which(tool) is None]:
        why = f"no {', '.join(missing)} here; Debian, Ubuntu: apt install gettext; macOS: brew install gettext"
        if os.environ.get("MATOME_TEST_REQUIRE_BROWSER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    for folder in ("digests", "matome_site", "templates", "locale"):
        shutil.copytree(settings.BASE_DIR / folder, tmp_path / folder)
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "ja", "--no-location", "--no-obsolete"]
    environment = os.environ | {
        "MATOME_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "matome_site.settings",
    }
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    fresh = read_catalogue((tmp_path / "locale/ja/LC_MESSAGES/django.po").read_text(encoding="utf-8"))
    assert {entry.key for entry in ENTRIES} == {entry.key for entry in fresh}, HOW_TO_REFRESH


# What people see


type Patterns = list[re.Pattern[str]]


def pattern(text: str) -> re.Pattern[str]:
    """Finds a text whatever stands in its placeholders: a long one inside others, a short one only as a whole."""
    parts = [re.escape(part) for part in re.split(r"%\(\w+\)[a-z]", text)]
    found = ".+?".join(parts)
    return re.compile(found if len("".join(parts)) >= 25 else f"(?:{found})\\W*")


ENGLISH = [pattern(text) for entry in ENTRIES for text in (entry.text, entry.plural) if text]
JAPANESE = [pattern(entry.translations[0]) for entry in ENTRIES]
LANGUAGES = [("ja", JAPANESE, ENGLISH), ("en", ENGLISH, JAPANESE)]  # its own texts, the other's


NAMES_FOR_SCRIPTS = {"data-act", "data-key", "data-name", "data-scope", "data-usual"}  # words that nobody sees


def shown(html: str) -> Iterator[str]:
    """Every piece of text a page shows, reads out or keeps for its script; not what names its language itself."""
    page = LexborHTMLParser(html)
    for node in page.css("script, style, body [lang], pre, code"):
        node.decompose()
    for node in page.root.traverse(include_text=True) if page.root else ():
        pieces: Iterable[str | None] = [node.text_content] if node.is_text_node else []
        if node.is_element_node:
            names = ("title", "aria-label", "placeholder", "alt")
            pieces = [
                value
                for name, value in node.attributes.items()
                if name in names or (name.startswith("data-") and name not in NAMES_FOR_SCRIPTS)
            ]
        for whole in (" ".join(piece.split()) for piece in pieces if piece and piece.strip()):
            yield from {whole, *re.split(r" - |: ", whole)}  # a title is put together of several texts


def spoken(html: str, patterns: Patterns) -> list[str]:
    """The pieces of a page that are texts of the language whose patterns are given."""
    return [
        piece
        for piece in shown(html)
        if any(one.search(piece) if not one.pattern.endswith("\\W*") else one.fullmatch(piece) for one in patterns)
    ]


def test_an_english_text_on_a_japanese_page_is_noticed():
    page = '<p>3 comments</p><p title="Saved">12件の引用</p><b lang="en">English</b><i data-saving="Saving …">x</i>'
    assert spoken(page, ENGLISH) == ["3 comments", "Saved", "Saving …"]
    assert spoken("<title>Digests - 編集デスク</title>", ENGLISH) == ["Digests"]
    assert spoken(page, JAPANESE) == ["12件の引用"]
    assert spoken("<p>すでに12件の引用を含むまとめ</p><p>Saved by the bell</p>", [*ENGLISH, *JAPANESE]) == []


@pytest.fixture
def digest() -> Digest:
    """A published digest with a fold, a colour and changes since, of a thread with a comment of each state."""
    thread = make_thread(comments=4, notes=["comments_missing", "ranks_kept"], order=Thread.Order.TIME)
    for number, state in enumerate(Comment.State, 5):
        make_comment(thread, number=number, state=state)
    digest = make_digest(thread=thread, lead="話の要点。", article_url="https://example.com/")
    chosen = thread.comments.quotable().in_order().values_list("pk", flat=True)[:4]
    version = curation.choose(digest.pk, version=1, comment_ids=list(chosen))
    for quote, text in zip(digest.quotes.in_order(), "一二三四", strict=True):
        Quote.objects.filter(pk=quote.pk).update(text=text, color="#785bff" if text == "一" else "")
    make_fold(digest, first=2, size=2)
    publishing.publish(digest.pk, changes=version, by=make_editor("publisher"))
    curation.edit_quote(
        digest.quotes.in_order()[0].pk, version=1, text="Not one word here is written in Japanese", author=""
    )
    for run in ImportRun.State:
        done = {"thread": thread} if run == ImportRun.State.DONE else {}
        failed = {"error_code": "source_unreachable"} if run == ImportRun.State.FAILED else {}
        ImportRun.objects.create(address="1", state=run, **done, **failed)
    make_digest(slug="bare", headline="", source_url="", tags=[])
    return digest


def desk_addresses(digest: Digest) -> list[str]:
    board, thread = f"/desk/digests/{digest.pk}/", f"/desk/threads/{digest.thread_id}/"
    bare = f"/desk/digests/{Digest.objects.get(slug='bare').pk}/"
    parts = ["", "?q=number", "publish/", "export/", "export/?escaping=plain", "delete/", "picture/"]
    found = [f"{start}{part}" for start in (board, bare) for part in parts]
    found += [thread, f"{thread}?q=number", f"{thread}?mark={Comment.objects.in_order()[0].pk}"]
    found += [f"/desk/imports/{run.pk}/" for run in ImportRun.objects.all()]
    found += ["/desk/", "/desk/?q=nowhere", "/desk/?status=changed", "/accounts/password/", "/accounts/password/done/"]
    return found


PUBLIC = ["/", "/posts/a_story/", "/tags/", "/tags/平文/", "/months/", "/months/2026/09/", "/posts/nowhere/"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "own", "other"), LANGUAGES, ids=["ja", "en"])
def test_the_desk_speaks_one_language_on_every_page(digest, language: str, own: Patterns, other: Patterns):
    client = Client(headers={"Accept-Language": language})
    assert spoken(client.get("/accounts/login/").content.decode(), other) == []
    client.force_login(make_editor())
    for address in desk_addresses(digest):
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert f'<html lang="{language}">' in page
        assert spoken(page, other) == [], address
        assert spoken(page, own) != [], address


@pytest.mark.django_db
def test_public_pages_speak_the_sites_language_alone(digest, client):
    for address in PUBLIC:
        page = client.get(address, headers={"Accept-Language": "en"}).content.decode()
        assert '<html lang="ja">' in page
        assert spoken(page, ENGLISH) == [], address
        assert spoken(page, JAPANESE) != [], address


def html_in(answer: Any) -> str:
    """An answer as HTML; one of JSON is pieces of it, each a paragraph here."""
    if answer.headers["Content-Type"] != "application/json":
        return str(answer.content.decode())
    found: list[str] = []
    waiting = [{name: value for name, value in answer.json().items() if name != "folds"}]  # labels are the site's own
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(f"<div>{value}</div>")
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return "".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "own", "other"), LANGUAGES, ids=["ja", "en"])
def test_what_acts_say_is_in_the_editors_language(digest, language: str, own: Patterns, other: Patterns):
    client = Client(headers={"Accept-Language": language})
    client.force_login(make_editor())
    board = f"/desk/digests/{digest.pk}/"
    first, *_others, last = digest.quotes.in_order().values_list("pk", flat=True)
    free = Comment.objects.in_order()[4].pk
    fold = Fold.objects.get().pk
    acts: list[tuple[str, dict[str, Any]]] = [("comments/", {"comment": free}), ("comments/", {"comment": free})]
    acts += [("quotes/", {"act": f"{name}:{first}"}) for name in ("down", "up", "bottom", "top")]
    acts += [("quotes/", {"act": f"paint:{first}:{color}"}) for color in ("green", "none")]
    acts += [("quotes/", {"act": f"rename:{fold}", "label": label}) for label in ("後半", "")]
    acts += [("quotes/", {"act": f"unfold:{fold}"}), ("quotes/", {"act": "fold"}), ("quotes/", {"act": "every"})]
    acts += [("quotes/", {"act": "fold", "pick": first}), ("quotes/", {"act": f"drop:{last}"})]
    acts += [("quotes/", {"act": "up:1", "version": 1}), (f"quotes/{first}/", {"version": 1, "text": "他"})]
    acts += [("head/", {"version": 1, "slug": "a_story", "date": "2026-09-12"}), ("head/", {"slug": "B", "date": "x"})]
    for path, fields in acts:
        version = Digest.objects.get(pk=digest.pk).version
        answer = client.post(f"{board}{path}", {"version": version} | fields, headers=HTMX)
        assert answer.status_code in {200, 409, 422}, fields
        assert spoken(html_in(answer), other) == [], fields
        assert spoken(html_in(answer), own) != [], fields


@pytest.mark.django_db
def test_the_words_of_the_newsroom_are_there(digest, client):
    client.force_login(make_editor())
    board = set(shown(client.get(f"/desk/digests/{digest.pk}/").content.decode()))
    assert {"選ぶ", "外す", "保存", "プレビュー", "書き出し", "見出し", "リード文", "タグ", "未公開の変更あり"} <= board
    desk = set(shown(client.get("/desk/").content.decode()))
    assert {"編集デスク", "取り込み", "下書き", "公開済み", "まとめを作る"} <= desk
    publish = set(shown(client.get(f"/desk/digests/{digest.pk}/publish/").content.decode()))
    assert {"公開", "変更を公開", "取り下げる…", "公開の履歴", "まだ日本語になっていません。"} <= publish
    public = set(shown(client.get("/posts/a_story/").content.decode()))
    assert {"4件のコメント", "2件のコメント", "原文", "出典", "元記事", "スレッド"} <= public
