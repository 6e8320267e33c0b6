import { noExistingCluster } from "../environment.ts";
import { exerciseOn } from "./exercise.ts";

exerciseOn("existing", { up: 60, down: 60 }, noExistingCluster());
