// Light or dark: follows the system until the person chooses, and forgets the choice when the window closes.
class Theme {
  chosen = $state<"light" | "dark" | null>(null);
  system = $state<"light" | "dark">("light");
  readonly current = $derived(this.chosen ?? this.system);

  follow(): () => void {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const read = () => (this.system = query.matches ? "dark" : "light");
    read();
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }

  toggle(): void {
    this.chosen = this.current === "dark" ? "light" : "dark";
  }
}

export const theme = new Theme();
