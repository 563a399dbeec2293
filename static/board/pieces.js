// The page opens with the first rows; the others come in pieces, one after the other, and at once where one goes.
"use strict";

let fetching = null;
const rowsLeft = () => Number(list.dataset.left);
// Rows with a text that nobody has saved, while the list is made anew: they stand in for those that come.
const spared = new Map();

/** Puts a piece's elements at the end. */
function addPiece(html) {
  const fresh = elementsOf(html).map((element) => {
    const own = spared.get(element.id);
    spared.delete(element.id);
    return own ?? document.getElementById(element.id) ?? element;
  });
  list.append(...fresh);
  for (const element of fresh) {
    watchRow(element);
    window.htmx.process(element);
  }
}

/** Fetches one piece, up to a row if one is named; false when the page is of another version by then. */
async function fetchPiece(upto = "0") {
  const version = acts.elements.version.value;
  const rows = digestRows();
  const behind = idOf(rows[rows.length - 1]) || "0";
  const answer = await fetch(`${list.dataset.more}?after=${behind}&upto=${upto}`);
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const html = await answer.text();
  const theirs = answer.headers.get("Matome-Version");
  if (theirs !== acts.elements.version.value || theirs !== version) {
    if (Number(theirs) > Number(acts.elements.version.value)) await catchUp();
    return false;
  }
  list.dataset.left = answer.headers.get("Matome-Left");
  addPiece(html);
  settleFolds();
  renumber();
  return true;
}

/** Loads rows until there are none left, or the row is there. One piece at a time, whoever asks. */
async function loadRows(upto = null) {
  const arrived = () => (upto ? rowElement(upto) : false);
  for (let failed = 0; rowsLeft() && !arrived();) {
    try {
      if (fetching) await fetching;
      else {
        fetching = fetchPiece(upto ?? undefined);
        await fetching;
      }
      failed = 0;
    } catch {
      failed += 1;
      if (failed > 5) return false;
      await new Promise((done) => { setTimeout(done, 1000 * failed); });
    } finally {
      fetching = null;
    }
    if (!upto) await new Promise((done) => { setTimeout(done, 20); }); // between two pieces, keys and clicks have their turn
  }
  if (!rowsLeft()) document.getElementById("more")?.remove();
  return !upto || Boolean(arrived());
}

/** What the page has missed. */
async function catchUp() {
  const { version, seen } = acts.elements;
  const answer = await fetch(`${list.dataset.since}?version=${version.value}&seen=${encodeURIComponent(seen.value)}`);
  if (answer.status === 200 && !answer.redirected) takeAnswer(await answer.json());
}

// An address that names a row, in the page or in its address bar.
async function goToNamed() {
  const id = /^#q(\d+)$/.exec(location.hash)?.[1];
  if (!id || rowElement(id) || !rowsLeft()) return;
  if (!(await loadRows(id))) return;
  showPane();
  // Rows that come into sight are not as high as had been guessed.
  for (let frame = 0; frame < 10; frame += 1) {
    await new Promise((done) => { setTimeout(done, 30); });
    rowElement(id)?.scrollIntoView({ block: "center" });
  }
}

addEventListener("hashchange", goToNamed);

// Another page than the first is for those without script.
if (list.dataset.page) {
  location.replace(`${location.pathname}${location.hash}`);
} else {
  addEventListener("load", async () => {
    await goToNamed();
    loadRows();
  });
}
