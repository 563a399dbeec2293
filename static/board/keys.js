// Keys: each stands for an act, and the act is done by the element that says so (`data-act`), of the row or of the page.
"use strict";

{ // a scope of its own: nothing here is for other scripts
  const keysDialog = document.getElementById("keys");
  const findAct = keysDialog.querySelector(".find-act");
  const TYPING = "textarea, select, [contenteditable=true], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const WRITES_NOTHING = /^((Ctrl|Alt)\+|Escape$|(Shift\+)?F\d)/;
  // Held down, these go on; others would take away more than was meant.
  const GOES_ON = /^(next|previous|up$|down$|write-|undo$|redo$)/;

  // name → { scope, key, typing, words }: the editor's own keys stand in the list that `?` opens.
  const keyed = new Map([...keysDialog.querySelectorAll("[data-name]")].map((line) => [line.dataset.name, {
    name: line.dataset.name,
    scope: line.dataset.scope,
    key: line.dataset.key,
    typing: line.dataset.typing !== undefined,
    words: line.querySelector("button").textContent.trim(),
    line,
  }]));

  /** The act that a key means in a pane. */
  function meant(key, pane) {
    for (const act of keyed.values()) if (act.key === key && [pane?.id, "page"].includes(act.scope)) return act;
    return null;
  }

  /** The element that does an act: of the row, of what the row stands in, of its pane, of the page. */
  function doer(name, row, pane) {
    const chosen = `[data-act="${CSS.escape(name)}"]`;
    for (let place = row ?? pane ?? document.body; place; place = place.parentElement) {
      for (const element of place.matches(chosen) ? [place] : place.querySelectorAll(chosen)) {
        const home = rowOf(element);
        if ((!home || home === row) && !element.disabled && !element.hidden && !keysDialog.contains(element)) return element;
      }
    }
    return null;
  }

  function press(element) {
    if (element.matches(TYPING)) {
      element.focus();
      element.select?.();
      return;
    }
    element.click();
    const to = element.matches("a[href^='#']") && document.getElementById(decodeURIComponent(element.hash.slice(1)));
    if (to) goTo(to);
  }

  function toPane(pane) {
    if (!pane) return;
    if (!isShown(pane)) location.hash = pane.id; // on a phone
    if (!goTo(hereRow(pane) ?? stepped(pane, 1))) pane.focus();
    lastHere.pane = pane.id;
  }

  const pane = (id) => document.getElementById(id);
  const other = (one) => pane(one?.id === "digest" ? "thread" : "digest");
  const step = (id, way, fits) => goTo(stepped(pane(id), way, fits));
  const writeOn = (way) => {
    const row = stepped(pane("digest"), way, (one) => one.querySelector(`${FIELD}, .still`));
    return row ? write(row) : true;
  };

  // What the page does by itself. A false answer: there was nothing to do.
  const doing = {
    "next-row": () => step("digest", 1),
    "previous-row": () => step("digest", -1),
    "next-comment": () => step("thread", 1),
    "previous-comment": () => step("thread", -1),
    "next-root": () => step("thread", 1, (row) => row.matches(".d0")),
    "next-unwritten": () => {
      const row = stepped(pane("digest"), 1, isUnwritten, { around: true });
      if (!row) hear(keysDialog.dataset.unwritten);
      return row ? goTo(row) : true;
    },
    "other-pane": () => { toPane(other(herePane())); },
    find: () => { const field = document.getElementById("find"); field?.focus(); field?.select(); return Boolean(field); },
    headline: () => { const field = document.getElementById("id_headline"); field?.focus(); return Boolean(field); },
    write: (row) => write(row ?? stepped(pane("digest"), 1)),
    "write-next": () => writeOn(1),
    "write-previous": () => writeOn(-1),
    leave: () => {
      const at = document.activeElement;
      if (rowOf(at) === at || !paneOf(at)) return true;
      const row = rowOf(at) ?? hereRow(paneOf(at));
      return row ? goTo(row) : true;
    },
    save: () => { saveNow(); },
    preview: () => follow("preview"),
    publish: () => follow("publish"),
    help: () => { openKeys(); },
  };

  function follow(way) {
    const link = document.querySelector(`.ways a[href$="/${way}/"]`);
    link?.click();
    return Boolean(link);
  }

  /** Does an act where the focus is. */
  function act(name) {
    const known = keyed.get(name);
    const there = known.scope === "page" ? herePane() : pane(known.scope);
    const row = hereRow(there);
    const element = doer(name, row, there);
    if (element) press(element);
    else if (!(name in doing) || doing[name](row) === false) hear(`${keysDialog.dataset.nothing}: ${known.words}`);
  }

  /** Whether the element under the focus means the key for itself. */
  function ownKey(element, key) {
    if (element.matches("button, summary, [role=button]")) return key === "Enter" || key === "Space";
    if (element.matches("a[href]")) return key === "Enter";
    return element.matches("input[type=checkbox], input[type=radio]") && /^(Space|Arrow)/.test(key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const key = keyName(event);
    const at = event.target;
    if (!key || !(at instanceof Element)) return;
    const typing = at.matches(TYPING);
    if (typing ? !WRITES_NOTHING.test(key) : ownKey(at, key)) return;
    const found = meant(key, herePane());
    if (!found || (typing && !found.typing)) return;
    if (event.repeat && !GOES_ON.test(found.name)) return event.preventDefault();
    if (found.name === "leave" && document.querySelector("details[open] > .menu")) return; // the menu is what goes
    event.preventDefault();
    act(found.name);
  });

  // ---- The list of all keys ----

  function openKeys() {
    findAct.value = "";
    narrow();
    // Colours are shown by the names that this site gives them.
    for (const { name, line, words: usual } of keyed.values()) {
      const named = name.startsWith("paint-") && document.querySelector(`[data-act="${name}"]`);
      line.querySelector("button").textContent = (named && (named.getAttribute("aria-label") || named.title)) || usual;
    }
    keysDialog.showModal();
    findAct.focus();
  }

  function narrow() {
    const asked = findAct.value.trim().toLowerCase();
    const fits = (line) => line.textContent.toLowerCase().includes(asked) || line.dataset.name.includes(asked);
    for (const { line } of keyed.values()) line.hidden = !fits(line);
    for (const group of keysDialog.querySelectorAll("section")) group.hidden = !group.querySelector("li:not([hidden])");
    keysDialog.querySelector(".none").hidden = Boolean(keysDialog.querySelector("li:not([hidden])"));
  }

  findAct.addEventListener("input", narrow);
  findAct.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (findAct.value.trim()) keysDialog.querySelector("li:not([hidden]) button")?.click();
  });

  keysDialog.addEventListener("click", (event) => {
    const line = event.target.closest("button")?.closest("[data-name]");
    if (!line) return;
    keysDialog.close();
    act(line.dataset.name);
  });

  // ---- The keys on the buttons themselves ----

  function tellKeys(within) {
    for (const element of within.querySelectorAll("[data-act]")) {
      const key = keyed.get(element.dataset.act)?.key ?? "";
      for (const shown of element.querySelectorAll("kbd")) shown.textContent = keyed.get(element.dataset.act)?.line.querySelector("kbd")?.textContent ?? "";
      if (key) element.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control"));
      else element.removeAttribute("aria-keyshortcuts");
    }
  }

  for (const place of document.querySelectorAll("header, #acts, .pane-head")) tellKeys(place);
  document.addEventListener("focusin", (event) => { if (rowOf(event.target)) tellKeys(rowOf(event.target)); });
}
