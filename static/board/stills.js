// Fields for the rows in sight and around. A browser looks through all fields of a page whenever one comes or goes
// (2 s for 1,000 forms in Chromium 14x, to fill in addresses), so rows far from sight stand there as they read.
"use strict";

const AROUND = "800px";
const rowTemplate = document.getElementById("row-template");
const fieldsMade = rowTemplate.innerHTML;
const laidAside = new WeakMap(); // row → its form and its box for ticking, with all that is in them

const formOf = (row) => row.querySelector("form.writing") ?? laidAside.get(row)?.form ?? null;
const forgetForm = (row) => laidAside.delete(row);

function makeFields(row, still) {
  const holder = document.createElement("template");
  holder.innerHTML = fieldsMade.replaceAll(rowTemplate.dataset.key, idOf(row));
  const [pick, form] = holder.content.children;
  const { text, author, version } = form.elements;
  const name = still.querySelector(".meta b").textContent;
  text.defaultValue = still.querySelector(".text").textContent;
  text.setAttribute("aria-label", text.getAttribute("aria-label").replace(idOf(row), name));
  author.setAttribute("value", name);
  version.setAttribute("value", still.dataset.version);
  form.querySelector(".when").replaceWith(still.querySelector(".when"));
  return { form, pick, made: true };
}

/** Gives a row its fields, when it has none. */
function giveFields(row) {
  const still = row.querySelector(":scope > .card > .row > .still");
  if (!still) return;
  const { form, pick, made } = laidAside.get(row) ?? makeFields(row, still);
  laidAside.delete(row);
  still.replaceWith(form);
  row.querySelector(".pick").replaceWith(pick);
  delete row.dataset.unwritten;
  if (made) window.htmx.process(form);
}

/** Takes the fields of a row away for a while; never those with something in them that the server does not have. */
function layAside(row) {
  const form = row.querySelector("form.writing");
  const pick = row.querySelector(".pick");
  if (!form || row.matches(".between, .current") || pick.firstElementChild?.checked || row.contains(document.activeElement)) return;
  if (isUnsaved(form) || form.sent || form.querySelector(".refused, .failed")) return;
  const still = document.createElement("div");
  still.className = "still";
  const [meta, name, text] = ["div", "b", "div"].map((tag) => document.createElement(tag));
  [meta.className, text.className] = ["meta", "text"];
  [name.textContent, text.textContent] = [form.elements.author.value, form.elements.text.value];
  meta.append(name, form.querySelector(".when")?.cloneNode(true) ?? "");
  still.append(meta, text);
  row.dataset.unwritten = isUnwritten(row) ? "yes" : "no";
  laidAside.set(row, { form, pick });
  form.replaceWith(still);
  const empty = document.createElement("label");
  empty.className = "pick";
  pick.replaceWith(empty);
}

/** The same for a fold's label. */
function giveLabel(head) {
  const label = head.querySelector("b.label");
  if (!label) return;
  const fields = laidAside.get(head) ?? makeFold(head.id.slice(1))[0].querySelector(".label");
  const input = fields.querySelector("input");
  if (input.defaultValue !== label.textContent) [input.defaultValue, input.value] = [label.textContent, label.textContent];
  label.replaceWith(fields);
}

function layLabelAside(head) {
  const fields = head.querySelector(".label.line");
  const input = fields?.querySelector("input");
  if (!fields || input.value !== input.defaultValue || head.contains(document.activeElement)) return;
  const label = document.createElement("b");
  label.className = "label";
  label.textContent = input.value;
  laidAside.set(head, fields);
  fields.replaceWith(label);
}

let sightWatch = null;
const inSight = new WeakSet();

function watchSight() {
  sightWatch?.disconnect();
  const root = getComputedStyle(digestPane).overflowY === "visible" ? null : digestPane;
  sightWatch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      inSight[isIntersecting ? "add" : "delete"](target);
      if (target.matches(".fold")) (isIntersecting ? giveLabel : layLabelAside)(target);
      else (isIntersecting ? giveFields : layAside)(target);
    }
  }, { root, rootMargin: `${AROUND} 0px` });
  for (const item of list.querySelectorAll(":scope > :is(li.quote, li.fold)")) sightWatch.observe(item);
}

function watchRow(row) {
  if (!row.matches("li.quote, li.fold")) return;
  sightWatch.observe(row);
  // A text that was typed before a crash comes back into its field at once (journal.js).
  if (typeof leftTexts !== "undefined" && leftTexts.has(idOf(row)) && row.matches(".quote")) giveFields(row);
}

// What kept a row's fields although it is out of sight: that one was at it, or that it was being saved.
const layAsideLater = (row) => setTimeout(() => { if (row.isConnected && !inSight.has(row)) layAside(row); });
document.addEventListener("digest-left", ({ detail: { row } }) => layAsideLater(row));
document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => {
  if (elt.matches("form.writing") && elt.closest("#list > li")) layAsideLater(elt.closest("#list > li"));
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("#list > li.quote");
  if (row) giveFields(row);
}, true);

list.addEventListener("click", (event) => {
  const text = event.target.closest(".still .text");
  if (!text) return;
  const row = text.closest("li");
  giveFields(row);
  row.querySelector("[name=text]").focus({ preventScroll: true });
});

matchMedia("(width >= 60rem)").addEventListener("change", watchSight);
addEventListener("DOMContentLoaded", watchSight);
