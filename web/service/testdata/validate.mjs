// Validates openapi.json as OpenAPI 3.1, and answers of the service against its schemas. Standard input is JSON, {document, exchanges}; each finding is a
// line of standard output. The responses that were seen follow on the last line.

import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const { document, exchanges } = JSON.parse(readFileSync(0, "utf8"));
const findings = [];

const validator = new Validator();
const { valid, errors } = await validator.validate(structuredClone(document));
if (!valid || validator.version !== "3.1") findings.push(`not OpenAPI 3.1 (${validator.version}): ${JSON.stringify(errors)}`);

const ajv = new Ajv2020.default({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi");
const escape = (text) => encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));

// check holds a value against the schema at a pointer of the document.
function check(pointer, value, what) {
  const validate = ajv.getSchema(`openapi#${pointer}`) ?? ajv.compile({ $ref: `openapi#${pointer}` });
  if (!validate(value)) findings.push(`${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 400)}`);
}

const seen = new Set();
for (const { method, path, request, status, mediaType, body } of exchanges) {
  const what = `${method} ${path} ${status}`;
  const operation = document.paths[path]?.[method.toLowerCase()] ?? document.paths[path]?.[status === 405 ? Object.keys(document.paths[path])[0] : ""];
  if (!operation) {
    if (document.paths[path] || status !== 404) findings.push(`${what}: not described`);
    continue;
  }
  const described = operation.responses[status];
  if (!described) {
    findings.push(`${what}: the status is not described`);
    continue;
  }
  let pointer = `/paths/${escape(path)}/${method.toLowerCase()}/responses/${status}`;
  let response = described;
  if (described.$ref) {
    pointer = described.$ref.slice(1);
    response = document.components.responses[described.$ref.split("/").at(-1)];
    seen.add(described.$ref.split("/").at(-1));
  }
  const type = mediaType.split(";")[0];
  if (!response.content[type]) {
    findings.push(`${what}: media type ${mediaType}`);
    continue;
  }
  if (!type.startsWith("text/")) check(`${pointer}/content/${escape(type)}/schema`, JSON.parse(body), what);
  // What was taken is described too.
  if (status === 200 && request) check(`/paths/${escape(path)}/post/requestBody/content/application~1json/schema`, JSON.parse(request), `${what}, its request`);
}
for (const finding of findings) console.log(finding);
console.log(`seen: ${[...seen].join(" ")}`);
