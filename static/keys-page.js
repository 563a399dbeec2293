// The page of one's own keys: a field takes the key that is pressed in it.
"use strict";

// Keys by which a page is used; they are written out when somebody wants them for an act.
const NEEDED = new Set(["Tab", "Shift+Tab", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+A", "Ctrl+R", "Ctrl+W", "Ctrl+T", "Ctrl+L", "F5"]);

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.(".own-keys li input");
  const key = field && keyName(event);
  if (!key || NEEDED.has(key)) return;
  event.preventDefault();
  field.value = key === "Backspace" || key === "Delete" ? "" : key;
  field.select();
});

document.addEventListener("focusin", (event) => event.target.closest?.(".own-keys li input")?.select());
