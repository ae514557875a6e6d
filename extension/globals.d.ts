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

/** policy.js: what the person's institution has set. */
interface Policy {
  present: boolean;
  sites: string[];
  libraries: string[];
  language: string;
  phraseRequired: boolean;
  installURL: string;
  wrong: string[];
}
declare var policy: { read(): Promise<Policy> };

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
  except(element: Node): void;
  onChange(f: () => void): void;
  begin(): void;
  end(): void;
};

/** viewers/viewing.js: what the viewers of documents have in common. */
declare var viewing: {
  between(change: () => void): void;
  awaitEnd(isReady: () => boolean, seen: () => void): void;
  highlight(range: Range): void;
  hideHighlight(): void;
  sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
};

/** viewers/text.js, tree.js, picture.js and pdf.js: a document's region. */
declare var tree: { isEmpty(): boolean; [name: string]: unknown };
declare var paper: { isEmpty(): boolean; [name: string]: unknown };
declare var picture: { isEmpty(): boolean; [name: string]: unknown };
/** viewers/inspect.js: what the inspector says of a document. */
declare var inspection: { open(bytes: Uint8Array<ArrayBuffer>, kind: string, program: object, beside: Uint8Array<ArrayBuffer> | null): Promise<void>; [name: string]: unknown };
declare var pdf: { isEmpty(): boolean; [name: string]: unknown };

/** content.js: what is in every page of an admitted site. */
declare const resident: {
  extension: string;
  root(): HTMLElement;
  ask(message: object): Promise<{ host?: string; problem?: string; detail?: string }>;
  listen(kind: string, f: (data: object, at: number) => void): void;
  pressed(): { at: number; since: number; x?: number; y?: number } | null;
  forgetPress(): void;
};
