"use strict";
// @ts-check

// What the person's institution has set, in the browser's managed storage (managed_schema.json). Chromium holds it against that
// schema, Firefox against nothing: it is checked here, member by member. A member that is not as it must be counts as not
// there, and is named on the settings page.
//
// Chromium's managed storage answers first when its policies are loaded, some two seconds after its start. So the broker
// keeps what it had last (institution.js), and that is read; managed storage itself only where nothing is kept yet.

globalThis.policy = (() => {
  const api = globalThis.browser ?? globalThis.chrome;
  const maxMembers = 32;
  const maxURL = 2048;
  const maxWrong = 16;

  /** @type {Promise<Policy> | null} */
  let reading = null;
  api.storage.onChanged.addListener((changes, area) => {
    if (area === "local" && protocol.PolicyKey in changes) reading = null;
  });

  /**
   * What a member must be.
   * @type {Record<string, (value: any) => boolean>}
   */
  const members = {
    // @ts-expect-error no member is inherited
    __proto__: null,
    sites: (value) => isList(value, protocol.MaxPolicySites, isSite),
    libraries: (value) => isList(value, protocol.MaxLibraries, isPath),
    language: (value) => value === "tr" || value === "en",
    // As Firefox reads a number from the registry of Windows, which has no booleans.
    phraseRequired: (value) => [true, false, 1, 0].includes(value),
    installURL: isURL,
  };

  /** @type {(value: unknown, most: number, isOne: (one: any) => boolean) => boolean} */
  function isList(value, most, isOne) {
    return Array.isArray(value) && value.length <= most && value.every(isOne);
  }

  /**
   * isSite tells whether a text is the origin of a site that a person can admit: https, a name, no port, nothing behind it.
   * @param {unknown} text
   */
  function isSite(text) {
    if (typeof text !== "string" || text.length > protocol.MaxOrigin || !URL.canParse(text)) return false;
    const { origin, port } = new URL(text);
    return origin === text && port === "" && /^https:\/\/[a-z0-9.-]+$/.test(text);
  }

  /**
   * isPath tells whether a text can be an absolute path. Where it leads the host judges.
   * @param {unknown} text
   */
  function isPath(text) {
    if (typeof text !== "string" || new TextEncoder().encode(text).length > protocol.MaxLibraryPath) return false;
    return /^(?:\/|[A-Za-z]:\\)[^\p{C}]+$/u.test(text);
  }

  /** @param {unknown} text */
  function isURL(text) {
    if (typeof text !== "string" || text.length > maxURL || !URL.canParse(text)) return false;
    const { protocol: scheme, username, password } = new URL(text);
    return scheme === "https:" && username === "" && password === "" && /^[!-~]+$/.test(text);
  }

  /**
   * check returns what of the managed storage counts.
   * @type {(stored: unknown) => Policy}
   */
  function check(stored) {
    /** @type {Policy} */
    const found = { present: false, sites: [], libraries: [], language: "", phraseRequired: false, installURL: "", wrong: [] };
    const all = typeof stored === "object" && stored !== null ? Object.entries(stored) : [];
    found.present = all.length > 0;
    if (all.length > maxMembers) return { ...found, wrong: ["…"] };
    for (const [name, value] of all) {
      if (members[name]?.(value)) Object.assign(found, { [name]: value });
      else if (found.wrong.length < maxWrong) found.wrong.push(name.slice(0, 40));
    }
    return { ...found, phraseRequired: Boolean(found.phraseRequired) };
  }

  /** @returns {Promise<unknown>} */
  async function stored() {
    const { [protocol.PolicyKey]: kept } = await api.storage.local.get(protocol.PolicyKey);
    return kept ?? api.storage.managed.get(null);
  }

  return {
    // read returns what is set. Where nothing is, Firefox refuses to say so.
    read() {
      reading ??= stored().then(check, () => check(null));
      return reading;
    },
  };
})();
