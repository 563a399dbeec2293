// Dragging rows, also while requests run.
"use strict";

// A request may be under way when something is dropped, and its answer brings the rows in the server's order. So a drag
// is remembered until the server has it, and done again on the rows that came.
const moves = [];
let running = 0;
let dragging = false;
let held = null;
let standing = [];

document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.target === list) running += 1; });
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target !== list) return;
  running -= 1;
  setTimeout(sendMoves); // by then the next request of the queue, if there is one, is under way
});

/** Remembers the order the server has, to go back to when it cannot be reached. */
function remember() {
  standing = [...list.querySelectorAll("li.quote, li.fold")].map((row) => [row, row.parentElement]);
}

function goBack() {
  moves.length = 0;
  for (const [row, home] of standing) if (home.isConnected) home.append(row);
}

const idOf = (row) => row?.id || null;

function dropped(event) {
  const row = event.item;
  moves.push({ row: row.id, fold: idOf(row.parentElement.closest("li.fold")), next: idOf(row.nextElementSibling), before: idOf(row.previousElementSibling) });
  sendMoves();
}

function sendMoves() {
  if (!moves.length || running || held !== null) return;
  moves.length = 0;
  window.htmx.trigger(acts, "arrange");
}

/** Does the remembered drags again; a row that is no longer there is forgotten. */
function repeatMoves() {
  for (const { row, fold, next, before } of moves) {
    const item = document.getElementById(row);
    const home = fold ? document.getElementById(fold)?.querySelector("ol") : list;
    if (!item || !home) continue;
    const behind = document.getElementById(before);
    const ahead = document.getElementById(next);
    if (behind?.parentElement === home) behind.after(item);
    else if (ahead?.parentElement === home) ahead.before(item);
    else home.append(item);
  }
}

// An answer that arrives in the middle of a drag waits: replaced rows would fall out of the hand.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== list || !dragging || !event.detail.shouldSwap) return;
  event.detail.shouldSwap = false;
  held = event.detail.serverResponse;
});

/** What hangs on the pointer: a short copy. A whole one would bring its fields into the form, and its styles against the policy. */
function ghost() {
  const copy = document.createElement("div");
  copy.className = this.className;
  copy.textContent = this.querySelector("input[name=label], [name=title], [name=text]")?.value.slice(0, 60) ?? "";
  return copy;
}

function arm() {
  for (const one of [list, ...list.querySelectorAll("ol.in-fold")]) {
    if (window.Sortable.get(one)) continue;
    window.Sortable.create(one, {
      group: { name: "quotes", put: (to, from, item) => to.el === list || !item.classList.contains("fold") },
      draggable: "li.quote, li.fold",
      handle: ".handle",
      animation: 120,
      forceFallback: true, // the browser's own dragging would drop text into a field it is let go over
      fallbackOnBody: true,
      fallbackTolerance: 4,
      swapThreshold: 0.6,
      onChoose: (event) => { event.item.cloneNode = ghost; },
      onStart: () => { dragging = true; },
      onEnd: () => {
        dragging = false;
        if (held === null) return;
        const html = held;
        held = null;
        window.htmx.swap(list, html, { swapStyle: "innerHTML" }, { afterSettleCallback: afterHeld });
      },
      onUpdate: dropped,
      onAdd: dropped,
    });
  }
}

function afterHeld() {
  arm();
  remember();
  repeatMoves();
  sendMoves();
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target !== list) return;
  remember();
  repeatMoves();
});

arm();
remember();
