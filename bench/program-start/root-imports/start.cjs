// Starts index.ts as Pulumi starts a TypeScript program by default: ts-node, with
// type checking (`typescript: true`, PULUMI_NODEJS_TRANSPILE_ONLY unset).
require("ts-node").register({ project: `${__dirname}/tsconfig.json`, typeCheck: true });
require("./index.ts");
