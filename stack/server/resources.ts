// Requests and limits of the service's containers, unless the setting `resources` has others.

/** One Node process: 10m CPU when idle, at most one core. The memory is enough for 10,000 requests in flight. */
export const serverResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { memory: "512Mi" },
};

export const loadResources = {
  requests: { cpu: "10m", memory: "48Mi" },
  limits: { memory: "192Mi" },
};
