// Conformance prints as one table how our readers agree with what others have made and judged: the file of pkitest.Tally that its
// argument names. `make conformance` runs the tests that write it.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// row is what one test says, as pkitest.TallyRow writes it.
type row struct {
	Suite, Reader string
	Agree         int
	Otherwise     map[string]int
	Failed        bool
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: conformance FILE")
		os.Exit(2)
	}
	rows, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	write(os.Stdout, rows)
}

func read(path string) (rows []row, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

// write sorts the rows, and puts the reasons of each below it, the most frequent first.
func write(w io.Writer, rows []row) {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Suite, b.Suite), strings.Compare(a.Reader, b.Reader))
	})
	const line = "%-24s %-14s %7v %10v %6v\n"
	fmt.Fprintf(w, line, "suite", "reader", "agree", "otherwise", "wrong")
	for _, r := range rows {
		otherwise := 0
		for _, n := range r.Otherwise {
			otherwise += n
		}
		wrong := "0"
		if r.Failed {
			wrong = "FAIL"
		}
		fmt.Fprintf(w, line, r.Suite, r.Reader, r.Agree, otherwise, wrong)
		reasons := slices.SortedFunc(maps.Keys(r.Otherwise), func(a, b string) int {
			return cmp.Or(r.Otherwise[b]-r.Otherwise[a], strings.Compare(a, b))
		})
		for _, reason := range reasons {
			fmt.Fprintf(w, "%58d  %s\n", r.Otherwise[reason], reason)
		}
	}
}
