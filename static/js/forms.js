/* Forms: a form with data-live is posted without leaving the page and the answered page is applied region by region. Everything else is the
   browser's own business. Fills csrf where a pushed fragment has none, and gives htmx's requests the token. */
import { applyPage, parse, refetch } from "./regions.js";
import { carry, toast, offerUndo } from "./toasts.js";

export function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** POST `data` (FormData or a plain object). Resolves to {ok, status, url, text, detail, problem}; never rejects. */
export async function post(url, data, { keepalive = false } = {}) {
  const body = data instanceof FormData ? new URLSearchParams(data) : new URLSearchParams(data);
  if (!body.get("csrf")) body.set("csrf", token());
  try {
    const answer = await fetch(url, { method: "POST", body, keepalive, headers: { "X-CSRF-Token": token(), Accept: "text/html, application/problem+json, application/json" } });
    const text = await answer.text();
    const json = (answer.headers.get("content-type") ?? "").includes("json");
    let problem = null;
    try { problem = json ? JSON.parse(text) : null; } catch { problem = null; }
    const detail = answer.ok ? "" : problem?.detail ?? parse(text).querySelector("[data-error-text]")?.textContent.trim() ?? `The desk answered ${answer.status}.`;
    return { ok: answer.ok, status: answer.status, url: answer.url, text, detail, problem };
  } catch {
    return { ok: false, status: 0, url, text: "", detail: "The desk cannot be reached. Nothing was lost; try again.", problem: null };
  }
}

/** Post and show what became of it. */
export async function postAndShow(url, data, { form = null, submitter = null, undo = null, undoText = "" } = {}) {
  const answer = await post(url, data);
  if (!answer.ok) {
    toast(answer.detail, { tone: "bad" });
    if (answer.status === 409 || answer.status === 423) refetch();
    document.dispatchEvent(new CustomEvent("desk:refused", { detail: { url, form, answer } }));
    return answer;
  }
  if (undo) offerUndo(undoText, undo);
  document.dispatchEvent(new CustomEvent("desk:posted", { detail: { url: new URL(url, location.href).pathname, form, submitter } }));
  const to = new URL(answer.url);
  if (answer.text && to.pathname !== location.pathname && to.pathname !== new URL(url, location.href).pathname) {
    carry(parse(answer.text).querySelector("#flash .banner-text")?.textContent.trim());
    location.assign(answer.url);
  } else if (answer.text && /^\s*<!doctype/i.test(answer.text)) applyPage(answer.text);
  else refetch();
  return answer;
}

async function submit(event) {
  const form = event.target;
  const { submitter } = event;
  if (event.defaultPrevented) return;
  const question = submitter?.dataset.confirm;
  if (question && !window.confirm(question)) return event.preventDefault();
  const hidden = form.querySelector('input[name="csrf"]');
  if (form.method === "post" && hidden && !hidden.value) hidden.value = token();
  if (!("live" in form.dataset)) return;
  event.preventDefault();
  const key = submitter ?? form;
  if (key.getAttribute("aria-busy") === "true") return; // a second press of the same button while the first is under way
  const url = submitter?.getAttribute("formaction") || form.getAttribute("action");
  const data = new FormData(form, submitter);
  key.setAttribute("aria-busy", "true");
  if (form.matches("[popover]")) form.hidePopover();
  const source = submitter?.dataset.undo ? submitter : form;
  await postAndShow(url, data, { form, submitter, undo: source.dataset.undo, undoText: source.dataset.undoText });
  key.removeAttribute("aria-busy");
}

export function startForms() {
  document.addEventListener("submit", submit);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
  });
  document.addEventListener("htmx:config:request", (event) => { event.detail.ctx.request.headers["X-CSRF-Token"] = token(); });
}
