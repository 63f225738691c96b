import { isKeyed, type Keyed } from './value.ts';

/** How a library calls what a tab selects, and what it calls a tab that has no name. */
interface Tabs {
  readonly selected: 'value' | 'active_tab';
  readonly own: 'value' | 'tab_id';
}

/**
 * Whether a component is a set of tabs. Gives each tab without a name the one that it would get by its place, so that it keeps
 * it when others are taken out: the app knows it by that name.
 */
export function tabsOf(component: Keyed): Tabs | null {
  if (component.type !== 'Tabs' || !isKeyed(component.props)) return null;
  const isBootstrap = component.namespace === 'dash_bootstrap_components';
  const tabs = isBootstrap ? BOOTSTRAP : CORE;
  for (const [place, tab] of childrenOf(component).entries()) {
    if (isKeyed(tab) && isKeyed(tab.props)) tab.props[tabs.own] ??= `tab-${isBootstrap ? place : place + 1}`;
  }
  return tabs;
}

const CORE: Tabs = { selected: 'value', own: 'value' };
const BOOTSTRAP: Tabs = { selected: 'active_tab', own: 'tab_id' };

/** Selects the first tab that is left where the selected one went. Without any tab there are no tabs either. */
export function repairTabs(component: Keyed, { selected, own }: Tabs): Keyed | null {
  if (!isKeyed(component.props)) return component;
  const left = childrenOf(component).filter(isKeyed);
  if (left.length === 0) return null;
  const names = left.map(({ props }) => (isKeyed(props) ? props[own] : undefined));
  const now = component.props[selected];
  if (now !== undefined && now !== null && !names.includes(now)) component.props[selected] = names[0] ?? null;
  return component;
}

function childrenOf({ props }: Keyed): unknown[] {
  if (!isKeyed(props)) return [];
  return Array.isArray(props.children) ? props.children : props.children ? [props.children] : [];
}
