// A CQL library over rows of parameters: `node run.mjs LIBRARY.cql ROWS.json ASKED.json WARM` prints
// {"microseconds": per row after the first WARM rows, "answers": [[...]]}: for each row the values of the definitions asked.
// An error of the translator ends the run: it would only leave null behind.
import { readFileSync } from "node:fs";
import {
  CqlCompilerOptions, CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource,
} from "@cqframework/cql/cql-to-elm";
import cql from "cql-execution";

const [library, rows, asked] = process.argv.slice(2, 5).map((place) => readFileSync(place, "utf8"));
const warm = Number(process.argv[5]);

// The types of the language itself: the translator asks for them and brings none.
const TYPES = ["Any", "Boolean", "Integer", "Long", "Decimal", "String", "Date", "DateTime", "Time", "Quantity", "Ratio",
  "Code", "Concept", "Vocabulary", "ValueSet", "CodeSystem"];
const SYSTEM = `<modelInfo xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  name="System" version="1.0.0" url="urn:hl7-org:elm-types:r1">
  ${TYPES.map((name) => `<typeInfo xsi:type="SimpleTypeInfo" name="System.${name}"/>`).join("\n  ")}
</modelInfo>`;

function translated(text) {
  const models = new ModelManager();
  const system = createModelInfoProvider((name) => (name === "System" ? stringAsSource(SYSTEM) : null));
  models.modelInfoLoader.registerModelInfoProvider(system);
  const translator = CqlTranslator.fromText(text, new LibraryManager(models, new CqlCompilerOptions()));
  const elm = JSON.parse(translator.toJson());
  const errors = elm.library.annotation.filter((note) => note.errorSeverity === "error");
  if (errors.length) throw new Error(errors.map((note) => `${note.startLine}: ${note.message}`).join("\n"));
  return elm;
}

// An engine keeps the place of each expression in the rules and the value of it; without a place it is quicker.
function placeless(elm) {
  return JSON.parse(JSON.stringify(elm, (key, value) => (["localId", "locator"].includes(key) ? undefined : value)));
}

// In the context of a patient the engine works each definition out once; in the unfiltered one, again wherever it is
// named and was false or null.
async function answered(rules, row, names) {
  const context = new cql.PatientContext(rules, {}, codes, row);
  const found = {};
  for (const [name, expression] of Object.entries(rules.expressions)) found[name] = await expression.execute(context);
  return names.map((name) => found[name]);
}

const codes = new cql.CodeService({});
const rules = new cql.Library(placeless(translated(library)));
const names = JSON.parse(asked);
const answers = [];
let start = process.cpuUsage();
for (const [index, row] of JSON.parse(rows).entries()) {
  if (index === warm) start = process.cpuUsage();
  answers.push(await answered(rules, row, names));
}
const { user, system } = process.cpuUsage(start);
console.log(JSON.stringify({ microseconds: (user + system) / Math.max(1, answers.length - warm), answers }));
