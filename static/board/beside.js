// A quote and its comment beside each other: whichever is gone to, the other side shows its own.
"use strict";

{
  const both = () => matchMedia("(width >= 60rem)").matches;

  function pointIn(list, row) {
    for (const one of list.querySelectorAll(".here")) one.classList.remove("here");
    row?.classList.add("here");
  }

  /** Into sight within its own pane, and only if it is not. */
  function reveal(row) {
    const pane = row.closest(".pane");
    const [inside, outside] = [row.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (inside.top < outside.top + 80 || inside.top > outside.bottom - 80) row.scrollIntoView({ block: "center" });
  }

  document.addEventListener("focusin", async (event) => {
    const quote = event.target.closest?.("#digest li.quote");
    const list = document.getElementById("list");
    if (quote) {
      const id = quote.dataset.comment;
      pointIn(list, null);
      threadPane.point(null);
      if (!id || !both()) return;
      const here = document.getElementById(`c${id}`);
      if (here?.hidden) return; // what is narrowed away, or closed, stays so
      const row = here ?? (await threadPane.reach(id));
      if (!row || !quote.contains(document.activeElement)) return;
      threadPane.point(row);
      reveal(row);
      return;
    }
    const row = event.target.closest?.("#comments > li");
    if (!row || !list) return;
    threadPane.point(null);
    const made = list.querySelector(`li.quote[data-comment="${threadPane.idOf(row)}"]`);
    pointIn(list, made);
    if (made && both()) reveal(made);
  });
}
