// What an act, or somebody else, changed: single rows are moved, added, taken out, rewritten. Nothing else is touched.
"use strict";

// Answers that came while something was being dragged; rows must not fall out of the hand.
const answersHeld = [];

/** Takes an answer of the server: its version at once, since the next request goes out now; its rows when it may. */
function takeAnswer(answer) {
  if (answer.to !== undefined) moveVersion(answer.from, answer.to, { head: !answer.title });
  if (answer.seen) acts.elements.seen.value = answer.seen;
  if (dragging) answersHeld.push(answer);
  else showAnswer(answer);
}

/** Forms about rows take the new version; the head's only when nobody else has changed the head. */
function moveVersion(from, to, { head = true } = {}) {
  const headForm = document.getElementById("head-form");
  const forms = [acts, ...document.querySelectorAll("#thread form")];
  for (const form of head && headForm ? [...forms, headForm] : forms) {
    const version = form.elements.version;
    if (version?.value === String(from)) version.value = to;
  }
}

function showAnswer(answer) {
  const place = standpoint();
  takeBackDrags();
  if (answer.drag) drags.splice(drags.indexOf(answer.drag), 1);
  if (answer.reset !== undefined) startAnew(answer);
  else if (answer.to !== undefined) applyPatch(answer);
  repeatDrags();
  if (answer.quotes !== undefined) for (const shown of document.querySelectorAll(".count-all")) shown.textContent = answer.quotes;
  if (answer.status) document.getElementById("status")?.replaceWith(...elementsOf(answer.status));
  if (answer.title !== undefined) showHead(answer);
  if (answer.thread !== undefined) document.dispatchEvent(new CustomEvent("digest-thread", { detail: answer.thread }));
  if (answer.said) sayHtml(answer.said, answer.failed ? "error" : "");
  keepStandpoint(place, answer);
}

function applyPatch({ gone, placed, folds, unfolded, looks, comments, rows, flags, failed }) {
  takeOut(new Set(gone.map(String)));
  for (const [id, html] of Object.entries(rows ?? {})) bringRow(id, html, failed);
  const missing = placeRows(placed);
  arrivals.clear();
  for (const key of unfolded) removeFold(key);
  for (const [key, label, first, last] of folds) if (rowElement(first)) setFold(key, label, first, last);
  for (const [id, [color, emphasis]] of Object.entries(looks)) dressRow(rowElement(id), color, emphasis);
  for (const [id, html] of Object.entries(flags ?? {})) flagRow(rowElement(id), html);
  settleFolds();
  renumber();
  if (Object.keys(comments).length) document.dispatchEvent(new CustomEvent("digest-comments", { detail: { comments } }));
  if (missing.length) bringMissing(missing, folds);
}

/** Whoever is at a row that goes is at its neighbour then. */
function takeOut(leaving) {
  const row = currentRow();
  if (row && leaving.has(idOf(row))) {
    let heir = rowBehind(row);
    while (heir && leaving.has(idOf(heir))) heir = rowBehind(heir);
    if (!heir) heir = rowBefore(row);
    while (heir && leaving.has(idOf(heir))) heir = rowBefore(heir);
    setCurrent(heir);
    if (row.contains(document.activeElement)) (heir ?? digestPane).focus({ preventScroll: true });
  }
  for (const id of leaving) rowElement(id)?.remove();
}

/** Puts rows behind those that they follow; gives back those that the page should have and does not. */
function placeRows(placed) {
  const missing = [];
  for (const [id, before] of placed) {
    const element = rowElement(id) ?? arrivals.get(String(id));
    const previous = before ? rowElement(before) : null;
    if (before && !previous) {
      element?.remove(); // it stands where the page has not come to yet, and comes with that piece
      arrivals.delete(String(id));
    } else if (!element) missing.push([id, before]);
    else {
      let next = previous ? previous.nextElementSibling : list.firstElementChild;
      while (next && !next.matches("li.quote")) next = next.nextElementSibling;
      moveBefore(element, next);
      if (arrivals.delete(String(id))) {
        watchRow(element);
        window.htmx.process(element);
      }
    }
  }
  return missing;
}

/** Rows that came here from where the page has not come to yet. */
async function bringMissing(missing, folds) {
  const answer = await fetch(`${list.dataset.more}?only=${missing.map(([id]) => id)}`);
  if (!answer.ok || answer.redirected) return;
  const came = elementsOf(await answer.text());
  for (const element of came) if (element.matches("li.quote")) arrivals.set(idOf(element), element);
  placeRows(missing);
  arrivals.clear();
  // A fold that came along whole is not in the patch: nothing about it is different.
  const theirs = came.filter((element) => element.matches("li.fold"));
  const along = theirs.map((head) => [idOf(head), head.querySelector(".label").textContent, head.dataset.first, head.dataset.last]);
  for (const [key, label, first, last] of [...along, ...folds]) if (rowElement(first)) setFold(key, label, first, last);
  settleFolds();
  renumber();
}

// Rows that an answer brought and that have no place yet.
const arrivals = new Map();

/** A row in full: a new one, or what is new in one that is there. A text that somebody is typing stays. */
function bringRow(id, html, failed) {
  const fresh = elementsOf(html)[0];
  const own = rowElement(id);
  if (!own) {
    arrivals.set(String(id), fresh);
    return;
  }
  dressRow(own, colorOf(fresh), [...fresh.classList].find((name) => name.startsWith("e-"))?.slice(2) ?? "");
  const form = formOf(own);
  const rewriting = !failed && form?.elements.text?.readOnly; // by this page's own act, which took the text along
  if (form && !rewriting && (isUnsaved(form) || form.contains(document.activeElement))) {
    othersWrote(form, fresh);
    return;
  }
  const focused = own.contains(document.activeElement) ? document.activeElement : null;
  forgetForm(own);
  // A field that is taken out while it has the focus says that it changed; what it held has gone along already.
  if (form) for (const field of fieldsOf(form)) field.defaultValue = field.value;
  own.querySelector(".row").replaceWith(fresh.querySelector(".row"));
  window.htmx.process(own.querySelector(".row"));
  if (focused && !focused.isConnected) own.querySelector(`.row [name="${focused.name}"]`)?.focus({ preventScroll: true });
}

function dressRow(row, color, emphasis) {
  if (!row) return;
  const kept = [...row.classList].filter((name) => !/^[ce]-/.test(name));
  row.className = [...kept, color && `c-${color}`, emphasis && `e-${emphasis}`].filter(Boolean).join(" ");
}

function flagRow(row, html) {
  if (!row) return;
  row.querySelector(".flag")?.remove();
  const fresh = elementsOf(html);
  row.querySelector(".row").prepend(...fresh);
  for (const element of fresh) window.htmx.process(element);
}

/** The page holds nothing of what has changed: the rows come anew, in pieces. Texts that are being typed stay. */
function startAnew({ reset, left }) {
  for (const row of digestRows()) {
    const form = row.querySelector("form.writing");
    if (form && (isUnsaved(form) || form.contains(document.activeElement))) spared.set(row.id, row);
  }
  list.dataset.left = left;
  const focused = document.activeElement;
  list.replaceChildren();
  addPiece(reset);
  settleFolds();
  renumber();
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  loadRows();
}

function showHead({ head, title }) {
  document.getElementById("title").textContent = title;
  const form = document.getElementById("head-form");
  if (!form || isUnsaved(form) || form.contains(document.activeElement)) return; // its save will say what is different
  const [fresh] = elementsOf(head);
  document.getElementById("head").replaceWith(fresh);
  window.htmx.process(fresh);
}

function sayHtml(html, kind) {
  const line = document.createElement("p");
  line.className = `message ${kind}`;
  line.innerHTML = html;
  said.replaceChildren(line);
}

// ---- Nothing jumps ----

/** Where the row stands that one is at, or else the one at the top of the window. */
function standpoint() {
  const scroller = digestPane.scrollHeight > digestPane.clientHeight + 1 && getComputedStyle(digestPane).overflowY !== "visible" ? digestPane : document.scrollingElement;
  const anchor = currentRow();
  const focused = anchor?.contains(document.activeElement) || acts.contains(document.activeElement);
  return { scroller, scroll: scroller.scrollTop, anchor: focused ? anchor : null };
}

/** The row acted on stays in sight, and what was added is gone to; nothing else scrolls. */
function keepStandpoint({ scroller, scroll, anchor }, { added, failed }) {
  if (scroller.scrollTop !== scroll) scroller.scrollTop = scroll;
  const fresh = added && rowElement(added);
  if (fresh) {
    const field = fresh.querySelector("[autofocus]");
    fresh.scrollIntoView({ block: "nearest" });
    (field ?? fresh).focus({ preventScroll: true });
  } else if (added) {
    loadRows(String(added)).then(() => rowElement(added)?.querySelector("[name=text]")?.focus());
  } else if (!failed && anchor?.isConnected) anchor.scrollIntoView({ block: "nearest" });
}
