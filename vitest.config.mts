import { defineConfig } from "vitest/config";

// `unit` needs nothing but Node; `engine` and `lab` need a Docker engine (DOCKER_HOST); `e2e` needs the whole set-up. `npm test` prepares all of it and runs them in this order.
export default defineConfig({
  test: {
    projects: [
      {
        // Unit tests see the sources, not what was built from them.
        resolve: { alias: { "pulumi-webfarm": new URL("sdk/index.ts", import.meta.url).pathname } },
        test: {
          name: "unit",
          include: ["{sdk,stack,lab,toolchain,test/unit}/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // Windows scripts in Windows cells; needs a Linux engine on x86-64.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
