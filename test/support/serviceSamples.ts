import fc from "fast-check";
import type { NatServiceArgs, Platform } from "../../sdk/args";

/** Arguments with every property that a service knows, for tests of both platforms. */
export function fullService(platform: Platform): NatServiceArgs {
  const windows = platform === "windows";
  return {
    image: "andrew0928/mvcdemo:1.0",
    replicas: 2,
    ports: [{ container: 80 }, { container: 9000, protocol: "udp" }],
    volumes: [
      windows
        ? { hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }
        : { hostPath: "/srv/data", containerPath: "/data" },
      { volume: "logs", containerPath: windows ? "c:\\logs" : "/logs", readOnly: true },
    ],
    environment: { GREETING: "hello", ASPNETCORE_URLS: "http://+:80" },
    command: ["serve", "--port", "80"],
    entrypoint: ["app"],
    workingDir: windows ? "c:\\app" : "/app",
    user: windows ? "ContainerUser" : "1000",
    alias: "web",
    restart: "always",
    memoryMb: 512,
    cpus: 1.5,
    healthCheck: { path: "/health" },
    stopGraceSeconds: 20,
    labels: { team: "shop" },
    generation: "7",
  };
}

const directory = (platform: Platform) =>
  fc.stringMatching(/^[a-z]{2,8}$/).map((name) => (platform === "windows" ? `c:\\${name}-d` : `/${name}-d`));

/** Arguments of any service that is without fault on its platform. */
export function anyService(platform: Platform): fc.Arbitrary<NatServiceArgs> {
  const text = fc.string({ unit: fc.constantFrom(...Array.from("aZ09 -_=/\\'\"$%&;:é")), maxLength: 12 });
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
  return fc.record(
    {
      image: fc.constantFrom("app:1", "registry.example:5000/team/app:2.0", "a/b-c_d.e:v1"),
      replicas: fc.integer({ min: 0, max: 4 }),
      ports: fc
        .uniqueArray(
          fc.record({
            container: fc.integer({ min: 1, max: 65535 }),
            protocol: fc.constantFrom("tcp" as const, "udp" as const),
          }),
          { maxLength: 4, selector: ({ container, protocol }) => `${container}/${protocol}` },
        )
        // A check is asked of the first tcp port unless it says otherwise; so there is one.
        .map((ports) => [{ container: 80 }, ...ports.filter(({ container }) => container !== 80)]),
      volumes: fc
        .uniqueArray(fc.tuple(directory(platform), directory(platform), fc.boolean(), fc.boolean()), {
          maxLength: 3,
          selector: ([, containerPath]) => containerPath,
        })
        .map((volumes) =>
          volumes.map(([source, containerPath, named, readOnly]) =>
            named
              ? { volume: source.replace(/[^a-z]/g, ""), containerPath, readOnly }
              : { hostPath: source, containerPath, readOnly },
          ),
        ),
      environment: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,7}$/), text, { maxKeys: 4 }),
      command: fc.array(text, { minLength: 1, maxLength: 3 }),
      entrypoint: fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 2 }),
      workingDir: directory(platform),
      user: fc.constantFrom("app", "1000"),
      alias: label,
      restart: fc.constantFrom(
        "no" as const,
        "on-failure" as const,
        "always" as const,
        "unless-stopped" as const,
      ),
      memoryMb: fc.integer({ min: 6, max: 4096 }),
      cpus: fc.constantFrom(0.01, 0.5, 1, 1.25, 2),
      healthCheck: fc.constantFrom(
        {},
        { path: "/ok?deep=1" },
        { tcpPort: 5432, intervalSeconds: 1.5 },
        { command: "exit 0", retries: 5 },
        { enabled: false },
      ),
      stopGraceSeconds: fc.integer({ min: 0, max: 3600 }),
      labels: fc.dictionary(label, text, { maxKeys: 3 }),
      generation: fc.stringMatching(/^[\w.-]{1,8}$/),
    },
    { requiredKeys: ["image", "ports"] },
  );
}
