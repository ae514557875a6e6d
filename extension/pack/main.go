// Command pack puts the extension for one browser into a folder that the browser can load, or into the
// zip that the browser's store takes.
//
//	go run ./extension/pack -browser chromium -hosts https://online.example.tr -out build/extension/chromium
//	go run ./extension/pack -browser firefox -hosts https://online.example.tr -zip build/release/e-onay-1.0.0-firefox.zip
//
// The manifest is manifest.base.json, with manifest.BROWSER.json merged into it (JSON Merge Patch, RFC
// 7396), the version of VERSION, the sites named by -hosts as those that the content script runs on, and the page about the
// installation as the extension's home page: where windows lead to where the program is missing. The
// other files come from extension/, internal/look and, for the WebAssembly, from the folder -wasm; pdf.js comes from npm's
// package, in the folder -pdfjs. The same input gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var p pack
	var hosts string
	flag.StringVar(&p.browser, "browser", "chromium", "`name` of the browser: chromium or firefox")
	flag.StringVar(&hosts, "hosts", "", "`origins` of the portal, separated by commas; with -zip https only")
	flag.StringVar(&p.install, "install", "", "`address` of the page about the installation; empty means /kurulum of the first host")
	flag.StringVar(&p.source, "source", "extension", "`folder` of the extension's source")
	flag.StringVar(&p.wasm, "wasm", "build/wasm", "`folder` with sign.wasm, inspect.wasm, card.wasm, pin.wasm, manage.wasm, wasm_exec.js, vugu.js and LICENSES.txt")
	flag.StringVar(&p.pdfjs, "pdfjs", "node_modules/pdfjs-dist", "`folder` of npm's package of pdf.js")
	flag.StringVar(&p.out, "out", "", "`folder` to write; what it holds is replaced")
	flag.StringVar(&p.zip, "zip", "", "`file` to write in place of a folder, for the browser's store")
	flag.Parse()
	err := p.run(hosts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
