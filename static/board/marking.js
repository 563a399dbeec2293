// Acts on the comment that has the focus, and on several that are marked: ranges, subtrees, authors.
"use strict";

{
  const tools = () => document.getElementById("comment-tools");
  const several = () => document.getElementById("several");
  let anchor = null; // where a range begins
  let marked = [];
  let turned = ""; // the comment that was chosen last

  const shownRows = () => threadPane.rows.filter((row) => !row.hidden && !row.matches(".gone"));

  function mark(rows) {
    for (const row of marked) row.classList.remove("ranged");
    marked = rows;
    for (const row of marked) row.classList.add("ranged");
    tell();
  }

  /** From the anchor to a row, as far as rows are shown. */
  function markTo(row) {
    anchor ??= threadPane.current ?? row;
    if (!anchor.isConnected) anchor = row;
    const rows = shownRows();
    const [start, end] = [rows.indexOf(anchor), rows.indexOf(row)].sort((one, other) => one - other);
    mark(start < 0 ? [row] : rows.slice(start, end + 1));
    if (typeof hear === "function") hear(document.getElementById("whose").textContent);
  }

  function unmark() {
    anchor = null;
    mark([]);
  }

  function tell() {
    const place = tools();
    const row = threadPane.current;
    if (!place) return;
    place.hidden = !row;
    if (!row) return;
    const whose = document.getElementById("whose");
    whose.textContent = marked.length ? whose.dataset.marked.replace("%s", marked.length) : authorOf(row);
  }

  const authorOf = (row) => (row.querySelector("b") ?? row.querySelector("summary"))?.firstChild?.textContent.trim() ?? "";
  const ids = (rows) => rows.map(threadPane.idOf).join(",");
  const current = () => threadPane.current;

  /** The rows between two comments, both included. */
  function between(one, other) {
    const rows = shownRows();
    const [start, end] = [rows.indexOf(one), rows.indexOf(other)].sort((first, second) => first - second);
    return start < 0 ? [other] : rows.slice(start, end + 1);
  }

  function step(way, fits = () => true) {
    const rows = threadPane.rows.filter((row) => !row.hidden);
    for (let place = rows.indexOf(current()) + (threadPane.entered ? way : 0); place >= 0 && place < rows.length; place += way) {
      if (!fits(rows[place])) continue;
      rows[place].focus({ preventScroll: true });
      rows[place].scrollIntoView({ block: "nearest" });
      return rows[place];
    }
    return null;
  }

  // What a button means. True: its form goes out, with what was put into it here.
  const meanings = {
    choose: () => {
      if (marked.length) return send(ids(marked));
      current()?.querySelector("button[name=comment]")?.click();
      return false;
    },
    "choose-subtree": (button) => send("", button, `subtree:${threadPane.idOf(current())}`),
    "choose-author": (button) => send("", button, `author:${threadPane.idOf(current())}`),
    "choose-range": (button) => {
      const last = document.getElementById(`c${turned}`);
      const rows = marked.length ? marked : last ? between(last, current()) : [current()];
      return send(ids(rows), button, "several");
    },
    invert: () => send(ids(marked) || (threadPane.matched ? (threadPane.found ?? []).join(",") : "")),
    found: () => send((threadPane.found ?? []).join(",")),
    "next-comment": () => { step(1); },
    "previous-comment": () => { step(-1); },
    "next-root": () => { step(1, (row) => row.depth === 0); },
    collapse: () => { threadPane.collapse(current()); },
    expand: () => { threadPane.expand(current()); },
    "to-quote": () => { document.getElementById(`n${threadPane.idOf(current())}`)?.click(); },
    "hide-author": () => {
      const form = document.getElementById("hide");
      form.elements.value.value = authorOf(current());
      return Boolean(form.elements.value.value);
    },
    "hide-words": () => {
      const box = document.getElementById("hiding");
      const field = document.getElementById("hide").elements.value;
      box.open = true;
      field.value = getSelection().toString().trim().slice(0, 200) || document.getElementById("find").value;
      field.focus();
      field.select();
    },
    "mark-read": () => { threadPane.readAll(); },
  };

  function send(text, button = null, value = "") {
    several().elements.ids.value = text;
    if (button) button.value = value;
    setTimeout(unmark); // by then the form has been read
    return true;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#comment-tools button, #found button");
    const act = button && (button.dataset.act ?? button.value);
    if (!act || !(act in meanings)) return;
    if (!current() && act !== "found" && act !== "invert") return event.preventDefault();
    if (!meanings[act](button)) event.preventDefault();
    const menu = button.closest("details");
    if (menu) menu.open = false;
  }, true);

  // Shift and a click mark from the current comment to that one; a selection of words is left to itself.
  document.addEventListener("mousedown", (event) => {
    const row = event.target.closest?.("#comments > li[id^=c]");
    if (!row || !several() || event.button !== 0) return;
    if (!event.shiftKey) {
      if (marked.length && !event.target.closest("a, button, summary")) unmark();
      return;
    }
    if (row === threadPane.current && !getSelection().isCollapsed) return;
    event.preventDefault();
    markTo(row);
    row.focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    const row = event.shiftKey && event.target.closest?.("#comments > li[id^=c]");
    if (row && several() && marked.length > 1) {
      event.preventDefault(); // the button under the pointer is not what was meant
      event.stopPropagation();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("#comments > li[id^=c]");
    if (!row || !several() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && marked.length) {
      unmark();
    } else if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      anchor ??= row;
      const next = step(event.key === "ArrowDown" ? 1 : -1, (one) => !one.matches(".gone"));
      if (next) markTo(next);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  // The menu goes by a click elsewhere and by Escape.
  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".more-tools[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.(".more-tools[open]");
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("submit", (event) => {
    const comment = event.target.id === "choose" && event.submitter?.value;
    if (comment) turned = comment;
  });

  document.addEventListener("thread:current", tell);
  document.addEventListener("thread:start", () => { anchor = null; marked = []; tell(); });
}
