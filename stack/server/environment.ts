import type { types } from "@pulumi/kubernetes";

/**
 * Environment variables with exactly these values. Kubernetes puts other variables in
 * place of `$(NAME)`, and reads `$$` as `$`
 * (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
 */
export function literalEnvironment(values: Readonly<Record<string, string>>): types.input.core.v1.EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: value.replaceAll("$", "$$$$") }));
}
