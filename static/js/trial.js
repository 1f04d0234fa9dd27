/* A trial of the rules with a bar that tells the truth and can be stopped. Without this file the form asks for the page with its result.

   form[data-trial]: instead of the page it reads /rules/try/run, lines of JSON: {done, total} after each piece, {html, refused} at the end.
   [data-trial-stop] hangs up, which ends the trial on the desk too; what stood there before stays. */
import { parse } from "./regions.js";

let running = null;

async function run(form) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const bar = form.querySelector("[data-trial-bar]");
  const words = form.querySelector("[data-trial-words]");
  const progress = bar.querySelector("progress");
  show(form, true);
  progress.removeAttribute("value");
  words.textContent = "Reading…";
  try {
    const answer = await fetch(`/rules/try/run?${new URLSearchParams(new FormData(form))}`, { signal: mine.signal, headers: { Accept: "application/x-ndjson" } });
    if (!answer.ok) throw new Error(`The desk answered ${answer.status}.`);
    for await (const line of lines(answer.body)) {
      if ("done" in line) {
        progress.max = Math.max(1, line.total);
        progress.value = line.done;
        words.textContent = `${line.done.toLocaleString("en")} of ${line.total.toLocaleString("en")}`;
      } else finish(form, line);
    }
  } catch (error) {
    words.textContent = mine.signal.aborted ? "Stopped. Nothing was changed." : `It could not be tried: ${error.message} Try again.`;
  } finally {
    if (running === mine) { running = null; show(form, false); }
  }
}

function finish(form, { html, refused }) {
  const place = document.querySelector("[data-trial-place]");
  if (refused) form.querySelector("[data-trial-words]").textContent = refused;
  else {
    place.replaceChildren(...parse(html).body.childNodes);
    document.dispatchEvent(new CustomEvent("desk:changed", { detail: { root: place } }));
  }
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

function show(form, busy) {
  form.querySelector("[data-trial-bar]").hidden = false;
  form.querySelector("[data-trial-stop]").hidden = !busy;
  form.querySelector("[data-trial-start]").disabled = busy;
  document.querySelector("[data-trial-place]").toggleAttribute("aria-busy", busy);
}

export function startTrial() {
  const form = document.querySelector("form[data-trial]");
  if (!form || typeof TextDecoderStream === "undefined") return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
  form.querySelector("[data-trial-stop]").addEventListener("click", () => running?.abort());
  if (!document.getElementById("trial-result")) run(form);
}
