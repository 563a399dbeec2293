// Acts on the digest: which rows they are about, one after the other, and what is said about them.
"use strict";

// What is ticked and which row one is at when a button is pressed; the request may have to wait for others.
const moments = new WeakMap();
document.addEventListener("submit", (event) => {
  moments.set(event, {
    row: idOf(currentRow()),
    ticked: tickedRows().map(idOf),
    pressed: event.submitter?.getAttribute("aria-pressed") === "true",
  });
}, true);

/** An act for the ticked rows is one for the row one is at when none is ticked. */
function meaningOf(act, { row, ticked, pressed }) {
  // After a refusal that offers to go on past what cannot be undone, undo means that.
  if (/^(undo|redo)$/.test(act)) return said.querySelector(`.error [value^="${act}:"]`)?.value ?? act;
  let meaning = act;
  if (pressed && meaning.startsWith("emphasis:")) meaning = meaning.replace(/\w+$/, "none");
  if (ticked.length) return meaning;
  if (meaning.startsWith("insert:")) return meaning.replace(/:picked$/, row ? `:quote:${row}` : ":top");
  return row ? meaning.replace(":picked", `:${row}`) : meaning;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.target !== list) return;
  const { parameters, triggeringEvent, elt } = detail;
  parameters.seen = acts.elements.seen.value;
  const drag = triggeringEvent?.detail?.drag;
  if (drag) {
    parameters.act = `place:${drag.gap}`;
    parameters.pick = drag.fold ? [] : drag.rows;
    if (drag.fold) parameters.fold = drag.fold;
    return;
  }
  const moment = moments.get(triggeringEvent);
  if (elt !== acts || !moment || !parameters.act) return;
  parameters.act = meaningOf(parameters.act, moment);
  parameters.pick = moment.ticked;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.getResponseHeader("Content-Type")?.startsWith("application/json")) return;
  event.detail.shouldSwap = false;
  takeAnswer({ ...JSON.parse(xhr.responseText), drag: requestConfig.triggeringEvent?.detail?.drag });
});

// A head that was saved: forms that stood at the version before move on with it.
document.body.addEventListener("digest-version", ({ detail: { from, to } }) => moveVersion(from, to));

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "thread") return;
  // The rows of the digest did not come along.
  for (const form of event.target.querySelectorAll("form")) if (form.elements.version) form.elements.version.value = acts.elements.version.value;
});

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, async (event) => {
    const { target, xhr } = event.detail;
    if (target !== list && target?.id !== "thread") return;
    if (target === list) forgetDrags();
    if (!xhr?.status || [502, 503, 504].includes(xhr.status)) say(words.lost, "error");
    else if (xhr.status >= 500) say(words.unchanged, "error");
    // Signed in again elsewhere: the page's tokens were of the old session.
    else if (xhr.status === 403 && (await renewTokens())) say(words.renewed, "info");
    else say(`${words.undone} `, "error", ...reasonOf(xhr));
  });
}

function say(text, kind, ...more) {
  const line = document.createElement("p");
  line.className = `message ${kind}`;
  line.append(text, ...more);
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
  if (elt !== acts || !successful) return;
  const [name] = String(requestConfig.parameters.act).split(":");
  if (name === "fold" || name === "under") {
    acts.elements.label.value = "";
    acts.elements.number.value = "";
  }
  if (name === "fold") {
    for (const row of tickedRows()) row.querySelector("[name=pick]").checked = false;
    tellCurrent();
  }
});

// Enter in a field of the tools presses the button beside it, and gives the row back the focus.
acts.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[name=label], [name=number]")) return;
  event.preventDefault();
  acts.requestSubmit(event.target.parentElement.querySelector("button"));
  if (event.target.name === "number") currentRow()?.focus({ preventScroll: true });
});

list.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches(".label input")) return;
  event.preventDefault();
  event.target.parentElement.querySelector("button").click();
});

// A picture is added on a page of its own, which is told where.
acts.querySelector("[data-act=insert-picture]").addEventListener("click", ({ currentTarget }) => {
  const row = rowsMeant().at(-1);
  currentTarget.search = `?at=${row ? `quote:${idOf(row)}` : "top"}`;
}, true);
