// The list of digests: going through it by keys, ticking many at once. Without this file each box is ticked by itself.
"use strict";

const keys = document.querySelector("[data-find]").dataset; // the editor's own for what the board does, "" for none
const steps = { 1: ["ArrowDown", keys.next], [-1]: ["ArrowUp", keys.previous] };
const WRITTEN_IN = "textarea, select, input:not([type=checkbox], [type=radio])";

document.addEventListener("keydown", (event) => {
  const key = keyName(event);
  const at = event.target;
  if (!key || event.defaultPrevented || !(at instanceof Element) || at.matches(WRITTEN_IN)) return;
  const rows = document.querySelectorAll(".tickable input[name=digest]");
  let to = null;
  if (key === keys.find) to = document.querySelector(".finder [name=q]");
  else if (key === keys.next && !at.closest(".tickable > li")) [to] = rows;
  if (!to) return;
  event.preventDefault();
  to.focus();
});

for (const hint of document.querySelectorAll(".keys-hint")) hint.hidden = false;

for (const form of document.querySelectorAll("form[data-ticking]")) {
  const boxes = [...form.querySelectorAll("input[name=digest]")];
  const all = form.querySelector("[data-all]");
  const count = form.querySelector(".ticked-count");
  const which = form.querySelector("select[name=which]");
  let last = null; // the box that was ticked or unticked before: where a range begins

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    count.hidden = !ticked;
    count.textContent = form.dataset.ticked.replace("%s", ticked);
    if (ticked && which.value === "page" && ticked < boxes.length) which.value = "ticked";
  };

  const reach = (box) => {
    const [from, to] = [boxes.indexOf(last ?? box), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
  };

  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!boxes.includes(box)) return;
    if (event.shiftKey) reach(box);
    last = box;
    show();
  });

  // Within the list: up and down (or the board's keys for that) from row to row, X or Space ticks, Shift with them ticks
  // a range, Enter opens the board.
  form.addEventListener("keydown", (event) => {
    const key = keyName(event);
    const row = event.target.closest?.(".tickable > li");
    if (!key || !row || event.target.matches("textarea, select, input:not([type=checkbox])")) return;
    const at = [...row.parentElement.children].indexOf(row);
    const bare = key.replace(/^Shift\+/, "");
    const step = [1, -1].find((way) => steps[way].includes(bare));
    if (step) {
      const next = boxes[at + step];
      if (!next) return;
      event.preventDefault();
      if (event.shiftKey) {
        boxes[at].checked = true;
        next.checked = true;
        last = next;
        show();
      }
      next.focus();
    } else if (bare === "X") {
      event.preventDefault();
      boxes[at].checked = !boxes[at].checked;
      if (event.shiftKey) reach(boxes[at]);
      last = boxes[at];
      show();
    } else if (key === "Enter" && boxes.includes(event.target)) {
      event.preventDefault(); // a form's first button would be pressed, and that publishes
      row.querySelector("a.name").click();
    }
  });

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  all.closest("label").hidden = false;
  addEventListener("pageshow", show); // a browser going back keeps the ticks
  show();
}
