// The thread's comments: fetched piece by piece, shown as a tree that closes, gone to wherever they are.
"use strict";

const threadPane = {
  rows: [], // every comment that is here, in order, shown or not
  matched: null, // the ids that the thread is narrowed to, null for all
  closed: new Set(), // ids whose replies are closed
  current: null, // the row that acts are about
  entered: false, // whether somebody has been at one: before that the first is the next
  round: 0, // counts how often the pane came anew
  loading: null,
};

{
  const box = () => document.getElementById("comments");
  const finder = () => document.getElementById("finder");
  const idOf = (row) => row.id.slice(1);
  const isRow = (node) => node instanceof HTMLLIElement && /^c\d+$/.test(node.id);
  const idle = window.requestIdleCallback ? () => new Promise((done) => requestIdleCallback(done, { timeout: 300 })) : () => new Promise((done) => setTimeout(done, 30));

  /** Rows that have just come. Only the current one is a stop of the Tab key: nobody goes through thousands. */
  function take(nodes) {
    const rows = [...nodes].filter(isRow);
    for (const row of rows) {
      row.depth = Number(/\bd(\d+)/.exec(row.className)[1]);
      stop(row, false);
    }
    threadPane.rows.push(...rows);
    if (!threadPane.current?.isConnected && threadPane.rows.length) setCurrent(threadPane.rows[0]);
    document.dispatchEvent(new CustomEvent("thread:rows", { detail: { rows } }));
  }

  function stop(row, on) {
    row.tabIndex = on ? 0 : -1;
    for (const one of row.querySelectorAll("a, button, summary")) {
      if (on) one.removeAttribute("tabindex");
      else one.tabIndex = -1;
    }
    const [author, button] = [row.querySelector("b"), row.querySelector("button[name=comment]")];
    if (on && author && button) {
      author.id = `b${idOf(row)}`;
      button.setAttribute("aria-describedby", author.id);
    }
    row.querySelector(".re")?.setAttribute("aria-expanded", String(!threadPane.closed.has(idOf(row))));
  }

  function setCurrent(row) {
    if (threadPane.current === row) return;
    if (threadPane.current?.isConnected) stop(threadPane.current, false);
    threadPane.current = row;
    stop(row, true);
    document.dispatchEvent(new CustomEvent("thread:current", { detail: { row } }));
  }

  // ---- Pieces ----

  async function fetchRows(after) {
    const place = finder();
    const address = `${place.dataset.pieces}?after=${after}${place.dataset.digest ? `&digest=${place.dataset.digest}` : ""}`;
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return document.createRange().createContextualFragment(await answer.text());
  }

  /** Fetches the next piece; false when there is none, or none comes. */
  async function loadOne() {
    const list = box();
    const more = list?.querySelector(":scope > .onward");
    if (!more || list.dataset.part !== undefined) return false;
    const round = threadPane.round;
    const part = await insisting(() => fetchRows(more.dataset.after));
    if (!part || round !== threadPane.round || !more.isConnected) return false; // the link is still there
    const rows = [...part.children];
    more.replaceWith(part);
    take(rows);
    refresh();
    return true;
  }

  /** Asks again when no answer comes, some times and ever more slowly; null when none does. */
  async function insisting(ask) {
    for (let tries = 1; tries <= 5; tries += 1) {
      try {
        return await ask();
      } catch {
        await new Promise((done) => { setTimeout(done, 400 * tries * tries); });
      }
    }
    return null;
  }

  /** One at a time, whoever asks. */
  function loadNext() {
    threadPane.loading ??= loadOne().finally(() => { threadPane.loading = null; });
    return threadPane.loading;
  }

  async function loadAll() {
    const round = threadPane.round;
    while (round === threadPane.round && (await loadNext())) await idle();
  }

  /** The page came narrowed, or from its middle on: the whole thread takes its place, narrowed by the script. */
  async function startOver() {
    const round = threadPane.round;
    const part = await insisting(() => fetchRows(-1));
    const list = box();
    if (!part || round !== threadPane.round || !list) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.closest("li")?.id : null;
    delete list.dataset.part;
    threadPane.rows = [];
    threadPane.current = null;
    const rows = [...part.children];
    list.replaceChildren(part);
    take(rows);
    refresh();
    if (focused) (await reach(focused.slice(1)))?.focus({ preventScroll: true });
  }

  // ---- The tree ----

  /** Shows what the thread is narrowed to, with what that answers, and closes what is closed. One pass each way. */
  function refresh() {
    const { rows, matched, closed } = threadPane;
    let wanted = -1;
    for (let place = rows.length - 1; place >= 0; place -= 1) {
      const row = rows[place];
      const fits = !matched || matched.has(Number(idOf(row)));
      const above = !fits && row.depth < wanted;
      if (fits || above) wanted = row.depth;
      row.shown = fits || above;
      row.classList.toggle("above", above);
    }
    let under = Infinity;
    for (const row of rows) {
      if (row.depth <= under) under = Infinity;
      const hidden = !row.shown || row.depth > under;
      if (row.hidden !== hidden) row.hidden = hidden;
      if (under === Infinity && closed.has(idOf(row))) under = row.depth;
    }
  }

  const below = (row) => {
    const start = threadPane.rows.indexOf(row) + 1;
    const end = threadPane.rows.findIndex((one, place) => place >= start && one.depth <= row.depth);
    return threadPane.rows.slice(start, end < 0 ? undefined : end);
  };

  function setClosed(row, close) {
    const link = row.querySelector(".re");
    if (!link) return;
    if (close) threadPane.closed.add(idOf(row));
    else threadPane.closed.delete(idOf(row));
    row.classList.toggle("closed", close);
    link.setAttribute("aria-expanded", String(!close));
    if (close && below(row).includes(threadPane.current)) setCurrent(row);
    refresh();
  }

  /** What a row answers, from the root down. */
  function ancestors(row) {
    const found = [];
    let depth = row.depth;
    for (let place = threadPane.rows.indexOf(row) - 1; place >= 0 && depth > 0; place -= 1) {
      if (threadPane.rows[place].depth >= depth) continue;
      found.unshift(threadPane.rows[place]);
      depth = threadPane.rows[place].depth;
    }
    return found;
  }

  /** Closes the replies; where there are none, or they are closed, those that it stands among. */
  function collapse(row) {
    const closing = row.querySelector(".re") && !threadPane.closed.has(idOf(row)) ? row : ancestors(row).at(-1);
    if (!closing) return;
    setClosed(closing, true);
    if (closing !== row) closing.focus({ preventScroll: true });
    closing.scrollIntoView({ block: "nearest" });
  }

  function expand(row) {
    if (threadPane.closed.has(idOf(row))) return setClosed(row, false);
    for (const one of threadPane.rows.filter((other) => threadPane.closed.has(idOf(other)))) setClosed(one, false);
  }

  // ---- Going to a comment ----

  /** The row of a comment, fetched if it is not here, and not hidden by anything; null for none. */
  async function reach(id) {
    const row = () => document.getElementById(`c${id}`);
    while (!row() && (await loadNext()));
    const found = row();
    if (!found) return null;
    for (const one of ancestors(found)) if (threadPane.closed.has(idOf(one))) setClosed(one, false);
    if (threadPane.matched && !found.shown) {
      threadPane.matched.add(Number(id));
      refresh();
    }
    const shut = found.querySelector(":scope > details:not([open])");
    if (shut) shut.open = true;
    return found;
  }

  async function follow() {
    const asked = /^#c(\d+)$/.exec(location.hash);
    if (!asked || !box()) return;
    const row = await reach(asked[1]);
    if (!row || location.hash !== asked[0]) return;
    window.showPane?.();
    point(row);
    row.scrollIntoView({ block: "center" });
  }

  /** One row at a time is pointed at from elsewhere. */
  function point(row) {
    for (const one of document.querySelectorAll("#comments > .here")) one.classList.remove("here");
    row?.classList.add("here");
  }

  // ---- What happens ----

  function start() {
    threadPane.round += 1;
    threadPane.rows = [];
    threadPane.loading = null;
    if (!box()) return;
    const list = box();
    const before = threadPane.current;
    threadPane.current = null;
    take(list.children);
    refresh();
    document.dispatchEvent(new CustomEvent("thread:start"));
    const first = list.dataset.part === undefined ? idle() : startOver();
    first.then(async () => {
      await follow();
      if (before && !before.isConnected) {
        const row = await reach(idOf(before));
        if (row) setCurrent(row);
      }
      await loadAll();
    });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#comments .re, #comments .onward a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const row = link.closest("li");
    if (row.matches(".onward")) loadNext();
    else setClosed(row, !threadPane.closed.has(idOf(row)));
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#comments > li");
    if (!row || !isRow(row)) return;
    threadPane.entered = true;
    setCurrent(row);
  });

  // A row is taken by a click beside its buttons, too.
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("#comments > li");
    if (!row || !isRow(row) || row.contains(document.activeElement)) return;
    threadPane.entered = true;
    setCurrent(row);
  });

  addEventListener("hashchange", follow);
  // The same address again changes nothing, and must still lead there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#c']");
    if (link && link.hash === location.hash) follow();
  });

  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "thread") start(); });

  // A piece may be older than the page: the page's own digest says what is chosen, and where it stands.
  document.addEventListener("thread:rows", () => { if (typeof renumber === "function") renumber(); });

  // A thread that was attached, or taken away again by an undo, changes the whole pane.
  document.addEventListener("digest-thread", ({ detail }) => {
    const pane = document.getElementById("thread");
    if (String(detail || "") !== (pane.dataset.thread ?? "")) window.htmx.ajax("GET", location.pathname, { target: "#thread", swap: "outerHTML" });
  });

  document.addEventListener("DOMContentLoaded", start); // the other scripts listen by then

  Object.assign(threadPane, { idOf, refresh, below, ancestors, collapse, expand, setClosed, setCurrent, reach, point, loadAll, start });
}
