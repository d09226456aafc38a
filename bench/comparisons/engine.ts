import { uniqueName } from "../../test/support/engine";
import { inTurns, resultOf, secondsOf, type BenchContext, type Comparison } from "../comparison";
import { BenchProject, ourImports } from "../pulumiProject";

const program = `${ourImports}
new farm.NatService("web", {
  platform: "linux", image: args.image, replicas: args.n, ports: [{ container: 80 }],
  healthCheck: { enabled: false },
});
`;

export const engineComparison: Comparison = {
  letter: "c",
  title: "A service against the engine's own API, one call after the other",
  async run(context) {
    const n = context.short ? 10 : 50;
    const say = (line: string): void => {
      context.say(`c: ${line}`);
    };
    const { ours, other } = await inTurns(
      { rounds: context.short ? 1 : 3, say },
      () => byPulumi(context, n),
      () => byApi(context, n),
    );
    return [
      resultOf({
        name: `up of ${n} containers`,
        unit: "s",
        ours: { label: "pulumi up", figures: ours },
        other: { label: "create and start, serially", figures: other },
        goal: 1.3,
        note: "with the network and about a second in which the gate watches containers that have no check",
      }),
    ];
  },
};

async function byPulumi({ images }: BenchContext, n: number): Promise<number> {
  const project = await BenchProject.create(program, { n, image: images.webapp });
  try {
    return await secondsOf(() => project.up());
  } finally {
    await project.remove();
  }
}

async function byApi({ docker, images }: BenchContext, n: number): Promise<number> {
  const name = uniqueName("bench");
  const network = await docker.createNetwork({ Name: name });
  const ids: string[] = [];
  try {
    return await secondsOf(async () => {
      for (let number = 0; number < n; number++) {
        const container = await docker.createContainer({
          Image: images.webapp,
          ExposedPorts: { "80/tcp": {} },
          HostConfig: { NetworkMode: name, PortBindings: { "80/tcp": [{ HostPort: "0" }] } },
        });
        ids.push(container.id);
        await container.start();
      }
    });
  } finally {
    await Promise.all(ids.map((id) => docker.getContainer(id).remove({ force: true, v: true })));
    await network.remove();
  }
}
