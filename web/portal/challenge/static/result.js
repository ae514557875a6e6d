// The result of a signature that is still being checked: the page asks whether that is over, and shows what came of it.

// @ts-check

const { state = "" } = document.getElementById("pending")?.dataset ?? {};

const [shortest, longest] = [2000, 15_000]; // milliseconds between two questions
// A page that is left open must not keep its session alive: after this it asks only when the person comes back to it.
const patience = 600_000; // milliseconds
const opened = Date.now();

let pause = shortest;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;

async function ask() {
  clearTimeout(asking);
  let problem = true;
  try {
    const response = await fetch(state, { redirect: "error", signal: AbortSignal.timeout(10_000) });
    const { pending } = await response.json();
    problem = !response.ok;
    if (response.status === 401 || pending === false) return location.reload();
  } catch {
    // The portal is away, or restarts: it is asked again.
  }
  pause = Math.min(pause * (problem ? 2 : 1.25), longest);
  if (Date.now() - opened < patience) asking = setTimeout(ask, pause);
}

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());

asking = setTimeout(ask, pause);
