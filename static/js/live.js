/* The live socket: a cursor, a watchdog and a backoff that never gives up. Every frame moves the cursor, so a cut costs time, never an event.
   How often it beats, and over how long a crowd that was cut off should spread its return, the server says in its first frame. */
import { say, shout } from "./announce.js";
import { applyPatch, refetch, spreadOver } from "./regions.js";

const QUIET_BEATS = 4 / 3; // 20 s at the usual beat of 15: what is shown may be old
const DEAD_BEATS = 7 / 3; // 35 s: half-open links send no close event
const LONGEST_WAIT_MS = 20_000;
const WATCH_MS = 500;
const PROBE_AFTER = 3; // failed tries before we ask whether the session ended

let socket = null;
let cursor = "0"; // SEQ-MILLISECONDS of the last event we have, as the server gave it
let beatMs = 15_000;
let spreadMs = 1_000;
let heardAt = 0;
let tries = 0;
let timer = 0;
let ended = false;
let rightsChanged = false;

function show(state, text) {
  const el = document.getElementById("live-state");
  if (!el || el.dataset.state === state) return;
  el.dataset.state = state;
  el.querySelector("[data-live-text]").textContent = text;
  document.body.dataset.live = state;
  if (state !== "on") say(text);
}

function caseHere() {
  return document.querySelector("article[data-case]")?.dataset.case ?? null;
}

function notice({ case: id, text, urgent }) {
  const mine = id && id === caseHere();
  if (mine) {
    const line = document.getElementById("case-notice");
    if (line) {
      line.hidden = false;
      line.textContent = text;
      line.toggleAttribute("data-urgent", Boolean(urgent));
    }
  }
  if (mine && urgent) shout(text);
  else say(text);
}

function signedOut() {
  ended = true;
  show("off", "Signed out");
  const flash = document.getElementById("flash");
  if (!flash || flash.querySelector("[data-signed-out]")) return;
  const box = document.createElement("div");
  box.className = "banner banner-warn";
  box.dataset.signedOut = "";
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Sign in again";
  const text = document.createElement("div");
  text.className = "banner-text";
  text.append("You are signed out. What you wrote is kept in this browser. ", link);
  box.append(text);
  flash.append(box);
  shout("You are signed out. What you wrote is kept.");
}

/** Never backwards: what is older than what we have tells nothing new. */
function move(frame) {
  const now = frame.cursor ?? String(frame.seq ?? frame.head);
  if (Number.parseInt(now, 10) >= Number.parseInt(cursor, 10)) cursor = now;
}

function take(frame) {
  switch (frame.type) {
    case "patch":
      applyPatch(frame);
      move(frame);
      for (const one of frame.notices ?? []) notice(one);
      break;
    case "beat":
      // A beat stands in line behind the patches: all up to its head has been handed to us. A hello comes before them and moves nothing.
      move(frame);
      break;
    case "hello":
      beatMs = (frame.heartbeat_seconds ?? 15) * 1_000;
      spreadMs = (frame.spread_seconds ?? 1) * 1_000;
      spreadOver(spreadMs);
      break;
    case "reset":
      cursor = frame.cursor ?? String(frame.head);
      if (frame.spread) setTimeout(refetch, Math.random() * spreadMs);
      else refetch();
      break;
    case "restart":
      spreadMs = (frame.spread_seconds ?? 5) * 1_000;
      break;
    case "slow":
      socket?.close();
      break;
    case "rights_changed":
      rightsChanged = true;
      break;
    case "signed_out":
      signedOut();
      break;
  }
}

/** A refused handshake tells the browser nothing: ask the page itself whether we are still signed in. */
async function probe() {
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    if (answer.status === 401 || new URL(answer.url).pathname === "/sign-in") signedOut();
  } catch { /* The network is away: the backoff goes on. */ }
}

function again() {
  if (ended || timer) return;
  const most = Math.max(spreadMs, Math.min(LONGEST_WAIT_MS, spreadMs * 2 ** (tries - 1)));
  tries += 1;
  if (tries === PROBE_AFTER) probe();
  timer = setTimeout(() => { timer = 0; open(); }, Math.random() * most); // anywhere in it: a thousand at once must not come as one
}

function drop() {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
}

/** A socket that still shakes hands is left to the browser: to close it ourselves would be a warning on the console. */
function leave() {
  if (socket?.readyState !== WebSocket.CONNECTING) drop();
}

function open() {
  drop();
  const address = new URL("/live", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("since", cursor);
  address.searchParams.set("page", document.body.dataset.page);
  heardAt = performance.now();
  socket = new WebSocket(address);
  socket.onmessage = (event) => {
    heardAt = performance.now();
    tries = 0;
    show("on", "Live");
    let frame;
    try { frame = JSON.parse(event.data); } catch { return socket.close(); } // a broken frame: come again from the cursor
    take(frame);
  };
  socket.onclose = (event) => {
    socket = null;
    if (rightsChanged) {
      rightsChanged = false;
      refetch(); // what may be seen and done now; what is typed stays
      return open();
    }
    if (event.code === 1008 || event.code === 4401) return signedOut();
    if (!ended) show("lost", "Reconnecting");
    again();
  };
}

function watch() {
  if (ended) return;
  const silent = performance.now() - heardAt;
  if (silent > beatMs * DEAD_BEATS) {
    drop();
    show("lost", "Reconnecting");
    if (!timer) open();
  } else if (silent > beatMs * QUIET_BEATS && socket) show("stale", "Not heard from for a while");
}

export function startLive() {
  if (!document.body.dataset.page) return;
  cursor = document.body.dataset.head || "0";
  open();
  setInterval(watch, WATCH_MS);
  window.addEventListener("online", () => { tries = 0; if (!socket && !ended) open(); });
  // A page taken back from the browser's memory has a dead socket and old text: say where we stand and catch up by the cursor.
  window.addEventListener("pageshow", (event) => { if (event.persisted && !ended) open(); });
  window.addEventListener("pagehide", leave);
}
