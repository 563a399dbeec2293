// What is typed is kept in this browser until the server has it, so that neither a crash of the tab nor one of the
// server loses it. When the page is opened again, it goes back to where it was typed.
"use strict";

// IndexedDB, not localStorage: of a browser that is killed, Chromium 14x loses the last seconds of the latter.
const keeping = document.getElementById("kept");
const { editor: keptBy, digest: keptIn } = keeping.dataset;
const pageName = `matome-page-${Date.now()}-${Math.random()}`;
const rowNameOf = (form) => form.id.replace(/^t(?=\d)/, ""); // "head-form" for the head
let notKept = false;

// As long as this page lives it holds the lock of its name: another page leaves its texts alone then.
navigator.locks?.request(pageName, () => new Promise(() => {}));

const textStore = new Promise((resolve, reject) => {
  const opening = indexedDB.open("matome", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("texts", { keyPath: ["editor", "digest", "row"] });
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

/** One request to the textStore; what it gave. Fails with the browser's reason, for one that a full disk is. */
async function inStore(mode, ask) {
  const database = await textStore;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("texts", mode);
    const request = ask(transaction.objectStore("texts"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

const valuesOf = (form, of = (field) => field.value) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, of(field)]));

/** Keeps what is typed in a form as it is now, or lets go of it when the server has it. */
function noteTyped(form) {
  const row = rowNameOf(form);
  if (!fieldsOf(form).length) return;
  if (!isUnsaved(form)) return letGoOf(row);
  const entry = {
    editor: keptBy, digest: keptIn, row, page: pageName, at: Date.now(),
    version: stateOf(form).querySelector("[name=version]").value, fields: valuesOf(form), lost: form.lost ?? form.sent ?? null,
  };
  inStore("readwrite", (texts) => texts.put(entry)).then(() => { notKept = false; }, () => tellNotKept());
}

function letGoOf(row) {
  inStore("readwrite", (texts) => texts.delete([keptBy, keptIn, row])).catch(() => {});
}

/** No room, or a browser that keeps nothing: saving goes on, and only closing the page now would lose something. */
function tellNotKept() {
  if (notKept) return;
  notKept = true;
  say(keeping.dataset.notKept, "error");
}

// ---- What was left when the page was closed ----

const leftTexts = new Map(); // row → entry, of those that are still to be put back

async function takeUpTexts() {
  const all = await inStore("readonly", (texts) => texts.getAll(IDBKeyRange.bound([keptBy, keptIn], [keptBy, keptIn, []])));
  const alive = new Set((await navigator.locks?.query())?.held.map((lock) => lock.name));
  for (const entry of all) if (!alive.has(entry.page)) leftTexts.set(entry.row, entry);
  if (!leftTexts.size) return;
  putTextsBack();
  if (leftTexts.size) document.dispatchEvent(new Event("texts-left")); // their rows may be gone: the server is asked
  new MutationObserver(putTextsBack).observe(document.getElementById("list"), { childList: true, subtree: true });
}

/** Puts texts into their fields and sends them, on the version they were typed on: the server knows whether that is
    still the one, and shows both texts where it is not. */
function putTextsBack() {
  let count = 0;
  for (const [row, entry] of leftTexts) {
    const place = document.getElementById(`q${row}`);
    if (place) giveFields(place);
    const form = document.getElementById(row === "head-form" ? row : `t${row}`);
    if (!form) continue; // comes with a later piece, or is gone: the server is asked (presence.js)
    leftTexts.delete(row);
    if (isUnsaved(form)) offerText(entry); // typed in already
    else if (restoreText(form, entry)) count += 1;
  }
  if (count) say(keeping.dataset[count === 1 ? "one" : "several"].replace("0", count), "info");
}

function restoreText(form, entry) {
  const stored = valuesOf(form);
  const same = (values) => values && Object.entries(values).every(([name, value]) => stored[name] === undefined || stored[name] === value);
  if (same(entry.fields)) { // it had arrived after all
    letGoOf(entry.row);
    return false;
  }
  for (const field of fieldsOf(form)) field.value = entry.fields[field.name] ?? field.value;
  if (same(entry.lost)) entry.lost = null; // what was being saved is what is stored: the page's version is the right one
  else stateOf(form).querySelector("[name=version]").value = entry.version;
  form.lost = entry.lost;
  noteTyped(form);
  showState(form, "unsaved", words.unsaved);
  form.quietly = true;
  form.requestSubmit();
  return true;
}

/** The rows of texts that are still to be put back, for the server to say which of them are gone. */
const textsWithoutRow = () => [...leftTexts.keys()].filter((row) => row !== "head-form");

/** Rows that the server does not have any more: their texts can be copied. */
function rowsAreGone(rows) {
  for (const row of rows) {
    const entry = leftTexts.get(row);
    leftTexts.delete(row);
    if (entry) offerText(entry);
  }
}

/** Shows a text that has no field any more, to copy it or to throw it away. */
function offerText(entry) {
  const item = keeping.querySelector("template").content.cloneNode(true).firstElementChild;
  const text = item.querySelector("textarea");
  text.value = Object.values(entry.fields).filter(Boolean).join("\n");
  item.querySelector("time").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
  item.querySelector(".copy").addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy"); // no clipboard without TLS
    }
    hear(keeping.dataset.copied);
  });
  item.querySelector(".away").addEventListener("click", () => {
    letGoOf(entry.row);
    item.remove();
    keeping.hidden = !keeping.querySelector("li");
  });
  keeping.querySelector("ul").append(item);
  keeping.hidden = false;
}

// Not before htmx knows the forms: one that is sent earlier would leave the page.
addEventListener("load", () => takeUpTexts().catch(() => tellNotKept()));
