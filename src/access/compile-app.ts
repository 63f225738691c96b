import type { AppConfig } from '../config/schema/config.ts';
import { compilePattern } from '../lib/path-pattern.ts';
import type { App } from './app.ts';

/**
 * An app of the configuration with its rules compiled.
 * @param kind - what its kind adds
 */
export function compileApp(config: AppConfig, kind: Pick<App, 'isOpen' | 'isPoll'>): App {
  const resource = (name: string) => ({ app: config.name, name });
  const open = config.public.map((pattern) => compilePattern(pattern, { ignoreCase: false }));
  return {
    name: config.name,
    title: config.title ?? config.name,
    origin: config.at.origin,
    host: config.at.host,
    prefix: config.at.prefix,
    kind: config.kind,
    resource: config.resource === null ? null : resource(config.resource),
    rules: config.resources.flatMap(({ resource: name, paths }) =>
      paths.map((path) => ({ resource: resource(name), matches: compilePattern(path, { ignoreCase: true }) })),
    ),
    isPublic: (path) => open.some((matches) => matches(path)),
    places: config.resources.flatMap(({ paths }) => paths.find((path) => path !== '/' && !path.includes('*')) ?? []),
    credentials: config.credentials,
    allowedOrigins: config.origins,
    tellsIdentity: config.identity.includes('headers'),
    isOpen: kind.isOpen,
    isPoll: kind.isPoll,
    realm: config.realm,
    sections: config.sections,
    upstreamAuth: config.upstreamAuth,
  };
}
