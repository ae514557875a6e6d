// What the extension's pages find in their global scope beside the scripts themselves: each of these is made by one script,
// for those behind it and for the WebAssembly.

/** guard.js: which presses count. */
declare var guard: {
  hold(): void;
  drawn(seen: boolean): void;
};

/** start.js: what the program asks for first. */
declare var eonay: {
  stored: Promise<import("./types.gen.js").StoredRequest | null>;
  [name: string]: unknown;
};

/** question.js: the first question, until the program draws. */
declare var question: {
  draw(stored: import("./types.gen.js").StoredRequest, kept: Record<string, unknown>, asked: any): void;
  [name: string]: unknown;
};

/** wasm_exec.js, of the Go distribution. */
declare class Go {
  importObject: WebAssembly.Imports;
  run(program: WebAssembly.Instance): Promise<void>;
}

/** watch.js: what changes the page between two drawings. */
declare var watch: {
  onChange(f: () => void): void;
  begin(): void;
  end(): void;
};

/** paper.js: the document's region. */
declare var paper: {
  isEmpty(): boolean;
  open(count: number, program: { fill: (n: number) => void; left: (n: number, text: string) => void; seen: () => void }): void;
  run(kind: number, text: string): void;
  fold(text: string): void;
  filled(): number[];
  name(n: number, label: string): void;
  toEnd(): void;
  reveal(from: number, start: number, to: number, end: number): void;
  hide(): void;
  shown(): (number | string)[];
};

/** content.js: what is in every page of an admitted site. */
declare const resident: {
  extension: string;
  root(): HTMLElement;
  ask(message: object): Promise<{ host?: string; problem?: string; detail?: string }>;
  listen(kind: string, f: (data: object, at: number) => void): void;
  pressed(): { at: number; since: number; x?: number; y?: number } | null;
  forgetPress(): void;
};
