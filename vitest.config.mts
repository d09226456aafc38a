import { configDefaults, defineConfig } from "vitest/config";

// `unit` needs nothing but Node; `engine` and `lab` need a Docker engine (DOCKER_HOST), `lab` one on
// x86-64; `e2e` needs the whole set-up. `npm test` prepares all of it and runs them in this order.
// The private engine's layers are full of other programs' files (and of links that lead in circles):
// looking for tests in them takes minutes.
const exclude = [...configDefaults.exclude, ".webfarm/**", "dist/**"];

export default defineConfig({
  test: {
    projects: [
      {
        // Unit tests see the sources, not what was built from them.
        resolve: {
          alias: {
            "pulumi-webfarm/testing": new URL("sdk/testing/index.ts", import.meta.url).pathname,
            "pulumi-webfarm": new URL("sdk/index.ts", import.meta.url).pathname,
          },
        },
        test: {
          name: "unit",
          include: ["{sdk,cli,stack,lab,toolchain,bench,examples,test/unit}/**/*.test.ts"],
          exclude,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // Windows' scripts in the laboratory's cells.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Installs some hundred megabytes of other versions: `npm run test:peers`, not part of `npm test`.
        test: {
          name: "peers",
          include: ["test/peers/**/*.test.ts"],
          exclude,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // On a real host of Windows containers: .github/workflows/windows.yml, not part of `npm test`.
        test: {
          name: "windows",
          include: ["test/windows/**/*.test.ts"],
          exclude,
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Takes many minutes and most of a machine: `npm run test:large`, not part of `npm test`.
        test: {
          name: "large",
          include: ["test/large/**/*.test.ts"],
          exclude,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Kills everything that can be killed, again and again: `npm run faults`.
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          exclude,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // Changes and breaks a farm at random, for as long as one likes: `npm run soak`.
        test: {
          name: "soak",
          include: ["test/soak/**/*.test.ts"],
          exclude,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
