// Two panes; one at a time on a phone, and that is the digest when there is no thread to choose from.
"use strict";

const panes = document.querySelector(".panes");
if (!document.getElementById("thread").dataset.thread) panes.dataset.shown = "digest";

function showPane() {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const pane = target?.closest(".pane");
  if (pane) panes.dataset.shown = pane.id;
  for (const link of document.querySelectorAll(".panes-nav a")) {
    if (link.hash.slice(1) === (panes.dataset.shown || "thread")) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (target && pane && target !== pane) target.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", showPane);
showPane();
