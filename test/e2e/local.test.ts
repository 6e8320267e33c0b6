import { added, engineSnapshot } from "../snapshots.ts";
import { exerciseOn } from "./exercise.ts";

exerciseOn({
  name: "local",
  settings: {},
  limits: { up: 90, down: 15 },
  snapshot: async () => engineSnapshot(),
  added,
});
