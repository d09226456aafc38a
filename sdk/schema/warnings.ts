/**
 * The text of everything that the components warn of. The set is closed: `docs/errors.md` has cause and cure of
 * each, and a test that holds it to this list.
 */
export const warnings = {
  /** `name` is the image without its tag. */
  floatingTag: (image: string, name: string) =>
    `image ${image} has a floating tag: it may become another image under the same name, and nothing would be rolled out. ` +
    `Pin it, ${name}:VERSION or ${name}@sha256:DIGEST; ` +
    `docker image inspect --format "{{index .RepoDigests 0}}" ${image} prints the latter.`,

  /** An image of release `made` on a host of another `release`. */
  hyperVOnly: (image: string, made: string, release: string) =>
    `image ${image} is made for Windows Server ${made} and runs on a ${release} host under Hyper-V isolation only. ` +
    `The engine's default must be that ("exec-opts": ["isolation=hyperv"] in daemon.json), or use an image of release ${release}.`,

  /** A Windows computer name holds 15 characters; what an engine does with a longer one is unproven. */
  longAlias: (alias: string) =>
    `alias ${alias} has ${alias.length} characters; Windows keeps 15 of a computer's name, and whether its engine ` +
    "still finds the longer one is not proven. Give a shorter alias.",

  /** What stop-first means for the requests of an app behind a proxy. */
  stopFirst: (app: string) =>
    `${app}: with rollout "stopFirst" requests through the proxy fail during each roll (502), from the moment the ` +
    "last old replica stops until all new ones are healthy and the proxy has reloaded. " +
    'Use "startFirst" unless the service needs fixed host ports; behind a proxy it seldom does.',

  /** A directory of the host that a swarm's nodes must all have; a swarm makes none. */
  hostDirectory: (path: string) =>
    `${path} must be there on every node that may run the service: a swarm makes no directories, and each node has ` +
    "its own. Put it on storage that all nodes share, or choose nodes by constraints.",

  /** In the preview. */
  changedByHand: (proxy: string) =>
    `${proxy}: nginx.conf was changed by hand; the next pulumi up puts it right`,

  /** In the `up`, for the same. */
  putRight: (proxy: string) => `${proxy}: nginx.conf is not what the last up brought; it is put right`,

  proxyStopped: (proxy: string) =>
    `${proxy} does not run: look at docker logs ${proxy}, or run pulumi refresh and pulumi up`,
} satisfies Record<string, (...words: string[]) => string>;
