/**
 * The status page: asks its server for `/status.json` every two seconds and shows what it says. Texts reach the page
 * as text only, never as HTML.
 *
 * @typedef {import("../watch").PageReport} PageReport
 * @typedef {PageReport["farms"][number]} Farm
 * @typedef {Farm["services"][number]} Service
 * @typedef {Service["replicas"][number]} Replica
 * @typedef {import("../traffic").Traffic} Traffic
 * @typedef {string | Node | undefined | (string | Node | undefined)[]} Content
 */

/** Milliseconds between two looks. */
const interval = 2000;

/** The version whose page this is; the server's own, once it has answered. @type {string | undefined} */
let version;

/** When the server last answered, for the notice that what is shown is old. @type {string | undefined} */
let lastTime;

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {Content} [content]
 */
function element(tag, className = "", content = []) {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  for (const part of [content].flat()) if (part !== undefined) made.append(part);
  return made;
}

/** @param {string} id */
function part(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no ${id}`);
  return found;
}

/** @param {number} count @param {string} noun */
const counted = (count, noun) => `${count.toLocaleString("en")} ${count === 1 ? noun : `${noun}s`}`;

/** @param {number | undefined} value */
const milliseconds = (value) =>
  value === undefined
    ? "-"
    : value < 1
      ? "< 1 ms"
      : value < 1000
        ? `${Math.round(value)} ms`
        : `${(value / 1000).toFixed(1)} s`;

/** Bars for the requests of each second. @param {readonly number[]} perSecond */
function spark(perSecond) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", `0 0 ${perSecond.length} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const most = Math.max(1, ...perSecond);
  svg.setAttribute("aria-label", `Requests in each of the last ${perSecond.length} seconds, at most ${most}`);
  perSecond.forEach((count, index) => {
    const bar = document.createElementNS(space, "rect");
    // A second without requests shows as a line.
    const height = Math.max(2, (count / most) * 100);
    for (const [name, value] of Object.entries({ x: index + 0.1, y: 100 - height, width: 0.8, height })) {
      bar.setAttribute(name, String(value));
    }
    svg.append(bar);
  });
  return svg;
}

/** @param {string} label @param {string} figure @param {Content} [more] @param {string} [className] */
function tile(label, figure, more, className = "") {
  const rest = more === undefined ? [] : [element("dd", "quiet", more)];
  return element("div", `card ${className}`, [
    element("dt", "", label),
    element("dd", "figure", figure),
    ...rest,
  ]);
}

/** The requests of the last minute, where they are known, and nginx's own counters. @param {Farm} farm */
function tiles({ traffic, proxy }) {
  const counters = proxy?.counters;
  const fromLog =
    traffic === undefined
      ? []
      : [
          tile(
            "Requests, last minute",
            traffic.requests.toLocaleString("en"),
            spark(traffic.perSecond),
            "wide",
          ),
          tile("Failed of these", traffic.failed.toLocaleString("en"), "status 500 or more"),
          tile("Half took at most", milliseconds(traffic.median), `95 of 100: ${milliseconds(traffic.slow)}`),
        ];
  const fromNginx =
    counters === undefined
      ? []
      : [
          tile(
            "Connections open",
            counters.active.toLocaleString("en"),
            `${counters.writing} at work, ${counters.waiting} idle`,
          ),
          tile("Requests since start", counters.requests.toLocaleString("en"), "with health checks"),
        ];
  return element("dl", "tiles", [...fromLog, ...fromNginx]);
}

/** @param {Replica} replica @returns {[string, string]} */
function healthOf({ state, health }) {
  if (state !== "running") return [state, "bad"];
  if (health === "unchecked") return ["running", "good"];
  return [health, health === "healthy" ? "good" : health === "starting" ? "busy" : "bad"];
}

/** Where the proxy has a replica. @type {Record<Replica["rotation"], string>} */
const rotations = {
  in: "in rotation",
  unresolved: "name does not resolve",
  out: "not in rotation",
  byName: "found by name",
  none: "",
};

/** @param {Replica} replica @param {Farm["traffic"]} traffic @param {number} most requests of one replica */
function replicaCard(replica, traffic, most) {
  const [health, className] = healthOf(replica);
  const own = traffic?.replicas[replica.address];
  const ports = replica.ports.map(({ host, container }) => `port ${host} -> ${container}`);
  const facts = [rotations[replica.rotation], `generation ${replica.generation}`, replica.since, ...ports];
  return element("li", "card replica", [
    element("div", "name", [element("h3", "", replica.name), element("span", `health ${className}`, health)]),
    ...(traffic === undefined || replica.rotation === "none" ? [] : trafficOf(own, most)),
    element("p", "quiet", facts.filter((fact) => fact !== "").join(" · ")),
    element("p", "quiet", [
      element("code", "", replica.node === undefined ? replica.container : replica.node || "no node yet"),
      " ",
      element("code", "", replica.address),
    ]),
    element("p", "quiet", element("code", "", replica.image)),
  ]);
}

/** @param {Traffic | undefined} own @param {number} most */
function trafficOf(own, most) {
  const bar = element("div");
  bar.style.width = `${((own?.requests ?? 0) / Math.max(1, most)) * 100}%`;
  const words = [counted(own?.requests ?? 0, "request")];
  if (own?.failed) words.push(`${own.failed} failed`);
  if (own?.median !== undefined) words.push(milliseconds(own.median));
  return [element("p", "quiet", `${words.join(", ")} in the last minute`), element("div", "share", bar)];
}

/** @param {Service} service @param {Farm["traffic"]} traffic */
function serviceSection({ name, swarm, healthy, inRotation, replicas }, traffic) {
  const behind = replicas.some(({ rotation }) => rotation !== "none" && rotation !== "byName");
  const most = Math.max(0, ...replicas.map(({ address }) => traffic?.replicas[address]?.requests ?? 0));
  const counts = [
    `${healthy} of ${swarm?.wanted ?? replicas.length} healthy`,
    ...(behind ? [`${inRotation} in rotation`] : []),
  ];
  return element("section", "service", [
    element("div", "title", [element("h2", "", name), element("span", "quiet", counts.join(", "))]),
    element(
      "ul",
      "replicas",
      replicas.map((replica) => replicaCard(replica, traffic, most)),
    ),
  ]);
}

/** @param {Farm} farm @returns {[string, string]} */
function verdictOf({ findings }) {
  const problems = findings.filter(({ problem }) => problem).length;
  return problems === 0 ? ["all is well", "good"] : [counted(problems, "problem"), "bad"];
}

/** @param {Farm["findings"]} findings */
function findingList(findings) {
  const items = findings.map(({ problem, message, hint }) =>
    element("li", "", [element("strong", problem ? "bad" : "busy", message), element("p", "quiet", hint)]),
  );
  return items.length === 0 ? [] : [element("ul", "card findings", items)];
}

/** @param {NonNullable<PageReport["swarm"]>} swarm */
function swarmSection({ nodes, managers, findings }) {
  const counts = `${counted(nodes.length, "node")}, ${managers.reachable} of ${managers.all} managers reached`;
  const cards = nodes.map((node) => {
    const away = node.availability === "active" ? "" : `, ${node.availability}`;
    const className = node.state !== "ready" ? "bad" : away === "" ? "good" : "busy";
    const facts = [
      node.leads ? "leader" : node.role,
      node.platform,
      `${counted(node.tasks, "task")} of farms`,
    ];
    return element("li", "card replica", [
      element("div", "name", [
        element("h3", "", node.name),
        element("span", `health ${className}`, `${node.state}${away}`),
      ]),
      element("p", "quiet", facts.join(" · ")),
      element("p", "quiet", element("code", "", node.address)),
    ]);
  });
  return element("article", "farm", [
    element("div", "title", [element("h1", "", "swarm"), element("span", "quiet", counts)]),
    ...findingList(findings),
    element("section", "service", [element("ul", "replicas", cards)]),
  ]);
}

/** @param {Farm} farm */
function farmSection(farm) {
  const [verdict, className] = verdictOf(farm);
  const { proxy } = farm;
  const configuration =
    proxy === undefined
      ? []
      : [
          element("p", "quiet", [
            "Configuration in force: ",
            element("code", "", proxy.running ?? "nginx does not answer"),
          ]),
        ];
  return element("article", "farm", [
    element("div", "title", [
      element("h1", "", farm.farm),
      element("span", `verdict ${className}`, verdict),
      element("span", "quiet", `stack ${farm.stack}`),
    ]),
    tiles(farm),
    ...findingList(farm.findings),
    ...farm.services.map((service) => serviceSection(service, farm.traffic)),
    element("div", "service", configuration),
  ]);
}

/** @param {PageReport} report */
function show(report) {
  const { farms, swarm, engine, time } = report;
  const none = element("p", "", "There is no farm on this engine.");
  part("farms").replaceChildren(
    ...(farms.length === 0 ? [none] : farms.map(farmSection)),
    ...(swarm === undefined ? [] : [swarmSection(swarm)]),
  );
  part("farms").setAttribute("aria-busy", "false");
  part("foot").textContent =
    `${new Date(time).toLocaleTimeString()} · engine ${engine.version} (${engine.platform}) at ${engine.host} · ` +
    `webfarm ${report.version}`;
  const verdicts = farms.map((farm) => `${farm.farm}: ${verdictOf(farm)[0]}`);
  document.title = verdicts.length === 0 ? "no farm" : verdicts.join(", ");
}

/** @param {string} text what to warn of; empty for nothing */
function notice(text) {
  part("notice").hidden = text === "";
  // Not written anew every time: it would be read out every time.
  if (part("notice").textContent !== text) part("notice").textContent = text;
}

async function look() {
  const response = await fetch("/status.json", { signal: AbortSignal.timeout(60_000) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  const report = /** @type {PageReport} */ (answer);
  version ??= report.version;
  lastTime = report.time;
  show(report);
  notice(
    version === report.version ? "" : "webfarm has another version than this page: load the page again.",
  );
}

async function lookAgain() {
  // Nobody looks at a hidden page; it asks as soon as it is seen.
  if (!document.hidden) {
    try {
      await look();
    } catch (error) {
      const since =
        lastTime === undefined ? "" : ` What you see is of ${new Date(lastTime).toLocaleTimeString()}.`;
      notice(`The farm's state is not to be had: ${error instanceof Error ? error.message : error}.${since}`);
    }
  }
  setTimeout(() => void lookAgain(), interval);
}

void lookAgain();
