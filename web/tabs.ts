import { addressedSection, openInAddress } from './address.js';

/**
 * Tabs in the manner of the ARIA Authoring Practices: arrow keys, Home and End move between them. The open one is named
 * in the address, so that it can be linked to.
 *
 * @param onOpen called when a panel is first opened, with its id
 * @returns opens a panel by its id, and resolves when its first opening is done
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */
export function startTabs(
  list: HTMLElement,
  onOpen: (id: string) => Promise<void>,
): (id: string) => Promise<void> {
  const tabs = Array.from(list.querySelectorAll<HTMLElement>('[role=tab]'));
  const panelOf = (tab: HTMLElement) => document.getElementById(tab.getAttribute('aria-controls')!)!;
  const opened = new Map<string, Promise<void>>();

  const open = (tab: HTMLElement) => {
    for (const other of tabs) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
      panelOf(other).hidden = other !== tab;
    }
    const { id } = panelOf(tab);
    if (!opened.has(id)) opened.set(id, onOpen(id));
  };
  const openByHand = (tab: HTMLElement) => {
    openInAddress(panelOf(tab).id);
    open(tab);
  };
  const openAddressed = () => {
    open(tabs.find((tab) => panelOf(tab).id === addressedSection()) ?? tabs[0]!);
  };

  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => openByHand(tab));
    tab.addEventListener('keydown', (event) => {
      const moves = { ArrowRight: i + 1, ArrowLeft: i - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
      const to = (moves as Record<string, number>)[event.key];
      if (to === undefined) return;
      event.preventDefault();
      tabs[to % tabs.length]!.focus();
      tabs[to % tabs.length]!.click();
    });
  }
  window.addEventListener('popstate', openAddressed);
  openAddressed();
  return async (id) => {
    openByHand(tabs.find((tab) => panelOf(tab).id === id)!);
    await opened.get(id);
  };
}
