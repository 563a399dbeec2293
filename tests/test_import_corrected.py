"""An import whose address was wrong: the address is corrected where one is told, instead of asked for once more."""

import pytest

from digests import importing
from digests.models import ImportRun
from tests.factories import make_digest
from tests.pages import HTMX, read

pytestmark = pytest.mark.django_db

MISTYPED = "https://news.ycombinator.example/item?id=4"


def failed(code: str, address: str = MISTYPED) -> ImportRun:
    return ImportRun.objects.create(address=address, state=ImportRun.State.FAILED, error_code=code)


def test_an_address_that_cannot_be_understood_is_corrected_in_place(desk, editor):
    run = importing.start(MISTYPED, requested_by=editor)
    page = read(desk, f"/desk/imports/{run.pk}/")
    field = page.css_first("form[action='/desk/imports/'] input[name=address]")
    assert field.attributes["value"] == MISTYPED
    assert "autofocus" in field.attributes
    assert not page.css("form[action$='/retry/']")


@pytest.mark.parametrize("code", ["thread_not_found", "not_a_thread"])
def test_so_is_one_under_which_the_site_has_no_thread(desk, code):
    part = desk.get(f"/desk/imports/{failed(code).pk}/", headers=HTMX).content.decode()
    assert MISTYPED in part
    assert "/retry/" not in part


def test_what_is_not_the_addresss_fault_is_tried_again(desk):
    page = read(desk, f"/desk/imports/{failed('source_unreachable').pk}/")
    assert page.css("form[action$='/retry/']")
    assert not page.css("input[name=address]")


def test_a_thread_for_a_digest_stays_meant_for_it(desk):
    digest = make_digest()
    page = read(desk, f"/desk/imports/{failed('thread_not_found').pk}/?digest={digest.pk}")
    assert (
        page.css_first("input[name=address]").parent.parent.attributes["action"] == f"/desk/digests/{digest.pk}/thread/"
    )
    unreached = failed("source_unreachable", "https://news.ycombinator.com/item?id=4")
    answer = desk.post(f"/desk/imports/{unreached.pk}/retry/?digest={digest.pk}")
    assert answer.headers["Location"].endswith(f"/?digest={digest.pk}")
