// How much there is and whose voices: a line that is always there, and what is under it when it is open.
"use strict";

{
  const box = document.getElementById("counts");
  const line = document.getElementById("counts-line");
  const panel = document.getElementById("counts-panel");
  const { address } = box.querySelector("summary").dataset;
  let planned = 0;

  async function count() {
    clearTimeout(planned);
    const answer = await fetch(`${address}?part=${box.open ? "panel" : "line"}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return; // the figures stay as they were
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    if (box.open) {
      const fresh = holder.content.firstElementChild;
      fresh.remove();
      panel.replaceChildren(holder.content);
      line.replaceChildren(...fresh.childNodes);
    } else line.replaceChildren(holder.content);
  }

  /** Soon, and once for several acts in a row. */
  function plan() {
    clearTimeout(planned);
    planned = setTimeout(count, 800);
  }

  box.addEventListener("toggle", () => { if (box.open) count(); });
  document.addEventListener("digest-order", plan);
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.requestConfig.elt.matches?.("form.writing") && detail.xhr.status === 200) plan();
  });

  // It lies over the board: what it names is gone to, and a click elsewhere or Escape closes it.
  document.addEventListener("click", ({ target }) => {
    if (box.open && (!box.contains(target) || target.closest("#counts-panel a[href*='#c']"))) box.open = false;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    event.stopPropagation();
    box.open = false;
    box.querySelector("summary").focus();
  });

  addEventListener("load", count);
}
