// The form of an application, saved while it is written: some seconds after a change, and before the person leaves by a button. The
// form works without this script.

// @ts-check

const pause = 3000; // milliseconds after the last change
const patience = 15_000; // milliseconds for an answer

const form = /** @type {HTMLFormElement} */ (document.getElementById("application"));
const told = /** @type {HTMLElement} */ (document.getElementById("saved"));
const version = /** @type {HTMLInputElement} */ (form.elements.namedItem("surum"));

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
/** @type {Promise<void> | null} */
let saving = null;
let stopped = false; // saving is of no use any more: another tab has changed the form, or the session has ended

// typed is what is sent. The security word is left out: half of one would be kept.
function typed() {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "word" && typeof value === "string") fields.append(name, value);
  }
  return fields;
}

async function save() {
  told.textContent = told.dataset.saving ?? "";
  try {
    const response = await fetch(form.dataset.autosave ?? "", { method: "POST", body: typed(), redirect: "error", signal: AbortSignal.timeout(patience) });
    const answer = await response.json();
    if (response.ok) {
      version.value = String(answer.version);
      told.textContent = (told.dataset.saved ?? "").replace("{at}", answer.at);
      return;
    }
    stopped = response.status < 500;
    told.textContent = answer.message?.[document.documentElement.lang === "en" ? "en" : "tr"] ?? told.dataset.failed ?? "";
  } catch {
    told.textContent = told.dataset.failed ?? ""; // the next change tries again
  }
}

function changed() {
  clearTimeout(waiting);
  if (stopped) return;
  waiting = setTimeout(() => {
    if (saving) return changed(); // one at a time, since each is for the version that the one before has made
    saving = save().finally(() => { saving = null; });
  }, pause);
}

form.addEventListener("input", (event) => {
  if (/** @type {HTMLInputElement} */ (event.target).name !== "word") changed();
});

// A press while the form is being saved waits for it: it is for the version that comes of it.
form.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  stopped = true;
  if (!saving) return;
  event.preventDefault();
  const { submitter } = event;
  saving.then(() => form.requestSubmit(submitter));
});
