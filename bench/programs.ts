import { ourImports } from "./pulumiProject";

/** The farm of the comparisons: `n` replicas behind a proxy. Arguments: `{ n, image, proxy, port, generation, stem }`. */
export const ourFarm = `${ourImports}
const web = new farm.ProxiedScaleSet("web", {
  service: { platform: "linux", image: args.image, replicas: args.n, ports: [{ container: 80 }], generation: args.generation },
  proxy: { image: args.proxy, publish: args.port },
});
module.exports = { upstreams: web.upstreams };
`;

/** The same containers as one writes them by hand; nothing here waits until one of them is healthy. */
export const plainFarm = `
const docker = require("@pulumi/docker");
const network = new docker.Network("network");
const upstreams = [];
for (let number = 1; number <= args.n; number++) {
  const replica = new docker.Container("web-" + number, {
    image: args.image,
    name: args.stem + "-web-" + number,
    hostname: "web",
    networkMode: network.name,
    envs: ["WEBFARM_REPLICA=web-" + number, "WEBFARM_GENERATION=" + args.generation],
    ports: [{ internal: 80 }],
    restart: "unless-stopped",
    destroyGraceSeconds: 30,
    healthcheck: {
      tests: ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:80/"],
      interval: "2s", timeout: "5s", retries: 3, startPeriod: "10s",
    },
  });
  upstreams.push(replica.name);
}
const configuration = upstreams.map((name) => require("@pulumi/pulumi").interpolate\`server \${name};\`);
new docker.Container("proxy", {
  image: args.proxy,
  networkMode: network.name,
  command: ["nginx", "-g", "daemon off;"],
  ports: [{ internal: 80, external: args.port }],
  restart: "unless-stopped",
  destroyGraceSeconds: 10,
  uploads: [{
    file: "/etc/nginx/nginx.conf",
    content: require("@pulumi/pulumi").all(configuration).apply((servers) =>
      "events {} http { upstream web { " + servers.join(" ") + " } server { listen 80; location / { proxy_pass http://web; } } }"),
  }],
});
module.exports = { upstreams };
`;
