// The API reference: fetch the description, with a key where the service asks for one, and let Swagger UI draw it.
// Must not go here: what operations there are; the description says that.

const DESCRIPTION = "v1/openapi.json";
const STORED = "meeting-pipeline-key"; // the page keeps its key under the same name, in this tab only
const form = document.getElementById("sign-in");
const field = document.getElementById("key");
const problem = document.getElementById("problem");
const reference = document.getElementById("reference");

async function fetched(key) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  return fetch(DESCRIPTION, { headers, cache: "no-store" });
}

function draw(description, key) {
  form.hidden = true;
  reference.replaceChildren();
  description.servers = [{ url: new URL(".", location.href).href.replace(/\/$/, ""), description: "This installation." }];
  const drawn = SwaggerUIBundle({
    spec: description,
    domNode: reference,
    docExpansion: "list",
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null,
  });
  if (key) drawn.preauthorizeApiKey("key", key);
}

async function show(key) {
  problem.textContent = "";
  let answer;
  try {
    answer = await fetched(key);
  } catch {
    reference.replaceChildren();
    form.hidden = false;
    problem.textContent = "The service does not respond. Reload this page when it is running.";
    return;
  }
  if (answer.ok) {
    if (key) sessionStorage.setItem(STORED, key);
    draw(await answer.json(), key);
    return;
  }
  const said = await answer.json().catch(() => ({}));
  reference.replaceChildren();
  form.hidden = false;
  field.focus();
  if (key) problem.textContent = said.detail ?? `The service answered with status ${answer.status}.`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(field.value.trim());
});

show(sessionStorage.getItem(STORED));
