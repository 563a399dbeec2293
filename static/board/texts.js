// Writing: what is typed, what is saved, what is not and why. An answer never touches a field.
"use strict";

const WRITING = "form.writing, form.head";
const QUIET = 1000; // milliseconds without a key after which a text is saved
const LONGEST_WAIT = 60; // seconds between two tries to reach a server that does not answer
const fieldsOf = (form) => [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden])"));
const isUnsaved = (form) => fieldsOf(form).some((field) => field.value !== field.defaultValue);
const unsavedForms = () => [...document.querySelectorAll(WRITING)].filter(isUnsaved);
const stateOf = (form) => form.querySelector(".state");
const isDisputed = (form) => Boolean(form.querySelector(".state .theirs"));

/** Shows how the form's save stands, in words and links. A refusal's own words stay until the next answer. */
function showState(form, name, ...said) {
  const state = stateOf(form);
  const version = state.querySelector("input");
  if (state.classList.contains("refused") && name !== "failed") return;
  state.className = `state ${name}`;
  state.replaceChildren(version, ...said);
}

// ---- Saving by itself ----

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches(WRITING)) return;
  noteTyped(form);
  showState(form, isUnsaved(form) ? "unsaved" : "", isUnsaved(form) ? words.unsaved : "");
  planSave(form);
});

/** Saves a row's text when no key has been pressed for a while. The head is saved when a field is left. */
function planSave(form, wait = QUIET) {
  clearTimeout(form.planned);
  if (form.matches(".writing")) form.planned = setTimeout(() => saveQuietly(form), wait);
}

function saveQuietly(form) {
  // What is being converted is no text yet; what is on its way, or disputed, is not sent again by itself.
  if (!form.isConnected || form.composing || form.sent || isDisputed(form) || !isUnsaved(form)) return;
  const wrong = fieldsOf(form).find((field) => !field.checkValidity());
  if (wrong) return showState(form, "failed", `${words.refused} ${wrong.validationMessage}`);
  form.quietly = true;
  form.requestSubmit();
}

for (const [name, composing] of [["compositionstart", true], ["compositionend", false]]) {
  document.addEventListener(name, (event) => {
    const form = event.target.form;
    if (!form?.matches(WRITING)) return;
    form.composing = composing;
    if (!composing) planSave(form);
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) unsavedForms().forEach((form) => planSave(form, 0));
  else tryAgain();
});

/** Saves what is being written, or everything that is not saved; says so when there is nothing. */
function saveNow() {
  const own = document.activeElement?.form;
  const forms = own?.matches?.(WRITING) ? [own] : unsavedForms();
  for (const form of forms) if (!form.sent) form.requestSubmit();
  if (!unsavedForms().length) hear(words.saved);
}

// ---- A save and its answer ----

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

// The answer to the last save got lost, so that may be stored or not: it is sent once more, which changes nothing when
// it is stored, and tells which version that is. What was typed since follows.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt: form, parameters, triggeringEvent } = event.detail;
  if (!form.matches(WRITING)) return;
  if (form.quietly) parameters.quiet = "1";
  // htmx remembers the button that was pressed last in a form, and would send the next save where that one leads.
  if (!triggeringEvent?.submitter) event.detail.path = form.getAttribute("hx-post");
  if (form.lost && !triggeringEvent?.submitter?.name) Object.assign(parameters, form.lost);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches(WRITING)) return;
  const knowingly = event.detail.requestConfig.triggeringEvent?.submitter?.name;
  clearTimeout(form.planned);
  if (!knowingly && !isUnsaved(form)) {
    form.quietly = false;
    event.preventDefault(); // leaving a field and then pressing its button saves once, not twice
    return;
  }
  const { parameters } = event.detail.requestConfig;
  form.sent = Object.fromEntries(fieldsOf(form).map((field) => [field.name, parameters[field.name] ?? field.value]));
  showState(form, "saving", words.saving);
});

document.addEventListener("htmx:afterRequest", async (event) => {
  const form = event.detail.requestConfig.elt; // the event's own is the nearest that is left, when this one was replaced
  if (!form.matches(WRITING) || !form.sent) return;
  const { status } = event.detail.xhr;
  const { sent, quietly } = form;
  const broken = status >= 500 && ![502, 503, 504].includes(status); // these are said by what stands before the server
  const silent = status === 0 || status >= 500;
  Object.assign(form, { sent: null, quietly: false, lost: silent ? (form.lost ?? sent) : null });
  if (status >= 200 && status < 300) { // to htmx a refusal that brings a page is a success too
    for (const field of fieldsOf(form)) field.defaultValue = sent[field.name];
    failures = 0;
    if (isUnsaved(form)) { // typed on while it was being saved
      showState(form, "unsaved", words.unsaved);
      planSave(form, quietly ? QUIET : 0);
    }
  } else if (silent) {
    showState(form, "failed", broken ? words.broken : words.offline);
    waitForServer();
  } else if (status !== 409 && status !== 422) {
    showState(form, "failed", `${words.refused} `, ...reasonOf(event.detail.xhr));
  }
  noteTyped(form);
  // Signed in again elsewhere: the page's tokens are of the old session. New ones, and the text goes out once more.
  if (status === 403 && (await renewTokens())) form.requestSubmit();
});

// ---- A server that does not answer, or fails ----

let failures = 0;
let retrying = 0;

function waitForServer() {
  clearTimeout(retrying);
  retrying = setTimeout(tryAgain, 1000 * Math.min(LONGEST_WAIT, 2 ** failures));
  failures += 1;
}

/** Sends what could not be sent: one text, and when that arrives the others. */
function tryAgain() {
  clearTimeout(retrying);
  const waiting = [...document.querySelectorAll(WRITING)].filter((form) => form.lost && !form.sent);
  if (!waiting.length) return;
  saveAgain(waiting[0]);
  waiting[0].addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.status) waiting.slice(1).forEach(saveAgain);
  }, { once: true });
}

function saveAgain(form) {
  if (!form.isConnected || !form.lost || form.sent) return;
  form.quietly = true;
  form.requestSubmit();
}

addEventListener("online", tryAgain);

// Who was signed out may have signed in in another tab meanwhile.
addEventListener("focus", async () => {
  const refused = [...document.querySelectorAll(WRITING)].filter((form) => stateOf(form).matches(".failed") && !form.lost && isUnsaved(form));
  const actRefused = said.querySelector(".sign-in");
  if (!(refused.length || actRefused) || !(await renewTokens())) return;
  refused.forEach((form) => form.requestSubmit());
  if (actRefused) say(words.renewed, "info");
});

/** Takes fresh tokens from a small page; false when somebody is still signed out, or the tokens were not the reason. */
async function renewTokens() {
  const answer = await fetch(words.tokens).catch(() => null);
  const token = answer && !answer.redirected && answer.ok && /name="csrfmiddlewaretoken" value="(\w+)"/.exec(await answer.text())?.[1];
  if (!token || Date.now() - renewedAt < 10000) return false;
  renewedAt = Date.now();
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
}

let renewedAt = 0;

/** The reason in a refusal, when it is a sentence and not a page; with the way to the sign-in page where that is it. */
function reasonOf(xhr) {
  const text = xhr.responseText.trim();
  const reason = text.length < 300 && !text.includes("<") ? text : `(${xhr.status})`;
  const address = xhr.getResponseHeader("Matome-Sign-In");
  if (!address) return [reason];
  const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", className: "sign-in", textContent: words.signIn });
  return [`${reason} `, link];
}

// Pressed with a mouse, the way in leaves the focus where it is: leaving the field would save, and replace the link.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.(".sign-in")) event.preventDefault();
});

// ---- Leaving ----

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
