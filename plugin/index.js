// The components as a Pulumi package, for programs in other languages; docs/languages.md.
require("../dist/sdk/package/main.js");
