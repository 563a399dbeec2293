/* Reading a digest: what stands behind a quote shown in place, and the way back to where one stopped.
   Everything here also works without it: the links lead to a page that has the same. */
"use strict";

(() => {
  const KEY = "matome-reading";
  const MOST = 60; // digests remembered
  const digest = document.querySelector("article.digest");

  /* A fold that holds the target of an address is opened; browsers that look into folds do so by themselves. */
  const target = () => location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const reveal = () => {
    const node = target();
    const fold = node && node.closest("details.fold:not([open])");
    if (fold) {
      fold.open = true;
      node.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  /* Share texts are copied on request. */
  const copying = (root) => {
    for (const button of root.querySelectorAll("button.copy[hidden]")) {
      button.hidden = !navigator.clipboard;
    }
  };
  copying(document);

  /* A quote has a picture and a page of its own where the application answers. Where only files are served there are
     neither, whatever a server says to an address that it does not know: what is passed on is then the anchor. */
  let served = null;
  const isPicture = (answer) => answer.ok && answer.headers.get("Content-Type")?.startsWith("image/");
  const offering = (root) => {
    for (const link of root.querySelectorAll("a.quote-card[hidden]")) {
      const { href } = link.dataset;
      served ??= fetch(href, { method: "HEAD" }).then(isPicture, () => false);
      served.then((ok) => {
        if (!ok) return;
        link.href = href;
        link.hidden = false;
        passOnPage(link.closest(".share"));
      });
    }
  };
  const passOnPage = (share) => {
    const anchor = share.querySelector(".words").lastChild;
    const page = document.createElement("a");
    page.href = page.textContent = anchor.textContent.replace(/#q(\d+)$/, "q/$1/");
    anchor.replaceWith(page);
    for (const way of share.querySelectorAll("a[href*='%23q']")) {
      way.href = way.href.replace(/%23q(\d+)$/, "q%2F$1%2F");
    }
  };
  offering(document);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const words = button.closest(".share").querySelector(".words");
    await navigator.clipboard.writeText(words.innerText);
    button.textContent = button.dataset.done;
  });

  if (!digest) return;

  /* The original and the share text come from a page of their own, fetched once, and stand below the quote. */
  let page = null;
  const behind = (address) => {
    page ??= fetch(address)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.statusText))))
      .then((text) => new DOMParser().parseFromString(text, "text/html"));
    page.catch(() => (page = null));
    return page;
  };
  digest.addEventListener("click", async (event) => {
    const link = event.target.closest(".quote footer a[href*='/original/#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const [address, id] = link.getAttribute("href").split("#");
    const shown = document.getElementById(id);
    if (shown) {
      shown.remove();
      link.setAttribute("aria-expanded", "false");
      return;
    }
    try {
      const part = (await behind(address)).getElementById(id);
      if (document.getElementById(id)) return; // clicked twice
      const own = document.importNode(part, true);
      own.classList.add("behind");
      link.closest(".quote").append(own);
      copying(own);
      offering(own);
      link.setAttribute("aria-expanded", "true");
    } catch {
      location.assign(link.href);
    }
  });
  for (const link of digest.querySelectorAll(".quote footer a[href*='/original/#']")) {
    link.setAttribute("aria-expanded", "false");
  }

  /* On a wide window the contents stand beside the text, open. */
  const contents = digest.querySelector("details.contents");
  const wide = matchMedia("(width >= 82rem)");
  const spread = () => {
    if (contents) contents.open = wide.matches;
  };
  spread();
  wide.addEventListener("change", spread);

  /* Where one is: told to the contents, and remembered for the next visit. */
  const quotes = [...digest.querySelectorAll(".quote")];
  const marks = contents ? [...contents.querySelectorAll("a")] : [];
  const places = marks.map((mark) => document.getElementById(mark.hash.slice(1)));
  const store = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  };
  const remember = (quote) => {
    try {
      const all = store();
      delete all[location.pathname]; // the newest stands last
      if (quote && quote !== quotes[0] && quote !== quotes.at(-1)) all[location.pathname] = quote.id;
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(all).slice(-MOST))));
    } catch {
      /* a browser that keeps nothing: then nothing is remembered */
    }
  };
  const above = (nodes) => {
    let found = -1;
    nodes.forEach((node, number) => {
      if (node?.checkVisibility?.() !== false && node?.getBoundingClientRect().top < innerHeight / 3) found = number;
    });
    return found;
  };
  let resting = 0;
  const resume = document.getElementById("resume");
  if (!resume) return; // a digest without a quote
  const moved = () => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      const here = above(places);
      marks.forEach((mark, number) => {
        if (number === here) mark.setAttribute("aria-current", "true");
        else mark.removeAttribute("aria-current");
      });
      if (scrollY > 0) {
        remember(quotes.find((quote) => quote.checkVisibility?.() !== false && quote.getBoundingClientRect().bottom > 60));
        if (scrollY > innerHeight) resume.hidden = true;
      }
    }, 250);
  };

  const left = document.getElementById(store()[location.pathname] ?? "");
  if (left && !location.hash && scrollY < innerHeight) {
    const link = resume.querySelector("a");
    link.hash = left.id;
    link.querySelector("span").textContent = left.id.slice(1);
    resume.hidden = false;
    link.addEventListener("click", () => (resume.hidden = true));
    resume.querySelector("button").addEventListener("click", () => (resume.hidden = true));
  }
  addEventListener("scroll", moved, { passive: true });
})();
