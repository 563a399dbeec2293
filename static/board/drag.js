// Dragging rows, several at once and folds as a whole, also while requests run.
"use strict";

// Drags that are done here and not answered yet. An answer to something else is shown on the rows as the server has
// them, so these are taken back first and done again afterwards.
const drags = [];
let dragging = false;
let carrying = null;

/** The elements in their order, each with the one before it: from that they can be put back. */
const standing = (elements) => elements.map((element) => [element, element.previousElementSibling]);

function putBack(stood) {
  for (const [element, before] of stood) if (element.isConnected) moveBefore(element, before ? before.nextElementSibling : list.firstElementChild);
}

function takeBackDrags() {
  for (const drag of drags.toReversed()) putBack(drag.stood);
}

function repeatDrags() {
  for (const drag of drags) {
    const before = edgeOf(drag.gap);
    drag.elements = drag.elements.filter((element) => element.isConnected);
    drag.stood = standing(drag.elements);
    if (before !== undefined) putTogether(drag.elements, before);
  }
}

/** When the server cannot be reached everything stands as it was. */
function forgetDrags() {
  takeBackDrags();
  drags.length = 0;
}

/** The element behind which a gap is, null for the top; undefined when it is no longer there. */
function edgeOf(gap) {
  if (gap === "top") return null;
  const [kind, id] = gap.split(":");
  return document.getElementById({ quote: "q", fold: "f", end: "e" }[kind] + id) ?? undefined;
}

function gapBehind(element) {
  if (!element) return "top";
  const kind = element.matches(".fold") ? "fold" : element.matches(".fold-end") ? "end" : "quote";
  return `${kind}:${element.id.slice(1)}`;
}

function putTogether(elements, before) {
  let last = before;
  for (const element of elements) {
    moveBefore(element, last ? last.nextElementSibling : list.firstElementChild);
    last = element;
  }
}

/** What is carried with a row: those that are ticked with it, or all that stands in a fold. */
function carriedWith(item) {
  if (item.matches(".fold")) {
    const elements = [item];
    for (let next = item.nextElementSibling; next && !next.matches(".fold"); next = next.nextElementSibling) {
      elements.push(next);
      if (next.matches(".fold-end")) break;
    }
    return elements;
  }
  const ticked = tickedRows();
  return ticked.includes(item) ? ticked : [item];
}

function dropped() {
  const { item, elements, stood } = carrying;
  let before = item.previousElementSibling;
  while (before && elements.includes(before)) before = before.previousElementSibling;
  const drag = { elements, stood, gap: gapBehind(before), rows: elements.filter((one) => one.matches("li.quote")).map(idOf) };
  if (item.matches(".fold")) drag.fold = item.id.slice(1);
  putTogether(elements, before);
  settleFolds();
  renumber();
  drags.push(drag);
  window.htmx.trigger(acts, "place", { drag });
}

/** What hangs on the pointer: a short copy. A whole one would bring its fields into the form, and its styles against the policy. */
function ghost() {
  const copy = document.createElement("div");
  copy.className = this.className;
  copy.textContent = this.querySelector(".label input, [name=title], [name=text]")?.value.slice(0, 60) ?? this.querySelector(".label, .text")?.textContent.slice(0, 60) ?? "";
  return copy;
}

window.Sortable.create(list, {
  draggable: "li",
  handle: ".handle",
  animation: 120,
  forceFallback: true, // the browser's own dragging would drop text into a field it is let go over
  fallbackOnBody: true,
  fallbackTolerance: 4,
  swapThreshold: 0.6,
  onChoose: (event) => {
    event.item.cloneNode = ghost;
    const elements = carriedWith(event.item);
    carrying = { item: event.item, elements, stood: standing(elements) };
  },
  onStart: () => {
    dragging = true;
    for (const element of carrying.elements) if (element !== carrying.item) element.classList.add("carried");
  },
  onUpdate: dropped,
  onEnd: () => {
    dragging = false;
    for (const element of carrying.elements) element.classList.remove("carried");
    for (const answer of answersHeld.splice(0)) showAnswer(answer);
  },
});
