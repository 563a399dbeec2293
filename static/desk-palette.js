// The palette's page shows a colour as it is typed or picked. What is readable the server says; here it is foretold.
"use strict";

(() => {
  const READABLE = 4.5;
  const isColor = (value) => /^#[0-9a-f]{6}$/i.test(value);

  const luminance = (value) => [1, 3, 5]
    .map((at) => parseInt(value.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);

  const contrast = (one, other) => {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };

  const show = (field) => {
    const value = field.value.trim();
    if (!isColor(value)) return;
    const row = field.closest("fieldset");
    row.querySelector(`[data-sample="${field.dataset.value}"] text`)?.setAttribute("fill", value);
    const said = field.closest("label").querySelector("[data-contrast]");
    if (!said) return;
    const least = Math.min(...said.dataset.grounds.split(" ").map((ground) => contrast(value, ground)));
    said.value = `${(Math.floor(least * 10) / 10).toFixed(1)}:1`;
    said.classList.toggle("low", least < READABLE);
  };

  // A picker beside each field: a comfort that needs no room in the form as it is sent.
  const prepare = (root) => {
    for (const field of root.querySelectorAll("[data-value]")) {
      if (field.nextElementSibling) continue;
      const picker = document.createElement("input");
      picker.type = "color";
      picker.tabIndex = -1;
      picker.setAttribute("aria-label", field.closest("label").querySelector(".label").firstChild.textContent.trim());
      if (isColor(field.value)) picker.value = field.value;
      picker.addEventListener("input", () => {
        field.value = picker.value;
        show(field);
      });
      field.addEventListener("input", () => {
        if (isColor(field.value.trim())) picker.value = field.value.trim().toLowerCase();
        show(field);
      });
      field.after(picker);
      show(field);
    }
  };

  prepare(document);
  document.addEventListener("htmx:afterSettle", () => prepare(document));
})();
