// The digest's rows as the page holds them: in order from the first, in pieces, each row once and never made anew.
"use strict";

document.body.classList.add("scripted");

const digestRows = () => list.querySelectorAll(":scope > li.quote");
const rowElement = (id) => document.getElementById(`q${id}`);
const idOf = (row) => (row ? row.id.slice(1) : "");
const digestPane = document.getElementById("digest");
const nothing = document.getElementById("nothing");

/** A row, its texts and cursor in it, goes elsewhere; browsers that can, move it without taking it out. */
function moveBefore(element, next) {
  if (element === next || (element.parentElement === list && element.nextElementSibling === next)) return;
  if (list.moveBefore && element.isConnected) {
    list.moveBefore(element, next);
    return;
  }
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const range = focused?.selectionStart === undefined || focused?.selectionStart === null ? null : [focused.selectionStart, focused.selectionEnd];
  list.insertBefore(element, next);
  if (!focused) return;
  focused.focus({ preventScroll: true });
  if (range) focused.setSelectionRange(...range);
}

/** The row before an element of the list, null for none; edges of folds are no rows. */
function rowBefore(element) {
  let found = element.previousElementSibling;
  while (found && !found.matches("li.quote")) found = found.previousElementSibling;
  return found;
}

function rowBehind(element) {
  let found = element.nextElementSibling;
  while (found && !found.matches("li.quote")) found = found.nextElementSibling;
  return found;
}

/** Whatever stands in an answer's HTML, as elements. */
function elementsOf(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.children];
}

// ---- Folds: an edge before the first and one behind the last row; what is between is in ----

const foldHead = (key) => document.getElementById(`f${key}`);
const foldEnd = (key) => document.getElementById(`e${key}`);

function makeFold(key) {
  const pieces = document.getElementById("fold-template").content.cloneNode(true);
  for (const element of pieces.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (/\b[fle]0$|label-0$|:0$/.test(value)) element.setAttribute(name, value.replace(/0$/, key));
    }
  }
  return [...pieces.children];
}

function setFold(key, label, first, last) {
  let [head, end] = [foldHead(key), foldEnd(key)];
  if (!head || !end) {
    const made = makeFold(key);
    head ??= made[0];
    end ??= made[1];
    list.append(...[head, end].filter((edge) => !edge.isConnected));
    watchRow(head);
  }
  [head.dataset.first, head.dataset.last] = [first, last];
  const shown = head.querySelector("b.label");
  if (shown) shown.textContent = label;
  const field = head.querySelector(".label input");
  if (!field) return;
  if (field.value === field.defaultValue) field.value = label; // what is being typed stays
  field.defaultValue = label;
}

function removeFold(key) {
  for (const edge of [foldHead(key), foldEnd(key)]) edge?.remove();
}

/** Puts the edges of all folds where they belong, and says of each row whether it is in one. */
function settleFolds() {
  for (const head of list.querySelectorAll(":scope > li.fold")) {
    const key = head.id.slice(1);
    const [first, last] = [rowElement(head.dataset.first), rowElement(head.dataset.last)];
    if (!first) {
      removeFold(key);
      continue;
    }
    if (head.nextElementSibling !== first) moveBefore(head, first);
    const end = foldEnd(key);
    if (!last) end?.remove(); // it comes with the piece that holds the last row
    else if (end && last.nextElementSibling !== end) moveBefore(end, last.nextElementSibling);
  }
  let number = 0;
  let head = null;
  for (const item of list.children) {
    if (item.matches(".fold")) [head, number] = [item, 0];
    else if (item.matches(".fold-end")) {
      if (head) tellCount(head, number);
      head = null;
    } else {
      item.classList.toggle("in", Boolean(head));
      if (!item.matches(".between")) number += 1;
    }
  }
}

function tellCount(head, number) {
  const text = number === 1 ? list.dataset.countOne : list.dataset.count.replace("NUMBER", number);
  const shown = head.querySelector(".count");
  if (shown.textContent !== text) shown.textContent = text;
}

/** The fold a row is in. */
function foldOf(row) {
  for (let item = row?.classList.contains("in") ? row : null; item; item = item.previousElementSibling) if (item.matches(".fold")) return item;
  return null;
}

// ---- Numbers ----

/** Counts the rows, and tells the thread which comment stands where. */
function renumber() {
  let number = 0;
  const places = new Map();
  for (const row of digestRows()) {
    if (row.classList.contains("between")) continue;
    number += 1;
    const shown = document.getElementById(`no${idOf(row)}`);
    if (shown.textContent !== String(number)) shown.textContent = number;
    const comment = row.dataset.comment;
    if (comment && !places.has(comment)) places.set(comment, { number, quote: idOf(row) });
  }
  nothing.hidden = Boolean(list.firstElementChild);
  document.dispatchEvent(new CustomEvent("digest-order", { detail: { places } }));
  tellCurrent();
}

// ---- The row one is at ----

let current = null;

/** The row that acts are about when none is ticked. */
function currentRow() {
  return current?.isConnected ? current : null;
}

function setCurrent(row) {
  if (row === current) return;
  const left = current;
  left?.classList.remove("current");
  current = row;
  current?.classList.add("current");
  if (left) document.dispatchEvent(new CustomEvent("digest-left", { detail: { row: left } }));
  tellCurrent();
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("#list > li.quote");
  if (row) setCurrent(row);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#list > li.quote");
  if (row) setCurrent(row);
});

const tickedRows = () => [...list.querySelectorAll("[name=pick]:checked")].map((box) => box.closest("li"));

/** The rows that the tools are about. */
function rowsMeant() {
  const ticked = tickedRows();
  return ticked.length ? ticked : [currentRow()].filter(Boolean);
}

const meantShown = document.getElementById("meant");
const colorOf = (row) => [...row.classList].find((name) => name.startsWith("c-"))?.slice(2) ?? "";

function tellCurrent() {
  const [ticked, row] = [tickedRows(), currentRow()];
  const number = row && document.getElementById(`no${idOf(row)}`);
  const name = number && (number.getAttribute("aria-label") ?? meantShown.dataset.row.replace("NUMBER", number.textContent));
  meantShown.textContent = ticked.length ? meantShown.dataset.ticked.replace("NUMBER", ticked.length) : name || "–";
  const rows = ticked.length ? ticked : row ? [row] : [];
  acts.classList.toggle("meaning", rows.length > 0);
  for (const button of acts.querySelectorAll("[data-color]")) {
    button.setAttribute("aria-pressed", rows.length > 0 && rows.every((one) => colorOf(one) === button.dataset.color && !one.matches(".between")));
  }
  for (const button of acts.querySelectorAll("[data-emphasis]")) {
    button.setAttribute("aria-pressed", rows.length > 0 && rows.every((one) => one.classList.contains(`e-${button.dataset.emphasis}`)));
  }
  document.getElementById("unfold").hidden = !foldOf(row);
}

list.addEventListener("change", (event) => { if (event.target.name === "pick") tellCurrent(); });

// A range: Shift ticks everything from the last one that was ticked.
let lastTicked = null;
list.addEventListener("click", (event) => {
  const box = event.target.closest("[name=pick]");
  if (!box) return;
  const rows = [...digestRows()];
  const [from, to] = [rows.indexOf(lastTicked), rows.indexOf(box.closest("li"))];
  if (event.shiftKey && from >= 0) {
    for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      giveFields(row);
      row.querySelector("[name=pick]").checked = box.checked;
    }
    tellCurrent();
  }
  lastTicked = box.closest("li");
});

document.getElementById("unfold").addEventListener("click", () => foldOf(currentRow())?.querySelector("[value^='unfold:']").click());

// Another's text stands beside one's own.
document.addEventListener("htmx:afterSettle", (event) => {
  const form = event.target.closest?.("form.writing");
  form?.classList.toggle("disputed", Boolean(form.querySelector(".theirs")));
});
