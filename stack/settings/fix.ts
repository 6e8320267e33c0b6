/** The command that mends a setting; `npm run up -- --config KEY=VALUE` takes the same text. */
export function setCommand(key: string, value: string): string {
  const quoted = /^[\w./:=@~-]+$/.test(value) ? value : `'${value}'`;
  return `pulumi config set ${key} ${quoted}`;
}
