package examples

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestRecipeLimits compares the table at the top of docs/integration.md, in both languages, with what holds.
func TestRecipeLimits(t *testing.T) {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	windowShows := func(file, constant string) string {
		return size(number(t, file, `\b`+constant+`\s*=\s*(\d+) << 20`) << 20)
	}
	press := seconds(time.Duration(number(t, "extension/bridge.js", `const pressLife = ([\d_]+);`)) * time.Millisecond)
	windows := number(t, "extension/background.js", `const maxIgnored = (\d+);`)
	if windowShows("wasm/document/pdf.go", "maxPDF") != windowShows("wasm/document/package.go", "maxPackage") {
		t.Error("a PDF and a package have limits of their own, and the table names one")
	}
	shown := windowShows("wasm/document/pdf.go", "maxPDF") + "; " + windowShows("wasm/document/image.go", "maxImage")
	read := size(login.MaxAnswer) + "; " + size(protocol.MaxSignature)
	challenge, request := seconds(relyingparty.DefaultLifetime), seconds(relyingparty.DefaultRequestLife)
	for page, want := range map[string][]string{
		"docs/integration.md": {
			"1,000", size(protocol.MaxRequest), size(protocol.MaxTextDocument), shown, size(protocol.MaxInMemory), size(protocol.MaxSize("image/tiff")),
			fmt.Sprintf("%d bytes; %d bytes of UTF-8", protocol.MaxName, protocol.MaxPurpose), press + " s",
			fmt.Sprintf("one for a tab; %d in a minute that end unused, then `too_many`", windows),
			fmt.Sprintf("good for %s s, once; %s s", challenge, request), read, strconv.Itoa(protocol.MaxDelegates),
		},
		"docs/integration.tr.md": {
			"1.000", size(protocol.MaxRequest), size(protocol.MaxTextDocument), shown, size(protocol.MaxInMemory), size(protocol.MaxSize("image/tiff")),
			fmt.Sprintf("UTF-8 olarak %d bayt; %d bayt", protocol.MaxName, protocol.MaxPurpose), press + " sn",
			fmt.Sprintf("sekme başına bir; dakikada %d tanesi kullanılmadan biterse `too_many`", windows),
			fmt.Sprintf("%s sn, bir kez; %s sn geçerli", challenge, request), read, strconv.Itoa(protocol.MaxDelegates),
		},
	} {
		if got := firstTable(t, page); !slices.Equal(got, want) {
			t.Errorf("%s says\n%q, it is\n%q", page, got, want)
		}
	}
	if protocol.MaxDocuments != 1000 {
		t.Errorf("%d documents, and the table says 1,000", protocol.MaxDocuments)
	}
}

// size writes a number of bytes as the documents do.
func size(bytes int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes%unit.bytes == 0 {
			return fmt.Sprintf("%d %s", bytes/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// number returns the one number in a file of the repository that a pattern finds.
func number(t *testing.T, file, pattern string) int64 {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, file))
	if found == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(found[1], "_", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// firstTable returns what the second column of a page's first table says.
func firstTable(t *testing.T, page string) (values []string) {
	t.Helper()
	_, table, _ := strings.Cut(read(t, page), "\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		values = append(values, strings.TrimSuffix(cells[len(cells)-1], " |"))
	}
	return values
}
