// The board: saving while one writes, dragging, keeping focus and place. Without it every button still works.
"use strict";

const words = document.getElementById("words").dataset;
const acts = document.getElementById("acts");
const list = document.getElementById("list");
const said = document.getElementById("said");
