export type Theme = "light" | "dark";

/** Light or dark: what the person chose here, else what the system asks for. */
class ThemeChoice {
  #system = $state<Theme>(darkQuery.matches ? "dark" : "light");
  #chosen = $state<Theme | null>(stored());

  constructor() {
    $effect.root(() => {
      $effect(() => {
        document.documentElement.dataset.theme = this.current;
      });
    });
    darkQuery.addEventListener("change", ({ matches }) => {
      this.#system = matches ? "dark" : "light";
    });
  }

  get current(): Theme {
    return this.#chosen ?? this.#system;
  }

  toggle(): void {
    this.#chosen = this.current === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, this.#chosen);
  }
}

const KEY = "cogrid.theme";
const darkQuery = matchMedia("(prefers-color-scheme: dark)");

export const theme = new ThemeChoice();

function stored(): Theme | null {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : null;
}
