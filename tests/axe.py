"""axe-core's findings on a page that a browser shows: what breaks WCAG 2.2 AA there.

The script goes in through the browser's own protocol, which the content security policy of our pages does not bind.
"""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

_RUN = """
async ([tags, within, without]) => {
  const context = { include: [[within]], exclude: without.map((one) => [one]) };
  const found = await axe.run(context, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  const why = (node) => (node.any[0] ?? node.all[0] ?? node.none[0])?.message;
  const line = (rule, node) => `${rule}: ${node.target.join(" ")}: ${node.html.slice(0, 120)}: ${why(node)}`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => line(rule.id, node)));
}
"""


def violations(page: Page, *, within: str = "html", without: tuple[str, ...] = ()) -> list[str]:
    """One line for each element that breaks a rule: the rule, where, the element, why. `within`, `without`: selectors.

    For the page as it stands: what is closed or hidden is not looked at.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, [list(TAGS), within, list(without)])
    return found
