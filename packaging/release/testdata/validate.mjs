// Validates a bill of materials, on standard input, as CycloneDX 1.6. The argument is the folder of the specification's
// schemas. Each finding is a line of standard output.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

const folder = process.argv[2];
const schema = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true, formats: { "iri-reference": true, "idn-email": true } });
addFormats.default(ajv);
ajv.addSchema(schema("spdx.schema.json"), "http://cyclonedx.org/schema/spdx.schema.json");
ajv.addSchema(schema("jsf-0.82.schemax.json"), "http://cyclonedx.org/schema/jsf-0.82.schema.json");
const validate = ajv.compile(schema("bom-1.6.schema.json"));
if (!validate(JSON.parse(readFileSync(0, "utf8")))) {
  for (const { instancePath, message } of validate.errors) console.log(`${instancePath} ${message}`);
}
