/* Times belong to the browser: the server sends moments, this writes "12 min ago" and counts chips down, so that nothing is pushed for time passing. */
const TICK_MS = 5_000;
const lang = document.documentElement.lang || "en";
const short = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "narrow" });
const units = { d: 86_400, h: 3_600, min: 60 };

/** "12 min", "3 h", "2 d" for a span in seconds; "now" below a minute when `now` is wished. */
export function span(seconds) {
  const all = Math.abs(seconds);
  if (all < 60) return `${Math.floor(all)} s`;
  for (const [name, size] of Object.entries(units)) {
    if (all >= size) {
      const whole = Math.floor(all / size);
      const rest = name === "h" && all < 36_000 ? Math.floor((all % 3600) / 60) : 0;
      return rest ? `${whole} h ${rest} min` : `${whole} ${name}`;
    }
  }
  return "";
}

function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

function relative(el, now) {
  const seconds = (now - Date.parse(el.dateTime)) / 1000;
  if (Number.isNaN(seconds)) return;
  if (!el.dataset.localTitled) {
    el.title = new Date(el.dateTime).toLocaleString(lang, { dateStyle: "medium", timeStyle: "medium" });
    el.dataset.localTitled = "";
  }
  const near = Math.abs(seconds) < 60;
  if (el.dataset.rel === "short") write(el, near ? "now" : span(seconds));
  else if (near) write(el, seconds >= 0 ? "just now" : "in a moment");
  else if (Math.abs(seconds) > 7 * 86_400) write(el, new Date(el.dateTime).toLocaleDateString(lang, { dateStyle: "medium" }));
  else if (Math.abs(seconds) > 86_400) write(el, short.format(-Math.trunc(seconds / 86_400), "day"));
  else write(el, seconds >= 0 ? `${span(seconds)} ago` : `in ${span(seconds)}`);
}

function due(chip, now) {
  const state = chip.dataset.dueState;
  const time = chip.querySelector("time");
  if (!time) return;
  if (state === "paused" || state === "met") return write(time, state);
  const left = (Date.parse(chip.dataset.due) - now) / 1000;
  if (Number.isNaN(left)) return;
  write(time, left >= 0 ? `${span(left)} left` : `${span(left)} over`);
  if (left < 0) chip.dataset.localOver = "";
  else delete chip.dataset.localOver;
}

/** Write every time inside `root` as it stands now. */
export function tick(root = document) {
  const now = Date.now();
  for (const el of root.querySelectorAll("time[data-rel]")) relative(el, now);
  for (const el of root.querySelectorAll("[data-due]")) due(el, now);
}

/** Esc shuts the arithmetic of the clock that is pointed at or has the focus, until the pointer or the focus comes back. */
function shut(event) {
  if (event.key !== "Escape") return;
  for (const clock of document.querySelectorAll(".clock:hover, .clock:focus-within")) {
    clock.dataset.shut = "";
    for (const left of ["pointerleave", "focusout"]) clock.addEventListener(left, () => delete clock.dataset.shut, { once: true });
  }
}

export function startTimes() {
  document.addEventListener("keydown", shut);
  tick();
  setInterval(() => document.visibilityState === "visible" && tick(), TICK_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());
  document.addEventListener("desk:changed", (event) => tick(event.detail.root));
}
