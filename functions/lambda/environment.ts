/** What a function is told by its environment, by the names of functions/env.ts. @throws Error that names what is missing */
export function environment<E extends { readonly [K in keyof E]: string }>(...names: (keyof E & string)[]): E {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`expected ${missing.join(', ')} in the environment, found none`);
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as E;
}
