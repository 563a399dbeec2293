// Writing: what is typed, what is saved, what is not.
"use strict";

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
