import { EngineFixture, freePort } from "../../test/support/engine";
import { inTurns, resultOf, type BenchContext, type Comparison } from "../comparison";
import { ourFarm } from "../programs";
import { BenchProject } from "../pulumiProject";
import { untilAllServe } from "../serving";
import { wrk } from "../wrk";

/** What an engineer writes who knows the servers and nginx, with the log that one wants to have. */
const tunedConfiguration = (servers: readonly string[]): string => `worker_processes auto;
error_log /dev/stderr;
events { worker_connections 4096; }
http {
  access_log /dev/stdout;
  upstream web {
    ${servers.map((server) => `server ${server};`).join(" ")}
    keepalive 32;
  }
  server {
    listen 80 reuseport backlog=4096;
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;

export const steadyComparison: Comparison = {
  letter: "g",
  title: "Steady load through the proxy",
  async run(context) {
    const port = await freePort();
    const args = { n: 2, image: context.images.webapp, proxy: context.images.proxy, port, generation: "1" };
    const project = await BenchProject.create(ourFarm, args);
    const fixture = new EngineFixture();
    try {
      await project.up();
      const { output } = await containersOf(project);
      const tuned = `http://localhost:${await startTuned(fixture, context, output)}`;
      const ours = `http://localhost:${port}`;
      await untilAllServe(tuned, 2);
      const direct = await directUrl(context, output[0] ?? "");
      return [
        ...(await compare(context, ours, tuned, "hand-tuned nginx", 1 / 0.95)),
        ...(await compare(context, ours, direct, "one replica directly")),
      ];
    } finally {
      await fixture.cleanUp();
      await project.remove();
    }
  },
};

/** The replicas' `name:port`. */
async function containersOf(project: BenchProject): Promise<{ output: string[] }> {
  const { stdout } = await project.run("stack", "output", "upstreams", "--json");
  return { output: JSON.parse(stdout) as string[] };
}

async function startTuned(
  fixture: EngineFixture,
  { docker, images }: BenchContext,
  upstreams: readonly string[],
): Promise<number> {
  const [first = ""] = upstreams;
  const { HostConfig } = await docker.getContainer(first.split(":")[0] ?? "").inspect();
  const port = await freePort();
  const write = `printf '%s' "$CONFIGURATION" > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g 'daemon off;'`;
  await fixture.start({
    Image: images.proxy,
    Cmd: ["sh", "-c", write],
    Env: [`CONFIGURATION=${tunedConfiguration(upstreams)}`],
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      NetworkMode: HostConfig.NetworkMode ?? "",
      PortBindings: { "80/tcp": [{ HostPort: String(port) }] },
    },
  });
  return port;
}

async function directUrl({ docker }: BenchContext, upstream: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(upstream.split(":")[0] ?? "").inspect();
  const port = NetworkSettings.Ports["80/tcp"]?.[0]?.HostPort;
  if (port === undefined) throw new Error(`${upstream} has no published port`);
  return `http://localhost:${port}`;
}

async function compare(
  context: BenchContext,
  oursUrl: string,
  otherUrl: string,
  label: string,
  goal?: number,
) {
  const say = (line: string): void => {
    context.say(`g: against ${label}: ${line}`);
  };
  const seconds = context.short ? 2 : 5;
  const { ours, other } = await inTurns(
    { rounds: context.short ? 2 : 7, say },
    () => wrk(oursUrl, { seconds }),
    () => wrk(otherUrl, { seconds }),
  );
  const withGoal = goal === undefined ? {} : { goal };
  return [
    resultOf({
      name: `time a request, against ${label}`,
      unit: "µs",
      // The reciprocal of requests a second, so that less is better as everywhere here.
      ours: { label: "our proxy", figures: ours.map((figures) => 1e6 / figures.requestsPerSecond) },
      other: { label, figures: other.map((figures) => 1e6 / figures.requestsPerSecond) },
      ...withGoal,
    }),
    resultOf({
      name: `median latency, against ${label}`,
      unit: "ms",
      ours: { label: "our proxy", figures: ours.map((figures) => figures.medianMilliseconds) },
      other: { label, figures: other.map((figures) => figures.medianMilliseconds) },
      ...withGoal,
    }),
  ];
}
