// Menus of what can be added between rows: one at a time.
"use strict";

const openMenus = () => document.querySelectorAll("details.add[open], details.sort[open]");

// One menu at a time; it goes when something else is clicked, and when what it offered is under way.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.add, details.sort") || !event.target.open) return;
  for (const menu of openMenus()) if (menu !== event.target) menu.open = false;
}, true);

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest("details.add[open], details.sort[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target === list) for (const menu of openMenus()) menu.open = false;
});
