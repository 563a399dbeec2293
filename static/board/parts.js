// A part of a comment, quoted.
"use strict";

const quotePart = document.getElementById("quote-part");

/** The words selected in one comment of the thread; null for none, or for a selection over several comments. */
function selectedPart() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed || !selection.toString().trim()) return null;
  const range = selection.getRangeAt(0);
  const start = range.startContainer.parentElement?.closest(".comments > li > div");
  const end = range.endContainer.parentElement?.closest(".comments > li > div");
  return start && start === end ? { range, words: selection.toString(), comment: start.parentElement.id.slice(1) } : null;
}

document.addEventListener("selectionchange", () => {
  const part = selectedPart();
  quotePart.hidden = !part;
  if (!part) return;
  const { right, bottom } = [...part.range.getClientRects()].at(-1);
  quotePart.style.left = `${Math.max(right - quotePart.offsetWidth, 8)}px`;
  quotePart.style.top = `${Math.min(bottom + 6, innerHeight - quotePart.offsetHeight - 8)}px`;
});

quotePart.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays

quotePart.addEventListener("click", () => {
  const part = selectedPart();
  const form = document.getElementById("part");
  if (!part || !form) return;
  form.elements.part.value = part.words;
  form.elements.comment.value = part.comment;
  form.requestSubmit();
  getSelection().removeAllRanges();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.id !== "part") return;
  event.detail.elt.elements.comment.value = "";
  if (event.detail.successful) event.detail.elt.elements.part.value = "";
});
