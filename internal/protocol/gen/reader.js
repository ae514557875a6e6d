// How page library and extension read each other's messages. Both ends are hostile to each other: of what comes only
// known fields are read, each once, by own property, with type and length checked, and copied into objects made here.
// What a page asks for is read strictly: an option that is not understood must not be left out in silence.
//
// internal/protocol/gen puts the messages before it, for the one as a module and for the other as a script.

/**
 * A field: how it is read (internal/protocol has the kinds), and whether it may be missing.
 * @typedef {{ kind: string, min?: number, max?: number, longest?: number, values?: readonly string[], of?: keyof Messages, optional?: boolean }} Rule
 *
 * What was wrong: a code, and what the developer of the other side must know.
 * @typedef {{ problem: "request_invalid" | "request_too_large", detail: string, body?: undefined }} Mistake
 *
 * What a form of a format takes: profiles, media types of the documents (any where there is none; "+xml" is the end of one),
 * whether one signature can be over all, and the largest document in bytes.
 * @typedef {{ format: string, form: string, profiles: readonly string[], mediaTypes: readonly string[], together: boolean, most: number }} FormRule
 *
 * @typedef {import("./protocol.gen.js").Messages} Messages
 */

/**
 * @template T
 * @typedef {{ body: T, problem?: undefined, detail?: undefined } | Mistake} Read
 */

const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const base64 = /^(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{4}|[0-9A-Za-z+/]{3}=|[0-9A-Za-z+/]{2}==)$/;

/** @type {(value: unknown) => value is object} */
const isObject = (value) => typeof value === "object" && value !== null;

/** @type {(object: object, key: string) => unknown} */
const own = (object, key) => (Object.hasOwn(object, key) ? /** @type {Record<string, unknown>} */ (object)[key] : undefined);

/** @type {(detail: string, problem?: Mistake["problem"]) => Mistake} */
const wrong = (detail, problem = "request_invalid") => ({ problem, detail });

/**
 * isLine tells whether value is one line of 1 to max bytes of UTF-8.
 * @type {(value: unknown, max: number) => boolean}
 */
const isLine = (value, max) => typeof value === "string" && value !== "" && value.length <= max && !control.test(value) &&
  value.isWellFormed() && new TextEncoder().encode(value).length <= max;

/**
 * isBase64 tells whether value can be the base64 of 1 to max bytes; the receiver decodes it.
 * @type {(value: unknown, max: number) => boolean}
 */
const isBase64 = (value, max) => typeof value === "string" && value.length % 4 === 0 && value.length > 0 && value.length <= Math.ceil(max / 3) * 4;

/** @type {(text: string) => number} */
const sizeOfBase64 = (text) => text.length / 4 * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);

/**
 * isOrigin tells whether value is an origin that can ask, as browsers write it.
 * @type {(value: unknown, longest: number) => boolean}
 */
const isOrigin = (value, longest) => {
  if (typeof value !== "string" || value.length > longest || !URL.canParse(value)) return false;
  const { origin, protocol: scheme } = new URL(value);
  return origin === value && (scheme === "https:" || scheme === "http:");
};

/** @type {(value: unknown, min: number, max: number) => boolean} */
const isLong = (value, min, max) => typeof value === "string" && value.length >= min && value.length <= max;

/** @type {(value: unknown, min: number, max?: number) => boolean} */
const isWhole = (value, min, max = Infinity) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;

/**
 * The kinds of fields that are taken as they are: what one must be, and what is wanted of it.
 * @typedef {[(value: any, rule: Required<Rule>) => boolean, (rule: Rule) => string]} Kind
 * @type {Readonly<Record<string, Kind>>}
 */
const kinds = {
  line: [(v, { max }) => isLine(v, max), ({ max }) => `one line of at most ${max} bytes`],
  text: [(v, { min, max }) => isLong(v, min, max), ({ max }) => `a string of at most ${max} characters`],
  digits: [(v, { max }) => isLong(v, max, max) && /^[0-9]+$/.test(v), ({ max }) => `${max} digits`],
  reference: [(v, { max }) => isLong(v, 1, max) && /^[0-9A-Za-z_-]+$/.test(v), ({ max }) => `1 to ${max} letters, digits, - and _`],
  media: [(v, { max }) => isLong(v, 1, max) && mediaType.test(v), () => 'a media type, as "text/plain", in small letters and without parameters'],
  name: [(v) => isLong(v, 1, 40) && /^[a-z_]+$/.test(v), () => "the name of a code"],
  nonce: [(v, { min, max }) => isLong(v, min, max) && base64.test(v), ({ min, max }) => `${min} to ${max} characters of base64`],
  base64: [(v, { max }) => isBase64(v, max), ({ max }) => `base64 of at most ${max} bytes`],
  language: [(v) => v === "tr" || v === "en", () => '"tr" or "en"'],
  flag: [(v) => typeof v === "boolean", () => "true or false"],
  whole: [(v, { min, max }) => isWhole(v, min, max), ({ min }) => `a whole number, ${min} or more`],
};

/**
 * reader returns how one side reads a message: its body, copied, or what is wrong with it. `known` begins what a developer is
 * told of the values that are known; the values of `missing` stand for an option that is left out.
 * @param {string} known
 * @param {readonly unknown[]} missing
 */
function reader(known, missing) {
  /**
   * @template {keyof Messages} K
   * @param {K} name
   * @param {unknown} value
   * @returns {Read<Messages[K]>}
   */
  function read(name, value, place = "") {
    if (!isObject(value)) return wrong(`${place || "the request"}: want an object`);
    const [fields, asked] = [table[name], requests.includes(name)];
    const other = asked ? Object.keys(value).find((option) => !Object.hasOwn(fields, option)) : undefined;
    if (other !== undefined) {
      const options = Object.keys(fields).join(", ");
      return wrong(`${place || "the request"}: no option ${JSON.stringify(other.slice(0, 40))}; ${known} ${options}`);
    }
    /** @type {any} */
    const body = {};
    for (const [field, rule] of Object.entries(fields)) {
      const given = own(value, field);
      if (rule.optional && isMissing(given, rule, asked)) continue;
      const one = readField(rule, given, place === "" ? field : `${place}.${field}`);
      if (one.problem !== undefined) return one;
      body[field] = one.body;
    }
    return { body };
  }

  /** @type {(value: unknown, rule: Rule, asked: boolean) => boolean} */
  function isMissing(value, { kind }, asked) {
    return value === undefined || (asked && (missing.includes(value) || value === (kind === "flag" ? false : "")));
  }

  /** @type {(rule: Rule, value: unknown, place: string) => Read<unknown>} */
  function readField(rule, value, place) {
    const { kind, max = 0, longest = 0, values = [] } = rule;
    switch (kind) {
      case "object":
        return read(/** @type {keyof Messages} */ (rule.of), value, place);
      case "list":
        return readList(rule, value, place);
      case "texts":
        return Array.isArray(value) ? { body: value.filter((v) => typeof v === "string") } : wrong(`${place}: want a list`);
      case "origins":
        if (Array.isArray(value) && value.length <= max && [...value].every((v) => isOrigin(v, longest))) return { body: [...value] };
        return wrong(`${place}: want at most ${max}, as "https://giris.example"`);
      case "known":
        return values.some((v) => v === value) ? { body: value } : wrong(`${place}: ${known} ${values.join(", ")}`);
      case "size":
        if (!isWhole(value, 1)) return wrong(`${place}: want a whole number of bytes above 0`);
        return isWhole(value, 1, max) ? { body: value } : wrong(`${place}: more than ${max} bytes`, "request_too_large");
    }
    const [isGood, want] = /** @type {Kind} */ (kinds[kind]);
    return isGood(value, /** @type {Required<Rule>} */ (rule)) ? { body: value } : wrong(`${place}: want ${want(rule)}`);
  }

  /** @type {(rule: Rule, value: unknown, place: string) => Read<unknown>} */
  function readList({ of, min = 0, max = 0 }, value, place) {
    if (!Array.isArray(value) || value.length < min || value.length > max) return wrong(`${place}: want a list of ${min} to ${max}`);
    const body = [];
    for (let i = 0; i < value.length; i++) {
      const one = read(/** @type {keyof Messages} */ (of), value[i], `${place}[${i}]`);
      if (one.problem !== undefined) return one;
      body.push(one.body);
    }
    return { body };
  }

  return read;
}

/**
 * oversize returns what is wrong with the sizes of documents, one by one and together; null where nothing is.
 * @param {Messages["SignRequest"]["documents"]} documents
 */
function oversize(documents) {
  let whole = 0;
  for (const [i, { mediaType: type, size }] of documents.entries()) {
    const most = sizes.get(type) ?? allSizes;
    if (size > most) return wrong(`documents[${i}]: more than ${most} bytes`, "request_too_large");
    whole += size;
  }
  return whole > allSizes ? wrong(`documents: more than ${allSizes} bytes together`, "request_too_large") : null;
}

/**
 * misfit returns what does not go together in what is asked to be made of documents; null where all does.
 * @param {Messages["SignRequest"]} request
 */
function misfit(request) {
  const { format, profile, together = false, documents } = request;
  const other = forms.find((rule) => rule.format !== format && own(request, rule.format) !== undefined);
  if (other !== undefined) return wrong(`${other.format}: goes with format: "${other.format}" alone`);
  const { form } = /** @type {{ form?: string }} */ (own(request, format) ?? {});
  const rule = /** @type {FormRule} */ (forms.find((rule) => rule.format === format && (form === undefined || rule.form === form)));
  const name = `${format}, form ${rule.form}`;
  if (!rule.profiles.includes(profile)) return wrong(`profile: ${name} is made in ${rule.profiles.join(", ")}`);
  if (together && !rule.together) return wrong(`together: each document has a signature of its own with ${name}`);
  for (const [i, { mediaType: type, size }] of documents.entries()) {
    if (size > rule.most) return wrong(`documents[${i}]: more than ${rule.most} bytes with ${name}`, "request_too_large");
    const isFile = !together || i === documents.length - 1;
    const isTaken = rule.mediaTypes.length === 0 || rule.mediaTypes.some((t) => t === type || (t.startsWith("+") && type.endsWith(t)));
    if (isFile && !isTaken) return wrong(`documents[${i}].mediaType: ${name} takes ${rule.mediaTypes.join(", ")}`);
  }
  return null;
}

/**
 * isPullOf tells whether the bytes that the window wants are in the request's documents.
 * @param {Messages["PagePullBody"]} pull
 * @param {Pick<Messages["SignRequest"], "documents">} request
 */
function isPullOf({ document, offset, length }, { documents }) {
  const info = documents[document];
  return info !== undefined && offset + length <= info.size;
}

/**
 * delivery follows the signed files of a request as their parts come: the parts of one document in a row, the documents in
 * their order. `takes` tells whether a part may come now, and notes it; `fits` whether the result is that of what has come.
 * @param {Pick<Messages["SignRequest"], "documents" | "together">} request
 */
function delivery({ documents, together = false }) {
  const whole = together ? [false] : documents.map(() => false);
  let [at, parts, fresh] = [-1, 0, 0]; // the document whose file is coming, and what has come of it
  /** @type {(part: Messages["SignaturePart"]) => boolean} */
  const isNext = ({ document, data, span }) => {
    if (document >= whole.length || document < at || whole[document] === true) return false;
    if (document > at && at >= 0 && whole[at] !== true) return false;
    return (data === undefined) !== (span === undefined) && (span === undefined || isPullOf(span, { documents }));
  };
  return {
    /** @type {(part: Messages["SignaturePart"]) => boolean} */
    takes(part) {
      if (!isNext(part)) return false;
      if (part.document > at) [at, parts, fresh] = [part.document, 0, 0];
      parts++;
      fresh += sizeOfBase64(part.data ?? "");
      whole[at] = part.last === true;
      return parts <= most.parts && fresh <= most.newBytes;
    },
    /** @type {(result: Messages["SignResult"]) => boolean} */
    fits: ({ outcomes }) => outcomes.length === whole.length && whole.includes(true) &&
      outcomes.every(({ code, message }, i) => (code === undefined) === whole[i] && (code === undefined) === (message === undefined)),
  };
}

export { reader, delivery, isBase64, isObject, isPullOf, misfit, oversize, own };
