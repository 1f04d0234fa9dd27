/* What is said to a screen reader: one polite region, coalesced to at most one saying in ten seconds so that a busy inbox does not talk
   over its reader; the assertive region only for a breach or a hold on the case being answered. */
const GAP_MS = 10_000;
const MOST_WAITING = 5; // beyond this the count is said instead of each text
let waiting = [];
let lastAt = -GAP_MS;
let timer = 0;

function speak() {
  timer = 0;
  const region = document.getElementById("status-polite");
  if (!region || !waiting.length) return;
  const said = waiting.length > MOST_WAITING ? [`${waiting.length} changes`, waiting.at(-1)] : waiting;
  region.textContent = said.join(". ");
  waiting = [];
  lastAt = performance.now();
}

/** Say `text` politely, soon. */
export function say(text) {
  if (!text || waiting.at(-1) === text) return;
  waiting.push(text);
  if (!timer) timer = setTimeout(speak, Math.max(50, lastAt + GAP_MS - performance.now()));
}

/** Interrupt: a breach or a hold on the case being answered. */
export function shout(text) {
  const region = document.getElementById("status-urgent");
  if (region) region.textContent = text;
}
