// Between the page and positions in the text.

/** The position of a point of the page in the text, for text that lies in blocks with `data-start`. */
export function offsetOf(root: HTMLElement, node: Node, offset: number): number | null {
  const element = node instanceof Element ? node : node.parentElement;
  const block = element?.closest<HTMLElement>("[data-start]");
  if (!block || !root.contains(block)) return null;
  const range = document.createRange();
  range.setStart(block, 0);
  range.setEnd(node, offset);
  return Number(block.dataset.start) + range.toString().length;
}

export function selectedRange(root: HTMLElement, selection: Selection | null): { start: number; end: number } | null {
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const start = offsetOf(root, range.startContainer, range.startOffset);
  const end = offsetOf(root, range.endContainer, range.endOffset);
  return start === null || end === null || end <= start ? null : { start, end };
}

/** The block that holds a position. */
function blockAt(root: HTMLElement, position: number): HTMLElement | null {
  const blocks = [...root.querySelectorAll<HTMLElement>("[data-start]")];
  return blocks.findLast((block) => Number(block.dataset.start) <= position) ?? null;
}

/** The text node and offset at a position; at a boundary, the end of the earlier node where `closing`. */
function pointAt(root: HTMLElement, position: number, closing: boolean): { node: Node; offset: number } | null {
  const block = blockAt(root, closing ? position - 1 : position);
  if (!block) return null;
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  let at = Number(block.dataset.start);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const end = at + (node.textContent?.length ?? 0);
    if (position < end || (closing && position === end)) return { node, offset: position - at };
    at = end;
  }
  return null;
}

/** The range of the page over a range of the text. */
export function rangeOf(root: HTMLElement, start: number, end: number): Range | null {
  const from = pointAt(root, start, false);
  const to = pointAt(root, end, true);
  if (!from || !to) return null;
  const range = document.createRange();
  range.setStart(from.node, from.offset);
  range.setEnd(to.node, to.offset);
  return range;
}

/** Scrolls `other` so that the block at the top of `pane` is at its top too, by the same share of it. */
export function alignScroll(pane: HTMLElement, other: HTMLElement): void {
  other.scrollLeft = pane.scrollLeft;
  const room = pane.scrollHeight - pane.clientHeight;
  if (room <= 0) return;
  if (pane.scrollTop <= 0) other.scrollTop = 0;
  else if (pane.scrollTop >= room - 1) other.scrollTop = other.scrollHeight;
  else {
    const blocks = pane.querySelectorAll<HTMLElement>("[data-start]");
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (blocks[middle]!.offsetTop <= pane.scrollTop) low = middle;
      else high = middle - 1;
    }
    const block = blocks[low];
    const partner = other.querySelectorAll<HTMLElement>("[data-start]")[low];
    if (!block || !partner) return;
    const share = (pane.scrollTop - block.offsetTop) / Math.max(block.offsetHeight, 1);
    other.scrollTop = partner.offsetTop + share * partner.offsetHeight;
  }
}

/** Scrolls a finding to the middle where it is out of sight: at an edge, the two sides could not both show it. */
export function bringIntoView(pane: HTMLElement | undefined, mark: Element | null | undefined): void {
  if (!pane || !mark?.scrollIntoView) return;
  const [box, rect] = [pane.getBoundingClientRect(), mark.getBoundingClientRect()];
  if (rect.top < box.top || rect.bottom > box.bottom || rect.left < box.left || rect.right > box.right) mark.scrollIntoView({ block: "center", inline: "nearest" });
}
