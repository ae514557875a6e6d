// Command print writes the licences that programs bring to standard output.
//
//	go run ./packaging/notices/print -os js -arch wasm -tags sign ./wasm/sign
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/e-onay/e-onay/packaging/notices"
)

func main() {
	var p notices.Programs
	flag.StringVar(&p.OS, "os", "", "`system` that the programs are for, as Go names it")
	flag.StringVar(&p.Arch, "arch", "", "its `processor`")
	flag.StringVar(&p.Tags, "tags", "", "`tags` that they are built with, separated by commas")
	flag.Parse()
	p.Packages = flag.Args()
	text, err := notices.Of(p)
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
