/* The live socket: a cursor, a watchdog and a backoff that never gives up. Every frame moves the cursor, so a cut costs time, never an event. */
import { say, shout } from "./announce.js";
import { applyPatch, refetch } from "./regions.js";

const QUIET_MS = 20_000; // beats come every 15 s
const DEAD_MS = 35_000; // half-open links send no close event
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const PROBE_AFTER = 3; // failed tries before we ask whether the session ended

let socket = null;
let cursor = 0;
let heardAt = 0;
let tries = 0;
let timer = 0;
let ended = false;

function show(state, text) {
  const el = document.getElementById("live-state");
  if (!el || el.dataset.state === state) return;
  el.dataset.state = state;
  el.querySelector("[data-live-text]").textContent = text;
  document.body.dataset.live = state;
  if (state === "lost") say("Reconnecting");
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

function take(frame) {
  switch (frame.type) {
    case "patch":
      applyPatch(frame);
      cursor = Math.max(cursor, frame.seq);
      for (const one of frame.notices ?? []) notice(one);
      break;
    case "beat":
      // A beat stands in line behind the patches: all up to its head has been handed to us. A hello comes before them and moves nothing.
      cursor = Math.max(cursor, frame.head);
      break;
    case "reset":
      cursor = frame.head;
      refetch();
      break;
    case "slow":
      socket?.close();
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
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  tries += 1;
  if (tries === PROBE_AFTER) probe();
  timer = setTimeout(() => { timer = 0; open(); }, most / 2 + Math.random() * (most / 2));
}

function drop() {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
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
    if (event.code === 1008 || event.code === 4401) return signedOut();
    if (!ended) show("lost", "Reconnecting");
    again();
  };
}

function watch() {
  if (ended) return;
  const silent = performance.now() - heardAt;
  if (silent > DEAD_MS) {
    drop();
    show("lost", "Reconnecting");
    if (!timer) open();
  } else if (silent > QUIET_MS) show("lost", "Reconnecting");
}

export function startLive() {
  if (!document.body.dataset.page) return;
  cursor = Number(document.body.dataset.head) || 0;
  open();
  setInterval(watch, 1_000);
  window.addEventListener("online", () => { tries = 0; if (!socket && !ended) open(); });
  // A page taken back from the browser's memory has a dead socket and old text: say where we stand and catch up by the cursor.
  window.addEventListener("pageshow", (event) => { if (event.persisted && !ended) open(); });
  window.addEventListener("pagehide", drop);
}
