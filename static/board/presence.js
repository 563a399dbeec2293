// Who else is in this digest and where, what they have changed, and rows that are not there any more.
"use strict";

{
  const EVERY = 10_000; // milliseconds between two questions
  const form = document.getElementById("presence");
  let timer = 0;
  let told = null; // the row the server knows this editor in
  let silent = false;

  const rowHere = () => {
    const row = document.activeElement?.closest?.("#list > li.quote");
    return row ? row.id.slice(1) : "0";
  };

  /** Says where one is and hears who else is where. */
  async function ask() {
    clearTimeout(timer);
    if (document.hidden) return;
    timer = setTimeout(ask, EVERY);
    told = rowHere();
    const body = new FormData(form);
    body.set("row", told);
    body.set("version", acts.elements.version.value);
    body.set("seen", acts.elements.seen.value);
    body.set("asked", textsWithoutRow().join());
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || answer.redirected) {
      silent = true;
      return;
    }
    if (silent) tryAgain(); // the server is back
    silent = false;
    const { here, newer, gone } = await answer.json();
    show(here);
    rowsAreGone(gone);
    if (newer) await catchUp();
  }

  /** Names at the top, and each at its row. */
  function show(here) {
    for (const mark of document.querySelectorAll(".someone")) mark.remove();
    const names = here.map(({ name, row }) => {
      const place = document.getElementById(`q${row}`);
      if (place) place.append(chip("span", name, form.dataset.here));
      const number = document.getElementById(`no${row}`);
      return chip("li", name, number ? form.dataset.in.replace("NUMBER", number.textContent || number.title) : form.dataset.here);
    });
    form.querySelector("ul").replaceChildren(...names);
    form.hidden = !names.length;
  }

  function chip(tag, name, words) {
    const made = document.createElement(tag);
    made.className = tag === "li" ? "" : "someone";
    made.textContent = name;
    made.title = words.replace("NAME", name);
    const more = document.createElement("span");
    more.className = "hidden";
    more.textContent = made.title;
    made.replaceChildren(document.createElement("i"), more);
    made.firstChild.textContent = name;
    made.firstChild.ariaHidden = "true";
    return made;
  }

  // Whoever goes to another row tells it soon, so that nobody else begins there.
  document.addEventListener("focusin", () => {
    if (rowHere() === told) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 700);
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });

  addEventListener("pagehide", () => {
    const body = new FormData(form);
    body.set("leave", "1");
    navigator.sendBeacon(form.action, body);
  });

  document.addEventListener("texts-left", ask);
  addEventListener("load", ask);
}

/** A text that came from somebody else while one's cursor is in that row: shown when nothing is lost by it. */
function othersWrote(own, fresh) {
  const told = document.getElementById("presence").dataset;
  const [form, still] = [fresh.querySelector("form.writing"), fresh.querySelector(".still")];
  const theirs = form
    ? { ...Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value])), version: stateOf(form).querySelector("[name=version]").value }
    : still && { text: still.querySelector(".text").textContent, author: still.querySelector(".meta b").textContent, version: still.dataset.version };
  const version = stateOf(own).querySelector("[name=version]");
  if (!theirs || version.value === theirs.version) return;
  if (isUnsaved(own) || own.composing || own.sent) {
    showState(own, "unsaved", told.both);
    return;
  }
  version.value = theirs.version;
  for (const field of fieldsOf(own)) {
    const value = theirs[field.name];
    if (value === undefined || value === field.value) continue;
    const at = document.activeElement === field ? field.selectionStart : null;
    field.defaultValue = value;
    field.value = value;
    if (at !== null) field.setSelectionRange(at, at);
  }
  showState(own, "others", told.shown);
}
