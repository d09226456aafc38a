/**
 * Typed components for web farms of Windows containers on one Docker host.
 *
 * @module pulumi-webfarm
 */
export { NatService, type Replica, type ReplicaPort } from "./components/natService";
export { ProxiedScaleSet } from "./components/proxiedScaleSet";
export { Proxy } from "./components/proxy";
export { WindowsWebFarm } from "./components/windowsWebFarm";
export { ComposeError, type ComposeNote } from "./compose/findings";
export { readComposeFiles, type FromComposeArgs } from "./compose/fromCompose";
export { toProgram } from "./compose/program";
export type { ComposeFarm } from "./compose/readCompose";
export { toCompose } from "./compose/toCompose";
export { preflight, type PreflightArgs } from "./preflight/preflight";
export type { PreflightSwarmArgs } from "./preflight/swarmArgs";
export type { EngineEndpoint } from "./reload/engineEndpoint";
export { FarmError, type FarmIssue, type FarmIssueCode } from "./schema/farmError";
export type {
  AppArgs,
  AppDefaultsArgs,
  ConsoleArgs,
  ContainerTransform,
  Discovery,
  ExtraConfigArgs,
  HealthCheckArgs,
  HostRelease,
  ImageBuildArgs,
  LoadBalancing,
  NatServiceArgs,
  Orchestrator,
  Platform,
  PortArgs,
  PortRangeArgs,
  ProxiedScaleSetArgs,
  ProxyArgs,
  ProxyBuildArgs,
  ProxyTimeoutArgs,
  PublishMode,
  ReloadArgs,
  RestartPolicy,
  RetryArgs,
  RouteArgs,
  Rollout,
  TlsArgs,
  VolumeArgs,
  WindowsWebFarmArgs,
} from "./args";
