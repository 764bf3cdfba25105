/** The systems that definitions can come from; apart from what reads them, which takes a YAML parser. */
export const importKindNames = ['systemd', 'supervisord', 'compose', 'procfile'] as const;
export type ImportKind = (typeof importKindNames)[number];
