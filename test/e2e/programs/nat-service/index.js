const pulumi = require("@pulumi/pulumi");
const { NatService } = require("pulumi-webfarm");

// The arguments of each run of the CLI are the test's; what JSON cannot say is put in here.
const { imageOutput, secret, transformed, beside, ...args } = JSON.parse(new pulumi.Config().require("args"));
if (imageOutput !== undefined) args.image = pulumi.output(Promise.resolve(imageOutput));
if (secret !== undefined) args.environment = { ...args.environment, SECRET: pulumi.secret(secret) };
if (transformed !== undefined) args.transform = (container) => ({ ...container, ...transformed });

const service = new NatService("web", { platform: "linux", ...args });
if (beside !== undefined) new NatService("beside", { platform: "linux", image: args.image, ...beside });

module.exports = {
  replicas: service.replicas,
  endpoints: service.endpoints,
  containerNames: service.containerNames,
  alias: service.alias,
  network: service.network,
};
