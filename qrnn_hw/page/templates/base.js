"use strict";
const dataOf = (name) => JSON.parse(document.getElementById(`${name}-data`).textContent);
