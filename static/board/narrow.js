// Narrowing the thread while one types: the server says which comments, the page shows them.
"use strict";

{
  const form = () => document.getElementById("finder");
  let waiting = 0;
  let asking = null;
  let asked = "";

  /** What the form says, without what narrows nothing. */
  function wanted() {
    const values = new URLSearchParams(new FormData(form()));
    for (const [name, value] of [...values]) if (!value.trim()) values.delete(name);
    const under = new URLSearchParams(location.search).get("under");
    if (under && !values.has("under") && form().dataset.free === undefined) values.set("under", under);
    return values;
  }

  async function narrow() {
    clearTimeout(waiting);
    const place = form();
    if (!place) return;
    const values = wanted();
    if (values.toString() === asked) return;
    asked = values.toString();
    asking?.abort();
    if (!asked) return show(null);
    asking = new AbortController();
    const query = new URLSearchParams(values);
    if (place.dataset.digest) query.set("digest", place.dataset.digest);
    try {
      const answer = await fetch(`${place.dataset.matches}?${query}`, { signal: asking.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      show((await answer.json()).ids);
    } catch (error) {
      if (error.name === "AbortError") return;
      asked = ""; // asked again with the next letter
      document.getElementById("find-failed").hidden = false;
    }
  }

  function show(ids) {
    threadPane.matched = ids && new Set(ids);
    threadPane.found = ids ?? [];
    threadPane.refresh();
    document.getElementById("find-failed").hidden = true;
    const found = document.getElementById("found");
    const said = document.getElementById("found-said");
    found.hidden = !ids;
    said.textContent = !ids ? "" : ids.length === 1 ? said.dataset.one : said.dataset.many.replace("%s", ids.length);
    const seen = threadPane.current && !threadPane.current.hidden;
    if (ids && !seen) {
      const first = threadPane.rows.find((row) => !row.hidden);
      if (first) threadPane.setCurrent(first);
    }
    if (seen) threadPane.current.scrollIntoView({ block: "nearest" });
    // A reload, and the way back, find the thread as it was.
    const values = wanted().toString();
    history.replaceState(history.state, "", `${location.pathname}${values ? `?${values}` : ""}${location.hash}`);
  }

  function clear() {
    const place = form();
    place.dataset.free = "";
    for (const field of place.elements) {
      if (field.type === "checkbox") field.checked = false;
      else if (field.matches("input, select")) field.value = "";
    }
    narrow();
  }

  document.addEventListener("input", (event) => {
    if (event.target.form !== form() || !form() || event.isComposing) return;
    clearTimeout(waiting);
    waiting = setTimeout(narrow, event.target.type === "search" ? 150 : 0);
  });

  // A conversion that ends is one input, whichever way the browser tells.
  document.addEventListener("compositionend", (event) => { if (event.target.form === form() && form()) waiting = setTimeout(narrow, 150); });

  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    narrow();
    // On to what was found: the box has been left by its Enter.
    const first = threadPane.rows.find((row) => !row.hidden && !row.matches(".above"));
    if (first) first.focus();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#show-all")) return;
    event.preventDefault();
    clear();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.target.id !== "find" || !event.target.value) return;
    event.preventDefault();
    event.target.value = "";
    narrow();
  });

  document.addEventListener("thread:start", () => {
    asked = "";
    threadPane.matched = null;
    narrow();
  });

  threadPane.narrow = narrow;
}
