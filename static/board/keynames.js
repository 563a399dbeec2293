// The name of a key that was pressed, as `digests.keymap` writes it: J, Shift+J, Ctrl+Enter, Space, ?.
"use strict";

/** The name; "" for a modifier alone, for what an input method takes, and for what has no name. */
function keyName(event) {
  if (event.isComposing || event.keyCode === 229 || event.getModifierState?.("AltGraph")) return "";
  let key = event.key === " " ? "Space" : event.key;
  // A kana keyboard, full-width letters, the Mac's Option: what stands on the key itself counts then.
  if ([...key].length === 1 && !/[!-~]/.test(key)) key = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? "";
  if (!key || ["Shift", "Control", "Alt", "Meta", "Dead", "Process", "Unidentified", "CapsLock"].includes(key)) return "";
  if (key.length === 1) key = key.toUpperCase();
  const named = /^([A-Z]|\w\w+)$/.test(key); // a sign or a digit has its Shift already
  const held = [(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", event.shiftKey && named && "Shift"];
  return [...held.filter(Boolean), key].join("+");
}
