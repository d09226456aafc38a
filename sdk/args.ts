import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

/** What the containers are: `windows` is the product, `linux` its twin for laptops and CI. */
export type Platform = "windows" | "linux";

/** The Windows Server release of the Docker host. */
export type HostRelease = "2016" | "2019" | "2022" | "2025";

/** When the engine starts a container again. */
export type RestartPolicy = "no" | "on-failure" | "always" | "unless-stopped";

/**
 * How a change reaches the replicas: `startFirst` creates the new generation beside the old one and
 * deletes the old one last; `stopFirst` replaces replica after replica, each healthy before the next,
 * where a fixed host port or the memory of the host does not allow two generations side by side.
 */
export type Rollout = "startFirst" | "stopFirst";

/**
 * Who runs the containers: `host` is the one Docker engine that the provider points at; `swarm` is the Docker
 * Swarm that this engine is a manager of, with any number of nodes.
 */
export type Orchestrator = "host" | "swarm";

/** How a swarm publishes the proxy's port: `host` on each node that runs a proxy, `ingress` on all of them. */
export type PublishMode = "host" | "ingress";

/** How the proxy chooses among the replicas. */
export type LoadBalancing = "roundRobin" | "leastConnections" | "ipHash";

/** Ports of the host, one for each replica: replica 1 has `from`, replica 2 the next one. */
export interface PortRangeArgs {
  /** The first port, 1 to 65535. */
  from: number;
  /** The last port, at least as many ports on as there are replicas. */
  to: number;
}

/** A port of a service. */
export interface PortArgs {
  /** Port inside the container, 1 to 65535. */
  container: number;
  /**
   * Port of the host, 1 to 65535; only with at most one replica and `rollout: "stopFirst"`, as a host port
   * cannot be held twice. On a swarm one replica a node has it.
   * @default an ephemeral port chosen by the engine; on a swarm none: the alias leads to the replicas
   */
  host?: number;
  /**
   * Ports of the host, one for each replica; only with `rollout: "stopFirst"`, and not on a swarm.
   * @default an ephemeral port chosen by the engine
   */
  hostRange?: PortRangeArgs;
  /** @default "tcp" */
  protocol?: "tcp" | "udp";
}

/** A directory of the host, or a named volume, inside the container. Give one of `hostPath` and `volume`. */
export interface VolumeArgs {
  /** Absolute path of a directory of the host. */
  hostPath?: pulumi.Input<string>;
  /** Name of a volume. */
  volume?: pulumi.Input<string>;
  /** Absolute path inside the container. */
  containerPath: string;
  /** @default false */
  readOnly?: boolean;
}

/** How the engine finds out whether a replica serves. Give one of `path`, `tcpPort` and `command`. */
export interface HealthCheckArgs {
  /**
   * False for no check at all: a replica then counts as healthy once it has run for a second.
   * @default true
   */
  enabled?: boolean;
  /**
   * HTTP path that must answer with a 2xx or 3xx status.
   * @default "/" when there is neither `tcpPort` nor `command`
   */
  path?: string;
  /** Port of the HTTP check. @default the first tcp port of the service */
  port?: number;
  /** Port inside the container that must take connections, for services that do not speak HTTP. */
  tcpPort?: number;
  /** Command that must exit with 0, run by the container's shell. */
  command?: string;
  /** Seconds between two checks, 1 to 3600. @default 2 on Linux, 5 on Windows (every check is a new process there) */
  intervalSeconds?: number;
  /** Seconds until a check counts as failed, 1 to 3600. @default 5 on Linux, 15 on Windows */
  timeoutSeconds?: number;
  /** Failed checks in a row until the replica counts as unhealthy, 1 to 100. @default 3 */
  retries?: number;
  /** Seconds after the start in which failed checks do not count, 0 to 3600. @default 10 on Linux, 60 on Windows */
  startPeriodSeconds?: number;
}

/** A service: one image, any number of replicas that share one name on the network. */
export interface NatServiceArgs {
  /** Image of the replicas, with a tag or digest. */
  image: pulumi.Input<string>;
  /** Number of replicas, 0 to 500. @default 1 */
  replicas?: number;
  /** Ports that the service listens on. @default none */
  ports?: PortArgs[];
  /** Directories and volumes. @default none */
  volumes?: VolumeArgs[];
  /** Environment variables; secrets stay secret. @default none */
  environment?: Record<string, pulumi.Input<string>>;
  /** Command and its arguments. @default the image's */
  command?: pulumi.Input<string>[];
  /** Entry point and its arguments. @default the image's */
  entrypoint?: pulumi.Input<string>[];
  /** Directory in which the command starts. @default the image's */
  workingDir?: string;
  /** User that the command runs as. @default the image's */
  user?: string;
  /**
   * Name of an existing network; on a swarm an attachable overlay network.
   * @default `nat` on Windows; on Linux and on a swarm a network made by the component
   */
  network?: pulumi.Input<string>;
  /** Name that all replicas share on the network. @default the service's name */
  alias?: string;
  /** @default "unless-stopped" */
  restart?: RestartPolicy;
  /** Memory limit of each replica in MiB, at least 6. @default no limit */
  memoryMb?: number;
  /** Processors for each replica, 0.01 to 1024, fractions allowed. @default no limit */
  cpus?: number;
  /** @default HTTP `/` on the first port; none without ports */
  healthCheck?: HealthCheckArgs;
  /** Seconds that a replica has to stop before it is killed, 0 to 3600. @default 30 */
  stopGraceSeconds?: number;
  /** Further labels of each container. @default none */
  labels?: Record<string, string>;
  /** @default "startFirst" */
  rollout?: Rollout;
  /**
   * Which nodes of a swarm may run the replicas, such as `node.labels.disk == ssd`; all of them must hold.
   * @default every node of the platform
   */
  constraints?: string[];
  /** Any text; a new one makes new containers, for content that changes under one image tag. @default "1" */
  generation?: string;
  /** @default "2022" */
  hostRelease?: HostRelease;
  /** @default config `webfarm:platform`, else `windows` */
  platform?: Platform;
  /** @default config `webfarm:orchestrator`, else `host` */
  orchestrator?: Orchestrator;
  /**
   * Name of the farm that the service is part of, for labels; the service's name then begins with
   * `<farm>-`.
   * @default the service's own name
   */
  farm?: string;
  /** Last word on each container's arguments. */
  transform?: ContainerTransform;
}

/**
 * Changes the arguments of one container before it is created. On a swarm it is called once for each service, with
 * the container that each of its tasks is and the service's name; what services do not have is refused.
 */
export type ContainerTransform = (args: docker.ContainerArgs, name: string) => docker.ContainerArgs;

/** How often and how patiently something is tried. */
export interface RetryArgs {
  /** 1 to 1000. @default 60 */
  maxAttempts?: number;
  /** Seconds between two attempts, 0.1 to 60. @default 1 */
  delaySeconds?: number;
}

/** How a changed upstream list reaches the running proxy. */
export interface ReloadArgs {
  /** 1 to 1000. @default 30 */
  maxAttempts?: number;
  /** Seconds between two attempts, 0.1 to 60. @default 1 */
  delaySeconds?: number;
  /** Seconds that requests under way have to finish before their replica is deleted, 0 to 3600. @default 30 */
  drainSeconds?: number;
}

/** Time limits between proxy and replicas. */
export interface ProxyTimeoutArgs {
  /** Seconds to connect to a replica, 1 to 3600. @default 5 */
  connectSeconds?: number;
  /** Seconds between two reads from a replica, 1 to 86400. @default 60 */
  readSeconds?: number;
  /** Seconds between two writes to a replica, 1 to 86400. @default 60 */
  sendSeconds?: number;
}

/**
 * How the proxy finds the replicas: `replicas` lists each of them, and only healthy ones; `resolve` lets
 * nginx 1.27.3 or later ask the network for the service's name, which also names replicas that are not yet
 * healthy or about to go.
 */
export type Discovery = "replicas" | "resolve";

/** Encryption between clients and proxy. A new certificate reaches the running proxy by a reload. */
export interface TlsArgs {
  /** Certificate and the chain behind it, as PEM text. */
  certificate: pulumi.Input<string>;
  /** Its private key, as PEM text; it stays secret. */
  key: pulumi.Input<string>;
  /** Port of the host for plain HTTP, 1 to 65535. @default none: only HTTPS is published */
  publishHttp?: number;
  /** Plain HTTP only sends clients to HTTPS. @default true */
  redirect?: boolean;
}

/**
 * Further nginx directives, whole ones: a brace too many is refused at once. They are in force only after
 * nginx has accepted them: when it refuses them, the `up` fails with its words and the old configuration
 * stays. No place for secrets: they are plain text.
 */
export interface ExtraConfigArgs {
  /** At the end of the `http` block, such as `map` or `limit_req_zone`. @default none */
  http?: string;
  /** At the end of each `server` block that serves apps, such as `location` or `add_header`. @default none */
  server?: string;
}

/**
 * Lets the library build the proxy's image: on Windows from Windows Server Core of the host's release and
 * nginx's own archive, with a DNS client that keeps no stale names; on Linux from nginx's official image.
 */
export interface ProxyBuildArgs {
  /** @default Windows Server Core of `hostRelease`; on Linux a pinned `nginx` image */
  baseImage?: pulumi.Input<string>;
  /** Version of nginx for Windows, with `nginxSha256`. @default a version that the library pins */
  nginxVersion?: string;
  /** SHA-256 of that version's archive. @default the pinned version's */
  nginxSha256?: string;
}

/** The nginx proxy before a service. */
export interface ProxyArgs {
  /** Image with nginx. Give one of `image` and `build`. */
  image?: pulumi.Input<string>;
  /** Builds the image. */
  build?: ProxyBuildArgs;
  /** Port of the host that the proxy answers on, with `tls` by HTTPS; 1 to 65535. @default an ephemeral port */
  publish?: number;
  /** Host name that the proxy answers for. @default every name */
  serverName?: string;
  /** @default plain HTTP */
  tls?: TlsArgs;
  /** @default "roundRobin" */
  loadBalancing?: LoadBalancing;
  /** Idle connections kept open to the replicas, 0 to 10000; 0 opens one for each request. @default 32 */
  keepAliveConnections?: number;
  /** @default 5 / 60 / 60 seconds */
  timeouts?: ProxyTimeoutArgs;
  /** Largest request body in MiB, 0 (no limit) to 1048576. @default 30, as IIS has it */
  maxBodySizeMb?: number;
  /** Compress text on the way to clients that accept it. @default true */
  gzip?: boolean;
  /** @default "replicas"; a swarm's proxies have their own way */
  discovery?: Discovery;
  /** @default none */
  extraConfig?: ExtraConfigArgs;
  /** @default 60 attempts, 1 s apart */
  start?: RetryArgs;
  /** @default 30 attempts, 1 s apart, 30 s of drain */
  reload?: ReloadArgs;
  /**
   * How many proxies a swarm runs, 1 to 100, one on a node at most.
   * @default one on each node of the platform that `constraints` allow
   */
  replicas?: number;
  /** Which nodes of a swarm may run a proxy, such as `node.labels.edge == true`. @default every node of the platform */
  constraints?: string[];
  /**
   * How a swarm publishes the proxy's port: `host` on each node that runs a proxy; `ingress` on every node, by the
   * swarm's routing mesh, which Windows Server 2016 does not have.
   * @default "host"
   */
  publishMode?: PublishMode;
  /** Last word on the proxy container's arguments. */
  transform?: ContainerTransform;
}

/** A service behind a proxy. */
export interface ProxiedScaleSetArgs {
  /** The service that is scaled. */
  service: NatServiceArgs;
  /** The proxy before it. */
  proxy: ProxyArgs;
}

/** A container to look around in the farm's network; on a swarm none stands by, and the command makes one. */
export interface ConsoleArgs {
  /** @default true */
  enabled?: boolean;
  /** Image of the console. @default the Windows Server Core image of the host's release; required on Linux */
  image?: pulumi.Input<string>;
  /** Last word on the console container's arguments. */
  transform?: ContainerTransform;
}

/** Which requests are for an app. Without `host` the route holds for every host name. */
export interface RouteArgs {
  /** Host name of the request, such as `shop.example.com`. @default every name */
  host?: string;
  /** `/api` takes `/api` and all below it, not `/apis`; the longest path wins. @default "/" */
  path?: string;
  /** True: that very path, and nothing below it. @default false */
  exact?: boolean;
}

/** An app of a farm: a service, and the requests that the proxy sends to it. */
export interface AppArgs extends NatServiceArgs {
  /**
   * The requests that are for this app; an empty list keeps it off the proxy.
   * @default "/" for the first app; the others are not behind the proxy
   */
  routes?: RouteArgs[];
  /** How the proxy chooses among the replicas. @default the proxy's */
  loadBalancing?: LoadBalancing;
  /** Idle connections kept open to the replicas, 0 to 10000. @default the proxy's */
  keepAliveConnections?: number;
  /** Names of apps that must serve before this one starts. @default none */
  dependsOn?: string[];
}

/** What all apps of a farm share unless they say otherwise; labels are joined. */
export interface AppDefaultsArgs {
  /** @default none */
  labels?: Record<string, string>;
  /** @default "unless-stopped" */
  restart?: RestartPolicy;
  /** Memory limit of each replica in MiB. @default no limit */
  memoryMb?: number;
  /** Processors for each replica. @default no limit */
  cpus?: number;
  /** Seconds that a replica has to stop before it is killed. @default 30 */
  stopGraceSeconds?: number;
}

/** An image that is built on the engine from a folder. */
export interface ImageBuildArgs {
  /** The folder that is sent to the engine. */
  context: string;
  /** The Dockerfile, from the context. @default "Dockerfile" */
  dockerfile?: string;
  /** Values of the Dockerfile's ARGs. @default none */
  args?: Record<string, string>;
  /** The stage to build. @default the last one */
  target?: string;
}

/** A web farm: apps behind a proxy, and a console. */
export interface WindowsWebFarmArgs {
  /** The apps by name; their names are their names on the network. */
  apps: Record<string, AppArgs>;
  /** The proxy before the apps. */
  proxy: ProxyArgs;
  /** @default enabled */
  console?: ConsoleArgs;
  /** What all apps share unless they say otherwise. @default nothing */
  defaults?: AppDefaultsArgs;
  /**
   * Images that are built before the farm starts, by the name under which apps, proxy and console ask
   * for them.
   * @default none
   */
  builds?: Record<string, ImageBuildArgs>;
  /** Last word on the arguments of every container of the farm, after those of its parts. */
  transform?: ContainerTransform;
  /** @default config `webfarm:platform`, else `windows` */
  platform?: Platform;
  /** @default config `webfarm:orchestrator`, else `host` */
  orchestrator?: Orchestrator;
  /** @default "2022" */
  hostRelease?: HostRelease;
  /**
   * Name of an existing network; on a swarm an attachable overlay network.
   * @default `nat` on Windows; on Linux and on a swarm a network made by the component
   */
  network?: pulumi.Input<string>;
}
