"""That the check for WCAG sees what is wrong, and only that."""

from tests.axe import violations

GOOD = (
    "<!doctype html><html lang='en'><title>A page</title><main><h1>Head</h1><label>Name <input></label></main></html>"
)


def test_a_page_without_faults_has_no_findings(browser):
    page = browser.new_page()
    page.set_content(GOOD)
    assert violations(page) == []
    page.close()


def test_a_field_without_a_name_and_grey_on_grey_are_found(browser):
    page = browser.new_page()
    page.set_content(GOOD.replace("Name <input>", "</label><input><p style='color: #999; background: #aaa'>Pale</p>"))
    found = violations(page)
    assert sorted(line.split(":")[0] for line in found) == ["color-contrast", "label"]
    assert violations(page, without=("input", "p")) == []
    page.close()
