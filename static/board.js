// The board: saving while one writes, dragging, keeping focus and place. Without it every button still works.
"use strict";

const words = document.getElementById("words").dataset;
const acts = document.getElementById("acts");
const list = document.getElementById("list");
const said = document.getElementById("said");

// ---- Texts: what is typed, what is saved -------------------------------------------------------------------------

const WRITING = "form.writing, form.head";
const fieldsOf = (form) => [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden])"));
const isUnsaved = (form) => fieldsOf(form).some((field) => field.value !== field.defaultValue);
const unsavedForms = () => [...document.querySelectorAll(WRITING)].filter(isUnsaved);
const stateOf = (form) => form.querySelector(".state");

/** Shows how the form's save stands. A refusal's own words stay until the next answer. */
function showState(form, name, text) {
  const state = stateOf(form);
  const version = state.querySelector("input");
  if (state.classList.contains("refused") && name !== "failed") return;
  state.className = `state ${name}`;
  state.replaceChildren(version, text);
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches(WRITING)) return;
  showState(form, isUnsaved(form) ? "unsaved" : "", isUnsaved(form) ? words.unsaved : "");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.form;
  if (!form?.matches(WRITING)) return;
  event.preventDefault();
  const split = event.shiftKey && form.closest("li")?.querySelector("button.split");
  if (split) split.click();
  else form.requestSubmit();
});

// An act that rewrites a text takes it as it is typed, at the cursor, and brings it back: until then it stands still.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (!elt.matches("[data-rewrites]")) return;
  parameters.structure = acts.elements.version.value;
  if (elt.matches(".split")) parameters.at = elt.form.elements.text.selectionStart;
});

for (const [name, still] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
  document.addEventListener(name, (event) => {
    const text = event.detail.elt.matches("[data-rewrites]") && event.detail.elt.form?.elements.text;
    if (text) text.readOnly = still;
  });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches(WRITING)) return;
  const knowingly = event.detail.requestConfig.triggeringEvent?.submitter?.name;
  if (!knowingly && !isUnsaved(form)) {
    event.preventDefault(); // leaving a field and then pressing its button saves once, not twice
    return;
  }
  form.sent = new Map(fieldsOf(form).map((field) => [field, field.value]));
  showState(form, "saving", words.saving);
});

document.addEventListener("htmx:afterRequest", async (event) => {
  const form = event.detail.elt;
  if (!form.matches(WRITING) || !form.sent) return;
  const status = event.detail.xhr.status;
  if (event.detail.successful) {
    for (const [field, value] of form.sent) field.defaultValue = value;
    if (isUnsaved(form)) showState(form, "unsaved", words.unsaved); // typed on while it was being saved
  } else if (status === 0) {
    showState(form, "failed", words.offline);
  } else if (status !== 409 && status !== 422) {
    showState(form, "failed", `${words.refused} ${plainReason(event.detail.xhr)}`);
  }
  form.sent = null;
  // Signed in again elsewhere: the page's tokens are of the old session. New ones, and the text goes out once more.
  if (status === 403 && (await renewTokens())) form.requestSubmit();
});

/** Takes fresh tokens from a small page; false when somebody is still signed out, or the tokens were not the reason. */
async function renewTokens() {
  const answer = await fetch(words.tokens);
  const token = !answer.redirected && answer.ok && /name="csrfmiddlewaretoken" value="(\w+)"/.exec(await answer.text())?.[1];
  if (!token || Date.now() - renewedAt < 10000) return false;
  renewedAt = Date.now();
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
}

let renewedAt = 0;

/** The reason in a refusal, when it is a sentence and not a page. */
function plainReason(xhr) {
  const text = xhr.responseText.trim();
  return text.length < 300 && !text.includes("<") ? text : `(${xhr.status})`;
}

addEventListener("beforeunload", (event) => {
  if (unsavedForms().length) event.preventDefault();
});

// A field that was refused must be seen, also inside what is closed.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "head-state") return;
  for (const error of document.querySelectorAll("#head-form .error:not(:empty)")) {
    const closed = error.closest("details");
    if (closed) closed.open = true;
  }
});

// On the way to the preview the last text is saved first, so that the preview shows it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-leave]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !unsavedForms().length) return;
  event.preventDefault();
  for (const form of unsavedForms()) if (!form.sent) form.requestSubmit();
  const started = Date.now();
  const wait = setInterval(() => {
    const waiting = unsavedForms();
    if (waiting.length && waiting.some((form) => form.sent) && Date.now() - started < 10000) return;
    clearInterval(wait);
    if (!waiting.length) location.assign(link.href);
  }, 50);
});

// ---- Versions ----------------------------------------------------------------------------------------------------

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

// ---- Swaps: focus and place stay ---------------------------------------------------------------------------------

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

// ---- What can be added between rows ------------------------------------------------------------------------------

const openMenus = () => document.querySelectorAll("details.add[open], details.sort[open]");

// One menu at a time; it goes when something else is clicked, and when what it offered is under way.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.add, details.sort") || !event.target.open) return;
  for (const menu of openMenus()) if (menu !== event.target) menu.open = false;
}, true);

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest("details.add[open], details.sort[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target === list) for (const menu of openMenus()) menu.open = false;
});

// ---- A part of a comment, and keys -------------------------------------------------------------------------------

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

const TYPING = "input:not([type=checkbox]), textarea, select";

// A key stands for the button that names it: of the row that has the focus, or of the page.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length !== 1) return;
  if (event.target.matches?.(TYPING)) return;
  const named = `[aria-keyshortcuts="${CSS.escape(event.key.toUpperCase())}"]`;
  const row = event.target.closest?.("li.quote");
  const button = row?.querySelector(named) ?? document.querySelector(`#acts ${named}, #quote-part:not([hidden])${named}`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// ---- Dragging ----------------------------------------------------------------------------------------------------

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

// ---- One pane at a time on a phone -------------------------------------------------------------------------------

const panes = document.querySelector(".panes");

function showPane() {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const pane = target?.closest(".pane");
  if (pane) panes.dataset.shown = pane.id;
  for (const link of document.querySelectorAll(".panes-nav a")) {
    if (link.hash.slice(1) === (panes.dataset.shown || "thread")) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (target && pane && target !== pane) target.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", showPane);
showPane();
