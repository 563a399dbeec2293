// Where one is: the row that keys are about, going from row to row, and the focus, which no change of the page takes.
"use strict";

const ROW = "#digest li.quote[id^=q], #thread li[id^=c]";
const FIELD = "textarea, input[name=text], input[name=target], input[name=title]";
const paneOf = (element) => element?.closest?.("#thread, #digest") ?? null;
const rowOf = (element) => element?.closest?.(ROW) ?? null;
const rowsOf = (pane) => [...(pane?.querySelectorAll(ROW) ?? [])];
const isShown = (element) => Boolean(element?.checkVisibility?.({ visibilityProperty: true }));
const heard = document.getElementById("heard");

/** Said to those who listen; nothing is shown. */
function hear(text) {
  heard.textContent = "";
  setTimeout(() => { heard.textContent = text; }, 20); // the same words twice are heard twice
}

// The row of each pane that had the focus last, and the pane that had it.
const lastHere = { thread: "", digest: "", pane: "" };

/** The pane with the focus, or the one that had it lastHere. */
function herePane() {
  return paneOf(document.activeElement) ?? document.getElementById(lastHere.pane || (rowsOf(document.getElementById("thread")).length ? "thread" : "digest"));
}

/** The row keys are about; null when none has been gone to yet. */
function hereRow(pane = herePane()) {
  const focused = rowOf(document.activeElement);
  if (focused && paneOf(focused) === pane) return focused;
  const row = pane && document.getElementById(lastHere[pane.id]);
  return row && isShown(row) ? row : null;
}

/** What is read out of a row that gets the focus itself. */
function rowName(row) {
  const author = row.querySelector("[name=author]")?.value ?? row.querySelector("b")?.textContent ?? "";
  const text = row.querySelector("[name=text]")?.value ?? row.querySelector(".still .text, :scope > div:not(.card)")?.textContent ?? "";
  return [row.querySelector(".number")?.textContent.trim(), author, text.trim().slice(0, 200)].filter(Boolean).join(" ");
}

function goTo(row) {
  if (!row) return false;
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.setAttribute("aria-label", rowName(row));
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

/** The next row that is to be seen and fulfils the condition, from the current one on; the first for none. */
function stepped(pane, step, fits = () => true, { around = false } = {}) {
  const rows = rowsOf(pane);
  const here = hereRow(pane);
  const start = here ? rows.indexOf(here) : step > 0 ? -1 : rows.length;
  for (let n = 1; n <= rows.length; n += 1) {
    const place = start + step * n;
    const row = rows[around ? ((place % rows.length) + rows.length) % rows.length : place];
    if (!row) return null;
    if (fits(row) && isShown(row)) return row;
  }
  return null;
}

function write(row) {
  if (!row) return false;
  goTo(row); // rows out of sight get their fields by that
  const field = row.querySelector(FIELD);
  if (!field) return false;
  field.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  // What is still the original is there to be written over; what was written is written on.
  if (isUnwritten(row)) field.select();
  else field.setSelectionRange?.(field.value.length, field.value.length);
  return true;
}

/** Whether a quote's text is still that of its comment. */
function isUnwritten(row) {
  if (row.dataset.unwritten !== undefined) return row.dataset.unwritten !== "no";
  const [text, original] = [row.querySelector("[name=text]")?.value, row.querySelector(".original > div")?.textContent];
  const bare = (words) => words?.replace(/\s+/g, "");
  return text !== undefined && original !== undefined && bare(text) === bare(original);
}

// ---- The focus is never lost ----

let hadFocus = null;

function remember(element) {
  const [pane, row] = [paneOf(element), rowOf(element)];
  if (pane) lastHere.pane = pane.id;
  if (pane && row) lastHere[pane.id] = row.id;
  return {
    element,
    id: element.id,
    act: element.dataset?.act,
    name: element.name,
    value: element.matches("button, input[type=checkbox], input[type=radio]") ? element.value : null,
    pane: pane?.id,
    row: row?.id,
    place: row ? rowsOf(pane).indexOf(row) : -1,
  };
}

document.addEventListener("focusin", (event) => { hadFocus = remember(event.target); });

// Whoever clicks beside everything has let go of it. In a row, the row is taken.
document.addEventListener("pointerdown", (event) => {
  const row = rowOf(event.target);
  if (row && !row.hasAttribute("tabindex")) row.tabIndex = -1;
  if (!row) hadFocus = null;
});

/** Gives the focus to what had it, what stands for that now, its row, or the row that came to its place. */
function giveBack() {
  if (!hadFocus || (document.activeElement && document.activeElement !== document.body)) return;
  const { element, id, act, name, value, pane, row, place } = hadFocus;
  const there = document.getElementById(pane);
  const home = document.getElementById(row);
  const among = home ?? (row ? null : there ?? document);
  const same = [
    element.isConnected && element,
    id && document.getElementById(id),
    act && among?.querySelector(`[data-act="${CSS.escape(act)}"]`),
    name && among?.querySelector(`[name="${CSS.escape(name)}"]${value === null ? "" : `[value="${CSS.escape(value)}"]`}`),
  ].find((one) => one && isShown(one) && !one.disabled);
  if (same && same !== home) {
    same.focus({ preventScroll: true });
    if (document.activeElement === same) return;
  }
  const rows = rowsOf(there).filter((one) => isShown(one));
  if (isShown(home) ? goTo(home) : place >= 0 && goTo(rows[Math.min(place, rows.length - 1)])) return;
  there?.focus({ preventScroll: true });
}

new MutationObserver(giveBack).observe(document.body, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "disabled", "open"],
});

// A name that is longer than its row is wide is read whole in its title.
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, ({ target }) => {
    if (target.matches?.("#list [name=author]")) target.title = target.scrollWidth > target.clientWidth ? target.value : "";
  });
}
