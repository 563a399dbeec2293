// The thread's marks: which comment stands where in the digest.
"use strict";

const markWords = list.dataset;

function drawMark(comment, place) {
  const mark = document.getElementById(`k${comment}`);
  if (!mark) return;
  const number = document.getElementById(`n${comment}`);
  mark.closest("li").classList.toggle("chosen", Boolean(place));
  const button = mark.querySelector("button[name=comment]");
  if (!place) number?.remove();
  else if (number) {
    if (number.textContent !== String(place.number)) number.textContent = place.number;
    if (number.hash !== `#q${place.quote}`) number.hash = `#q${place.quote}`;
  } else {
    const link = document.createElement("a");
    [link.id, link.href, link.textContent] = [`n${comment}`, `#q${place.quote}`, place.number];
    mark.prepend(link);
  }
  const word = place ? markWords.drop : markWords.choose;
  if (button && button.textContent !== word) button.textContent = word;
}

// A comment that was chosen or dropped, and every number that is another one now.
document.addEventListener("digest-order", ({ detail: { places } }) => {
  for (const [comment, place] of places) {
    const number = document.getElementById(`n${comment}`);
    if (!number || number.textContent !== String(place.number) || number.hash !== `#q${place.quote}`) drawMark(comment, place);
  }
});

document.addEventListener("digest-comments", ({ detail: { comments } }) => {
  for (const [comment, quote] of Object.entries(comments)) {
    if (!quote) drawMark(comment, null);
    else if (!document.getElementById(`n${comment}`)) {
      const number = document.getElementById(`no${quote}`)?.textContent ?? document.querySelector(".count-all").textContent;
      drawMark(comment, { number, quote });
    }
  }
});
