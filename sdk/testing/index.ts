/** Entry `pulumi-webfarm/testing`: unit tests of one's own farm, without CLI, plugin or engine. */
export {
  faultsOf,
  valueOf,
  type Deployable,
  type Deployed,
  type DeployedApp,
  type DeployedContainer,
  type DeployedPort,
  type DeployedProxy,
} from "./deployed";
export { drawnName } from "./drawn";
export { MockEngine, mockEngine, type MockEngineOptions, type RegisteredResource } from "./mockEngine";
