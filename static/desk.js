// The desk's pages, with what a browser cannot do by itself. Everything works without this file too.
"use strict";

// An Enter that ends an input-method conversion belongs to the conversion: it submits nothing, it triggers nothing.
// Safari sends that Enter after the composition has ended, with key code 229.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.isComposing || event.keyCode === 229)) return;
  event.stopImmediatePropagation();
  if (event.target instanceof HTMLInputElement) event.preventDefault();
}, true);

// The button that was pressed is the one that is sent, even when the request had to wait in a queue meanwhile.
document.addEventListener("htmx:configRequest", (event) => {
  const form = event.detail.elt;
  if (!(form instanceof HTMLFormElement)) return;
  for (const name of ["act", "comment", "overwrite"]) delete event.detail.parameters[name];
  const button = event.detail.triggeringEvent?.submitter;
  if (form.id === "acts" && button) delete event.detail.parameters.item; // the order is a drag's message alone
  if (button?.name) event.detail.parameters[button.name] = button.value;
});

// A page that watches something and is signed out would watch for ever: it opens again, by the sign-in page.
document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
  if (elt.getAttribute("hx-trigger")?.startsWith("every") && xhr.getResponseHeader("Matome-Sign-In")) location.reload();
});

// Addresses on other sites open beside the desk.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[href^='http']");
  if (link && link.origin !== location.origin) {
    link.target = "_blank";
    link.relList.add("noopener");
  }
});

// Menus close by Escape and by a click elsewhere.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.account[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.account[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      source.select(); // no clipboard without TLS: the text is marked, and the browser's own command takes it
      document.execCommand("copy");
    }
    document.getElementById("copied").textContent = button.dataset.copied;
  });
}
