// Command eonay-host is the program on the person's machine: it owns the card.
//
// Browsers start it, for each signing window once, and speak native messaging with it on standard input
// and output. People use it to tell browsers where it is (install, uninstall) and to find out
// what is missing (doctor). It starts itself again for the window's session (serve), which a browser does not end, and
// that for each PKCS#11 library (worker).
//
// Exit status: 0 done, 1 failed, 2 wrong usage, 3 the caller is not our extension.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	_ "github.com/e-onay/e-onay/nativehost/librarypath"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Exit statuses.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 0 {
		usage(os.Stderr, environmentLanguage())
		return exitUsage
	}
	verb, rest := args[0], args[1:]
	if (verb == "serve" || verb == "worker") && len(rest) > 0 && (rest[0] == "-h" || rest[0] == "--help") {
		return command("help", nil)
	}
	switch verb {
	case "serve":
		return serve(rest)
	case "worker":
		return work(rest)
	case "install", "uninstall", "doctor", "journal", "module", "version", "help", "-h", "--help":
		return command(verb, rest)
	case "--version", "-version":
		return command("version", rest)
	}
	if fromBrowser(args) {
		return superviseSession(args)
	}
	t := terminal{environmentLanguage()}
	return t.fail(exitUsage, "host.hint.usage", "host.error.command", "command", fmt.Sprintf("%q", verb))
}

// work is the child for one library: its path, and its quirks.
func work(args []string) int {
	if len(args) == 0 {
		return exitUsage
	}
	var quirks []worker.Quirk
	for _, name := range args[1:] {
		q := worker.Quirk(name)
		if !q.Known() {
			return exitUsage
		}
		quirks = append(quirks, q)
	}
	return worker.Main(args[0], quirks...)
}

// usage prints the commands.
func usage(w io.Writer, language message.Language) {
	fmt.Fprint(w, message.Text(language, "host.usage"))
}

// environmentLanguage is English where the environment, or the system without one, asks for it, else Turkish.
func environmentLanguage() message.Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return message.ParseLanguage(strings.ReplaceAll(value, "_", "-"))
		}
	}
	return systemLanguage()
}
