// Acts on the digest: versions move on, focus and place stay.
"use strict";

// Only forms that stood at the version an act was based on move on with it. When the page was stale its rows came anew,
// and so the forms about rows are up to date; the head's fields are not, and their save must then be refused.
document.body.addEventListener("digest-version", (event) => {
  const { from, to, stale } = event.detail;
  const head = document.getElementById("head-form");
  const others = ["choose", "part"].map((id) => document.getElementById(id));
  for (const form of [head, acts, ...others, ...list.querySelectorAll("form:not(.writing)")]) {
    const version = form?.elements.version;
    if (version && (stale ? form !== head : version.value === String(from))) version.value = to;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "thread") return;
  // The rows of the digest did not come along.
  for (const form of event.target.querySelectorAll("#choose, #part")) form.elements.version.value = acts.elements.version.value;
});

let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target !== list) return;
  if (xhr.status === 409) {
    // The rows come whole. What nobody has typed into need not be kept, so it is shown as it is stored now.
    for (const form of list.querySelectorAll("form.writing")) if (!isUnsaved(form)) form.removeAttribute("id");
    for (const label of list.querySelectorAll("input[name=label]")) if (label.value === label.defaultValue) label.removeAttribute("id");
  }
  // Sortable leaves style attributes behind, which htmx would copy to the new rows, which the page's policy forbids.
  for (const row of list.querySelectorAll("li[style], ol[style]")) row.removeAttribute("style");
  const focused = document.activeElement;
  const row = focused?.closest("li.quote, li.fold");
  kept = {
    focused,
    name: focused?.name,
    value: focused?.value,
    form: focused?.form?.id,
    place: row ? [...list.querySelectorAll("li.quote, li.fold")].indexOf(row) : -1,
    scroll: document.getElementById("digest").scrollTop,
    page: scrollY,
  };
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target !== list || !kept) return; // htmx says so of every new row too
  const { focused, name, value, form, place, scroll, page } = kept;
  kept = null;
  arm();
  document.getElementById("digest").scrollTop = scroll;
  if (scrollY !== page) scrollTo(0, page);
  if (document.activeElement && document.activeElement !== document.body) return reveal(document.activeElement);
  const same = focused?.isConnected ? focused : name && document.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`);
  // The row is gone (dropped, opened): its neighbour takes over.
  const rows = list.querySelectorAll("li.quote, li.fold");
  const neighbour = !same && place >= 0 && rows[Math.min(place, rows.length - 1)];
  const next = neighbour && (neighbour.querySelector(":scope button.drop") || neighbour.querySelector("button"));
  const heir = same || next || (form === "acts" && document.getElementById("digest"));
  if (heir) {
    heir.focus({ preventScroll: true });
    reveal(heir);
  }
});

/** A quote that was moved out of sight is followed; nothing else scrolls. */
function reveal(element) {
  const row = element.closest("#list li.quote, #list .fold-head");
  if (row) row.scrollIntoView({ block: "nearest" });
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.target !== list) return;
    const xhr = event.detail.xhr;
    say(xhr?.status ? `${words.refused} ${plainReason(xhr)}` : words.lost, "error");
    goBack();
  });
}

function say(text, kind) {
  const line = document.createElement("p");
  line.className = `message ${kind}`;
  line.textContent = text;
  said.replaceChildren(line);
}

// What was said goes by itself after a while, later when it offers to undo something; a refusal stays.
let fading = 0;
new MutationObserver(() => {
  clearTimeout(fading);
  if (!said.querySelector(".error")) fading = setTimeout(() => said.replaceChildren(), said.querySelector("button") ? 30000 : 8000);
}).observe(said, { childList: true });

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, requestConfig } = event.detail;
  if (elt === acts && successful && requestConfig.parameters.act === "fold") acts.elements.label.value = "";
});
