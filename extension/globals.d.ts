// What the extension's pages find in their global scope beside the scripts themselves: each of these is made by one script,
// for those behind it and for the WebAssembly.

/** guard.js: which presses count. */
declare var guard: {
  drawn(seen: boolean): void;
};

/** watch.js: what changes the page between two drawings. */
declare var watch: {
  onChange(f: () => void): void;
  begin(): void;
  end(): void;
};

/** paper.js: the document's region. */
declare var paper: {
  isEmpty(): boolean;
  block(): void;
  run(kind: number, text: string): void;
  fold(text: string): void;
  show(seen: () => void): void;
  name(n: number, label: string): void;
  text(): string;
};
