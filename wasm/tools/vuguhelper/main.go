// Command vuguhelper takes the DOM helper out of the vugu module, so that it can be shipped as a
// static script.
//
// Vugu starts by handing its helper, a string constant of package domrender, to window.eval, which an
// extension page's content security policy forbids. start.js therefore loads the helper as a script of
// its own and lets that one eval pass as done. The file must be the very constant: the renderer-js-script.js
// beside it in the module is its source before minification, and does not work.
//
// usage: vuguhelper VUGU-MODULE-DIR > vugu.js
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: vuguhelper VUGU-MODULE-DIR > vugu.js")
		os.Exit(2)
	}
	script, err := helper(filepath.Join(os.Args[1], "domrender", "renderer-js-script.go"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		fmt.Fprintln(os.Stderr, "hint: this version of vugu keeps its helper elsewhere; wasm/tools/vuguhelper must learn where")
		os.Exit(1)
	}
	os.Stdout.WriteString(script)
}

// helper returns the value of the string constant jsHelperScript in a Go file. It is an error if the
// constant is not there, is not one literal, or defines none of the functions that the renderer calls.
func helper(path string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if len(spec.Names) != 1 || spec.Names[0].Name != "jsHelperScript" || len(spec.Values) != 1 {
				continue
			}
			return literal(path, spec.Values[0])
		}
	}
	return "", fmt.Errorf("%s: no constant jsHelperScript", path)
}

func literal(path string, value ast.Expr) (string, error) {
	lit, ok := value.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", fmt.Errorf("%s: jsHelperScript is not a string literal", path)
	}
	script, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "", fmt.Errorf("%s: jsHelperScript: %w", path, err)
	}
	for _, name := range []string{"vuguRender", "vuguGetRenderArray", "vuguSetEventHandler", "vuguSetCallbackHandler"} {
		if !strings.Contains(script, "window."+name+"=") {
			return "", fmt.Errorf("%s: jsHelperScript does not define %s", path, name)
		}
	}
	return script, nil
}
