/** A range of versions with a known vulnerability. */
export interface Advisory {
  readonly name: string;
  /** As npm writes ranges. */
  readonly range: string;
  /** Ids of the GitHub Advisory Database (https://github.com/advisories), or CVE numbers. */
  readonly ids: readonly string[];
}

/** Up to when advisories were looked through for this list: it knows of nothing later. */
export const knownUntil = "2026-08";

/**
 * Advisories about packages that this project has, for where no registry can be asked.
 * What is newest of each package stands here, and what older copies of it might bring in.
 */
export const advisories: readonly Advisory[] = [
  { name: "hono", range: "<4.13.0", ids: ["CVE-2026-69207"] },
  {
    name: "hono",
    range: "<4.12.25",
    ids: ["GHSA-88fw-hqm2-52qc", "GHSA-j6c9-x7qj-28xf", "GHSA-wwfh-h76j-fc44", "GHSA-rv63-4mwf-qqc2"],
  },
  { name: "@hono/node-server", range: "<1.19.10", ids: ["GHSA-wc8c-qw6v-h7f6"] },
  { name: "@hono/node-server", range: "<1.19.13", ids: ["CVE-2026-39406"] },
  {
    name: "@grpc/grpc-js",
    range: "<1.13.5 || >=1.14.0 <1.14.4",
    ids: ["GHSA-5375-pq7m-f5r2", "GHSA-99f4-grh7-6pcq"],
  },
  { name: "protobufjs", range: "<7.5.5", ids: ["GHSA-xq3m-2v4x-88gg"] },
  {
    name: "protobufjs",
    range: "<7.5.6",
    ids: ["GHSA-66ff-xgx4-vchm", "GHSA-75px-5xx7-5xc7", "GHSA-jvwf-75h9-cwgg", "GHSA-685m-2w69-288q"],
  },
  { name: "protobufjs", range: "<7.6.3", ids: ["GHSA-f38q-mgvj-vph7", "GHSA-wcpc-wj8m-hjx6"] },
  { name: "protobufjs", range: ">=7.5.0 <7.6.5", ids: ["GHSA-j3f2-48v5-ccww"] },
  { name: "@protobufjs/utf8", range: "<1.1.1", ids: ["GHSA-q6x5-8v7m-xcrf"] },
  {
    name: "undici",
    range: "<6.28.0 || >=7.0.0 <7.29.0 || >=8.0.0 <8.9.0",
    ids: ["GHSA-8xcm-r25x-g524", "GHSA-m8rv-5g2x-5cg5", "GHSA-v3r7-h72x-cjcm", "GHSA-4cwx-7wf7-3272"],
  },
  { name: "ws", range: ">=8.0.0 <8.21.0", ids: ["GHSA-96hv-2xvq-fx4p", "GHSA-58qx-3vcg-4xpx"] },
  { name: "tar", range: "<7.5.21", ids: ["GHSA-r292-9mhp-454m", "CVE-2026-59871", "CVE-2026-59873"] },
  { name: "tar-fs", range: ">=3.0.0 <3.1.1", ids: ["GHSA-vj76-c3g6-qr5v", "GHSA-8cj5-5rvv-wf4v"] },
  {
    name: "brace-expansion",
    range: "<1.1.18 || >=2.0.0 <2.1.4 || >=4.0.0 <5.0.9",
    ids: ["GHSA-rgw5-rvv9-x895", "GHSA-mh99-v99m-4gvg"],
  },
  {
    name: "minimatch",
    range: ">=10.0.0 <10.2.1",
    ids: ["GHSA-3ppc-4f35-3m26"],
  },
  {
    name: "picomatch",
    range: "<2.3.2 || >=4.0.0 <4.0.4",
    ids: ["GHSA-c2c7-rcm5-vvqj", "GHSA-3v7f-55p6-f55p"],
  },
  { name: "glob", range: ">=10.2.0 <10.5.0 || >=11.0.0 <11.1.0", ids: ["GHSA-5j98-mcp5-4vw2"] },
  {
    name: "js-yaml",
    range: "<3.15.1 || >=4.0.0 <4.3.1 || >=5.0.0 <5.2.2",
    ids: ["GHSA-5p4m-2wfm-xmqj", "GHSA-pm4m-ph32-ghv5"],
  },
  { name: "yaml", range: ">=2.0.0 <2.8.3", ids: ["GHSA-48c2-rrv3-qjmp"] },
  {
    name: "form-data",
    range: "<2.5.4 || >=3.0.0 <3.0.4 || >=4.0.0 <4.0.4",
    ids: ["GHSA-fjxv-7rqg-78g4"],
  },
  { name: "jsonpath-plus", range: "<10.3.0", ids: ["GHSA-hw8r-x6gr-5gjp", "GHSA-pppg-cpfq-h7wr"] },
  {
    name: "ip-address",
    range: "<10.5.0",
    ids: ["GHSA-mwp4-54f8-5fhr", "GHSA-4xrf-jv44-h6hh", "GHSA-22jq-vg5j-6vgg"],
  },
  { name: "shell-quote", range: "<1.8.4", ids: ["GHSA-w7jw-789q-3m8p"] },
  { name: "semver", range: "<5.7.2 || >=6.0.0 <6.3.1 || >=7.0.0 <7.5.2", ids: ["GHSA-c2qf-rxjj-qqgw"] },
  { name: "cross-spawn", range: "<6.0.6 || >=7.0.0 <7.0.5", ids: ["GHSA-3xgq-45jq-v275"] },
  { name: "http-cache-semantics", range: "<4.1.1", ids: ["GHSA-rc47-6667-2j5j"] },
  { name: "minimist", range: "<1.2.6", ids: ["GHSA-xvch-5gv4-984h"] },
  { name: "y18n", range: "<4.0.1 || >=5.0.0 <5.0.5", ids: ["GHSA-c4w7-xm78-47vh"] },
  { name: "ini", range: "<1.3.6", ids: ["GHSA-qqgx-2p2h-9c37"] },
  { name: "ansi-regex", range: ">=5.0.0 <5.0.1 || >=6.0.0 <6.0.1", ids: ["GHSA-93q8-gq69-wqmw"] },
  { name: "@opentelemetry/core", range: "<2.8.0", ids: ["CVE-2026-54285"] },
  { name: "esbuild", range: "<0.25.0", ids: ["GHSA-67mh-4wv8-2f99"] },
];
