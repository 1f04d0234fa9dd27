/* The desk in the browser: start every module once the page stands. Each module owns one subject and listens on the document, so that
   morphed and appended elements need no wiring.

   For authors of other pages: you need no script. Give an element id + data-region and push it; data-act="name" for a key, data-go="x" for g x,
   data-live on a form to stay on the page, <time datetime data-rel="ago|short|left"> for times, data-due on a chip for a countdown, data-open="id"
   to open a <dialog>, data-submit-on-change on a select, data-into="list-id" on the element of an append region, data-confirm="question" on a submit button.

   Events on document: desk:patch {seq, regions, notices} after a frame is applied · desk:page {doc, own} after a page's regions are applied ·
   desk:posted {url, form, submitter} after a data-live POST was taken · desk:changed {root} whenever elements were put in.

   Endpoints: WS /live?since=&page= · GET of the page's own address (list after the pill, everything after reset) · the action of each form ·
   POST /cases/ID/check (text, visibility, tick) -> html with #gate · POST /cases/ID/draft (text, version) -> {"version"} or 409 with
   {"version", "text", "author"} · POST /cases/ID/tick (item, ticked=true|false) · POST /cases/ID/claim|close for the row with the cursor · POST /bulk/plan, /bulk, /bulk/ID/on|undo for ticked rows.
   Requests carry X-CSRF-Token and HX-Request: true. A refusal is problem+json (its detail is shown) or a page with data-error-text. */
import { startRegions } from "./regions.js";
import { startLive } from "./live.js";
import { startKeys } from "./keys.js";
import { startTimes } from "./times.js";
import { startForms } from "./forms.js";
import { startComposer } from "./composer.js";
import { startDrafts } from "./drafts.js";
import { startPalette } from "./palette.js";
import { startToasts } from "./toasts.js";
import { startInbox } from "./inbox.js";
import { startPlan } from "./plan.js";
import { startRules } from "./rules.js";
import { startTrial } from "./trial.js";
import { startRuleList } from "./rule_list.js";

document.documentElement.dataset.script = ""; // what only works with or without a script is told apart by css, also where elements are put in later
for (const el of document.querySelectorAll("[data-open]")) el.hidden = false;
startTimes();
startRegions();
startForms();
startToasts();
startInbox();
startPlan();
startRules();
startTrial();
startRuleList();
startComposer();
startDrafts();
startKeys();
startPalette();
startLive();
