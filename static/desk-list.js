// The list of digests: ticking many at once. Without this file each box is ticked by itself.
"use strict";

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

  // Within the list: up and down (or J and K) from row to row, X or Space ticks, Shift with them ticks a range.
  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest?.(".tickable > li");
    if (!row || event.target.matches("textarea, select, input:not([type=checkbox])")) return;
    const at = [...row.parentElement.children].indexOf(row);
    const step = { ArrowDown: 1, j: 1, J: 1, ArrowUp: -1, k: -1, K: -1 }[event.key];
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
    } else if (event.key === "x" || event.key === "X") {
      event.preventDefault();
      boxes[at].checked = !boxes[at].checked;
      if (event.shiftKey) reach(boxes[at]);
      last = boxes[at];
      show();
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
