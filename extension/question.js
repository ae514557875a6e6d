"use strict";
// @ts-check

// The first question, drawn before the program runs: who asks, and for what. It draws the very elements that Go will draw
// (wasm/ui), and only where there is nothing to judge: a plain address and plain words, a few texts, no frame, no signed
// request, no site that signs its requests, no hash. Everything else waits for Go. No press counts until Go has drawn over it.
//
// extension/testdata/question.json says what is drawn for which request; Go's own drawing is held to the same file.

globalThis.question = (() => {
  const plainOrigin = /^(https:\/\/)([a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]+)?)$/;
  const localOrigin = /^(http:\/\/)((?:localhost|127\.0\.0\.1)(?::[0-9]+)?)$/;
  const fewDocuments = 16;
  const readBody = messages.reader("this extension knows", []);

  /**
   * @typedef {import("./types.gen.js").Messages} Messages
   *
   * What an act asks: its page, its request, its sentences, the number of its questions, and the parts between address and
   * buttons.
   * @typedef {{
   *   page: string, message: keyof Messages, unsigned: boolean, head: string, title: string, next: string,
   *   total: (body: any) => number, parts: (t: Say, body: any) => HTMLElement[],
   * }} Act
   *
   * What is drawn, and what says a sentence.
   * @typedef {{ scheme: string, host: string }} Address
   * @typedef {{ act: Act, origin: Address, phrase: string, language: "tr" | "en", body: any }} Question
   * @typedef {(key: string, values?: Record<string, unknown>) => string} Say
   */

  // What is drawn, as HTML, until the program draws; empty where nothing is.
  let drawn = "";
  let over = false; // the program has drawn

  /** @type {Record<string, Act>} */
  const acts = {
    // @ts-expect-error no act is inherited
    __proto__: null,
    sign: {
      page: "sign", message: "SignRequest", unsigned: true,
      head: "window.head.asks", title: "window.who.title", next: "window.who.continue",
      total: ({ documents, code }) => documents.length + (code === undefined ? 3 : 4),
      parts: (t, { purpose, documents }) => [quoted(t, purpose), listed(t, documents)],
    },
    pin: {
      page: "pin", message: "PINRequest", unsigned: false,
      head: "pin.head.asks", title: "pin.who.title", next: "pin.who.continue",
      total: () => 4,
      parts: (t, { purpose }) => [quoted(t, purpose)],
    },
    authenticate: credential("authenticate", 3, "LoginRequest"),
    certificates: credential("certificates", 2, "CertificatesRequest"),
  };

  /** @type {(act: string, questions: number, message: keyof Messages) => Act} */
  function credential(act, questions, message) {
    return {
      page: "card", message, unsigned: true,
      head: `card.head.${act}`, title: `card.who.title.${act}`, next: `card.who.continue.${act}`,
      total: () => questions,
      parts: (t, { purpose }) => [...(purpose === undefined ? [] : [quoted(t, purpose)]), element("div", { class: "stack", id: "learns" },
        words("h2", {}, t("card.who.learns")),
        words("p", {}, t(`card.who.text.${act}`)),
        words("p", { class: "hint" }, t(`card.who.only.${act}`)))],
    };
  }

  // --- what is plain ------------------------------------------------------------------------------

  /**
   * read returns what is to be drawn; null where Go is to draw. `kept` is what the person and their institution have set, and
   * when the site last signed a request; `asked` is the page's first message.
   * @type {(stored: import("./types.gen.js").StoredRequest, kept: Record<string, any>, asked: any) => Question | null}
   */
  function read(stored, kept, asked) {
    const { origin, embedder, frameId, pageRequest } = stored;
    const { type, body, to, id, eonay } = asked;
    const act = typeof type === "string" ? acts[type] : undefined;
    const parts = readOrigin(origin);
    const { securityPhrase: phrase = "", language: own = "", policy } = kept;
    const language = own === "" ? policy?.language ?? "" : own;
    if (act === undefined || act.page !== document.documentElement.dataset.page || parts === null) return null;
    if (embedder !== undefined || frameId !== 0 || kept[`signer:${origin}`] !== undefined) return null;
    if (to !== "extension" || id !== pageRequest || eonay !== protocol.Version || typeof body !== "object" || body === null) return null;
    if (policy?.phraseRequired === true && phrase === "") return null;
    if (body.signed !== undefined || !isTag(language) || !isPlain(phrase) || !fits(act, body)) return null;
    return { act, origin: parts, phrase, language: spoken(language === "" ? body.language : language), body };
  }

  /**
   * fits tells whether a request is one that Go takes, of plain words. A login in Web eID's format is like one in ours.
   * @type {(act: Act, body: any) => boolean}
   */
  function fits({ message }, body) {
    const { format, purpose = "", documents = [] } = body;
    const same = message === "LoginRequest" && format === protocol.LoginFormatWebEID ? { ...body, format: protocol.LoginFormat } : body;
    return readBody(message, same).problem === undefined && isPlain(purpose) && areFew(documents) &&
      (message !== "SignRequest" || isUsual(body));
  }

  /**
   * isUsual tells whether a request for signatures is one of which there is nothing to say (wasm/act/sign/terms.go).
   * @type {(body: any) => boolean}
   */
  function isUsual(body) {
    const { format, profile, together, cades } = body;
    return format === "cades" && profile === "P1" && together === undefined && cades === undefined && messages.misfit(body) === null;
  }

  /**
   * areFew tells whether documents are a short list of texts.
   * @type {(documents: Messages["DocumentInfo"][]) => boolean}
   */
  function areFew(documents) {
    return documents.length <= fewDocuments && messages.oversize(documents) === null &&
      documents.every(({ name, mediaType }) => isPlain(name) && mediaType === "text/plain");
  }

  /** @type {(origin: unknown) => Address | null} */
  function readOrigin(origin) {
    if (typeof origin !== "string" || origin.length > protocol.MaxOrigin || /(?:\/\/|\.)xn--/.test(origin)) return null;
    const found = plainOrigin.exec(origin) ?? localOrigin.exec(origin);
    return found === null ? null : { scheme: String(found[1]), host: String(found[2]) };
  }

  /**
   * isPlain tells whether a text is shown as it is.
   * @param {unknown} text
   */
  function isPlain(text) {
    return typeof text === "string" && questionWords.plain.test(text);
  }

  /** @param {unknown} value */
  function isTag(value) {
    return typeof value === "string" && value.length <= 35;
  }

  /**
   * spoken is the language of a tag, as internal/message has it.
   * @type {(tag: string) => "tr" | "en"}
   */
  function spoken(tag) {
    return tag.toLowerCase().split("-")[0] === "en" ? "en" : "tr";
  }

  // --- the elements, as wasm/ui has them ----------------------------------------------------------

  /**
   * @template {keyof HTMLElementTagNameMap} K
   * @param {K} name
   * @param {Record<string, string>} attributes
   * @param {(string | Node)[]} children
   * @returns {HTMLElementTagNameMap[K]}
   */
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  }

  /**
   * words is an element with a text, in which a line does not end inside "E-Onay".
   * @type {(name: keyof HTMLElementTagNameMap, attributes: Record<string, string>, text: string) => HTMLElement}
   */
  function words(name, attributes, text) {
    const made = element(name, attributes);
    for (const [i, part] of text.split("E-Onay").entries()) {
      if (i > 0) made.append(element("span", { class: "whole" }, "E-Onay"));
      if (part !== "") made.append(part);
    }
    return made;
  }

  /** @type {(action: string, attributes: Record<string, string>, text: string) => HTMLElement} */
  function button(action, attributes, text) {
    return words("button", { type: "button", ...attributes, "data-action": action }, text);
  }

  /** @type {(address: Address, attributes?: Record<string, string>) => HTMLElement} */
  function address({ scheme, host }, attributes = {}) {
    return element("span", { class: "origin", ...attributes }, words("span", { class: "origin-scheme" }, scheme), words("b", {}, host));
  }

  /** @type {(t: Say, purpose: string) => HTMLElement} */
  function quoted(t, purpose) {
    return element("div", { class: "asked" }, words("h2", {}, t("window.who.purpose")), words("blockquote", { class: "quote", id: "purpose" }, purpose));
  }

  /** @type {(t: Say, documents: { name: string }[]) => HTMLElement} */
  function listed(t, documents) {
    const title = documents.length === 1 ? t("window.who.document") : t("window.who.documents", { n: documents.length });
    return element("div", { class: "asked" }, words("h2", {}, title), element("ul", { class: "plain" }, ...documents.map(({ name }) => words("li", {}, name))));
  }

  /** @type {(t: Say, question: Question) => HTMLElement} */
  function head(t, { act, origin, phrase }) {
    const own = phrase === ""
      ? [words("span", { class: "head-label" }, t("window.head.no_phrase")), " ", button("set-phrase", { class: "link" }, t("window.head.set_phrase"))]
      : [words("span", { class: "head-label" }, t("window.head.phrase")), " ", words("q", { class: "phrase", id: "security-phrase" }, phrase)];
    return element("header", { class: "head" },
      element("p", { class: "head-line" }, words("span", { class: "head-label" }, t(act.head)), " ", address(origin)),
      element("p", { class: "head-line" }, ...own));
  }

  /** @type {(t: Say, question: Question) => HTMLElement} */
  function section(t, { act, origin, body }) {
    const unsigned = act.unsigned ? [words("span", { id: "unsigned" }, t("window.who.unsigned"))] : [];
    return element("section", { class: "step stack" },
      element("div", { class: "heading" },
        words("p", { class: "number" }, t("window.step", { n: 1, m: act.total(body) })),
        words("h1", { id: "title", tabindex: "-1" }, t(act.title))),
      element("div", { class: "stack" },
        element("p", { class: "address" }, words("span", { class: "visually-hidden" }, t("window.who.origin")), address(origin, { id: "origin" })),
        element("p", { class: "hint" }, words("span", {}, t("window.who.check")), " ", ...unsigned)),
      ...act.parts(t, body));
  }

  /** @type {(t: Say, question: Question) => HTMLElement} */
  function foot(t, { act, language }) {
    /** @type {(tag: string, name: string) => HTMLElement} */
    const speak = (tag, name) => element("button", {
      type: "button", class: "link", lang: tag, "data-action": "language", "data-value": tag, "aria-pressed": String(tag === language),
    }, name);
    return element("footer", { class: "foot" },
      element("div", { class: "foot-main", id: "buttons", "data-side": "right" }, button("continue", { class: "primary first" }, t(act.next))),
      element("div", { class: "foot-line" },
        button("cancel", { class: "link" }, t("window.action.cancel")),
        element("div", { class: "languages", role: "group", "aria-label": t("window.language") }, speak("tr", "Türkçe"), speak("en", "English"))));
  }

  /** @param {Question} question */
  function show(question) {
    const { act, language } = question;
    /** @type {Record<string, string>} */
    const said = questionWords[language];
    /** @type {Say} */
    const t = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, String(value)), said[key] ?? "");
    const app = appElement();
    app.replaceChildren(head(t, question), element("main", { id: "screen", class: "screen" }, section(t, question)), foot(t, question),
      element("p", { class: "visually-hidden", role: "status", id: "status" }));
    document.documentElement.setAttribute("lang", language);
    document.title = `${t(act.title)} – E-Onay`;
    drawn = app.innerHTML;
  }

  function appElement() {
    return /** @type {HTMLElement} */ (document.getElementById("app"));
  }

  return {
    /**
     * draw draws the question, if it is a plain one and the program has not drawn yet.
     * @type {typeof question.draw}
     */
    draw(stored, kept, asked) {
      const asks = over ? null : read(stored, kept, asked);
      if (asks === null) return;
      watch.begin();
      show(asks);
      watch.end();
      guard.hold();
      document.getElementById("title")?.focus();
      performance.mark("readable");
    },

    // stands tells whether the question is on the screen, and the program has not drawn yet.
    stands: () => drawn !== "",

    // give hands the screen to the program, which has just drawn, and tells whether what was there is unchanged.
    give() {
      const same = drawn !== "" && appElement().innerHTML === drawn;
      [drawn, over] = ["", true];
      if (same) performance.mark("kept");
      return same;
    },
  };
})();
