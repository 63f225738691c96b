import { render, type Values } from './template.ts';
import { nothing, Written, word } from './text.ts';

/** How the path that the check judged goes upstream: always from `$request_uri`, which nginx has not decoded. */
export interface ForwardedPath {
  /** What stands behind the upstream's name in `proxy_pass`. */
  readonly variable: string;
  /** Where that comes from, at http level; nothing where it is `$request_uri` itself. */
  readonly map: Written;
}

/**
 * @param prefix - the app's public prefix, begins and ends with `/`
 * @param replacedBy - what the upstream has in its place; `null`: the path goes as it came
 * @param index - keeps the variables of several apps apart, whose names may have characters that a variable's may not
 */
export function forwardedPath(prefix: string, replacedBy: string | null, index: number): ForwardedPath {
  if (replacedBy === null || replacedBy === prefix) return { variable: '$request_uri', map: nothing };
  const rest = `dashgate_rest_${index}`;
  const variable = `$dashgate_path_${index}`;
  const values: Values = {
    variable: new Written(variable),
    pattern: new Written(`"~^${literally(prefix)}(?<${rest}>.*)$"`),
    path: new Written(word(replacedBy, `$${rest}`)),
  };
  return { variable, map: render('path-map', values) };
}

/** The prefix as PCRE, in either spelling that RFC 3986 §2.2 gives a sub-delimiter. Without a backslash, so none is to be doubled. */
export function literally(prefix: string): string {
  word(prefix);
  return prefix.replace(/[^A-Za-z0-9/_~-]/g, (character) => {
    const encoded = character.charCodeAt(0).toString(16);
    return character === '.' ? '[.]' : `(?:[${character}]|%(?i:${encoded}))`;
  });
}
