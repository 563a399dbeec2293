// What an editor has read: what was scrolled past, gone to or chosen. Told to the server now and then, and on leaving.
"use strict";

{
  const EVERY = 4000; // milliseconds between two messages
  const MOST = 200; // comments that wait for one
  const fresh = new Set();
  let timer = 0;
  let last = null;

  const finder = () => document.getElementById("finder");
  const counter = () => document.getElementById("unread-count");

  function body(values) {
    const form = new FormData();
    form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const [name, value] of Object.entries(values)) form.set(name, value);
    return form;
  }

  function read(row) {
    if (!row.classList.contains("new")) return;
    row.classList.remove("new");
    watcher.unobserve(row);
    fresh.add(threadPane.idOf(row));
    const count = counter();
    if (count) count.textContent = Math.max(0, Number(count.textContent) - 1);
    if (fresh.size >= MOST) flush();
    else timer ||= setTimeout(flush, EVERY);
  }

  async function flush() {
    clearTimeout(timer);
    timer = 0;
    if (!fresh.size || !finder()) return;
    const ids = [...fresh];
    fresh.clear();
    const answer = await fetch(finder().dataset.read, { method: "POST", body: body({ ids: ids.join(",") }), headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return;
    for (const id of ids) fresh.add(id); // told with the next ones
  }

  async function readAll() {
    for (const row of document.querySelectorAll("#comments > .new")) row.classList.remove("new");
    watcher.disconnect();
    fresh.clear();
    if (counter()) counter().textContent = "0";
    await fetch(finder().dataset.read, { method: "POST", body: body({ all: "1" }), headers: { Accept: "application/json" } }).catch(() => null);
  }

  // Above the window's upper edge (or its pane's) after having been in it: past. At the thread's end everything is.
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      if (isIntersecting && boundingClientRect.height) target.seen = true; // what is narrowed away has no height
      else if (target.seen && boundingClientRect.bottom < innerHeight / 2 && boundingClientRect.height) read(target);
      if (isIntersecting && target === last) for (const row of threadPane.rows.slice(-40)) if (row.seen) read(row);
    }
  });

  document.addEventListener("thread:rows", (event) => {
    for (const row of event.detail.rows) if (row.classList.contains("new")) watcher.observe(row);
    last = document.querySelector("#comments > .onward") ? null : threadPane.rows.at(-1);
    if (last) watcher.observe(last);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "read-all") return;
    event.preventDefault();
    readAll();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#comments > li.new");
    if (row) read(row);
  });

  document.addEventListener("submit", (event) => {
    const row = event.target.id === "choose" && document.getElementById(`c${event.submitter?.value}`);
    if (row) read(row);
  });

  function leave() {
    if (!fresh.size || !finder()) return;
    if (navigator.sendBeacon(finder().dataset.read, body({ ids: [...fresh].join(",") }))) fresh.clear();
  }
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });

  threadPane.readAll = readAll;
}
