import { UpstreamUnusable } from '../errors.ts';
import { repairTabs, tabsOf } from './tabs.ts';
import { isKeyed, type Keyed } from './value.ts';
import type { View } from './view.ts';

/** Deeper than any page, and less deep than what ends a walk by itself. */
const DEEPEST = 900;

/** Stands where a whole page would be somebody else's. */
const NOTHING = { props: { children: null }, type: 'Div', namespace: 'dash_html_components' };

/**
 * Takes out of a layout, in place, every component that is somebody else's, with all that is below it.
 * @throws UpstreamUnusable where it is nested deeper than a page can be
 */
export function filterLayout(layout: unknown, view: View): unknown {
  return isForeignComponent(layout, view) ? { ...NOTHING } : filterValue(layout, view);
}

/**
 * The same for a value of any property: components stand in lists, dicts and properties of others. What is itself somebody
 * else's becomes null.
 */
export function filterValue(value: unknown, view: View, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) throw new UpstreamUnusable('a page is nested too deep');
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const part of value) if (!isForeignPart(part, view)) kept.push(filterValue(part, view, depth + 1));
    return kept;
  }
  if (!isKeyed(value) || isForeignComponent(value, view)) return null;
  if (isPatch(value)) return filterPatch(value, view, depth);
  const tabs = tabsOf(value);
  for (const key of Object.keys(value)) {
    const part = value[key];
    if (typeof part === 'object' && part !== null) value[key] = filterValue(part, view, depth + 1);
  }
  return tabs ? repairTabs(value, tabs) : value;
}

const isForeignPart = (part: unknown, view: View): boolean => isKeyed(part) && isForeignComponent(part, view);

/** By its id; by where it leads, if it is a link; by what it selects, if it is a tab. */
function isForeignComponent(value: unknown, view: View): boolean {
  if (!isKeyed(value) || !isKeyed(value.props)) return false;
  const { id, href, value: selects } = value.props;
  if (id !== undefined && id !== null && view.isDenied(id)) return true;
  if (typeof href === 'string' && view.deniedOn(href).length > 0) return true;
  return value.type === 'Tab' && view.namesDenied(selects ?? value.props.tab_id ?? null);
}

const PATCH = '__dash_patch_update';
const isPatch = (value: Keyed): boolean => value[PATCH] !== undefined && Array.isArray(value.operations);

/** A change that puts somebody else's component somewhere is left out whole. */
function filterPatch(value: Keyed, view: View, depth: number): Keyed {
  const { operations } = value;
  if (!Array.isArray(operations)) return value;
  value.operations = operations
    .filter(
      (operation) => !isKeyed(operation) || !isKeyed(operation.params) || !isForeignPart(operation.params.value, view),
    )
    .map((operation: unknown) => filterValue(operation, view, depth + 1));
  return value;
}
