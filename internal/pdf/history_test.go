package pdf_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// judgeHistory compares each earlier revision of a file with what Open reads of the file that is cut after it. History may refuse
// a revision only where Open refuses that one or an earlier one.
func judgeHistory(t *testing.T, file []byte) {
	t.Helper()
	f, err := open(file)
	if err != nil {
		return
	}
	all, some := f.History(), f.History()
	refused := false
	type pair struct{ got, want *pdf.File }
	var read []pair // what comes later must not change what was read before
	for i, r := range f.Revisions() {
		want, wantErr := open(file[:r.End+r.Newline])
		refused = refused || wantErr != nil
		readers := map[string]func(int) (*pdf.File, error){"all": all.At, "alone": f.At}
		if i%2 == 1 {
			readers["every other"] = some.At
		}
		for name, at := range readers {
			got, err := at(i)
			switch {
			case err != nil && fault.CodeOf(err) == fault.Internal:
				t.Errorf("%s, revision %d: refused without a code: %v", name, i, err)
			case err != nil && !refused, err == nil && wantErr != nil:
				t.Errorf("%s, revision %d: %v, and Open says %v", name, i, err, wantErr)
			case err == nil:
				read = append(read, pair{got, want})
			}
		}
	}
	for _, p := range read {
		sameRevision(t, p.got, p.want)
	}
}

func sameRevision(t *testing.T, got, want *pdf.File) {
	t.Helper()
	if got.Size() != want.Size() || got.Version() != want.Version() || got.Objects() != want.Objects() || len(got.Revisions()) != len(want.Revisions()) {
		t.Errorf("%d bytes, version %s, %d objects, %d revisions; want %d, %s, %d, %d",
			got.Size(), got.Version(), got.Objects(), len(got.Revisions()), want.Size(), want.Version(), want.Objects(), len(want.Revisions()))
	}
	if !reflect.DeepEqual(got.Trailer(), want.Trailer()) {
		t.Errorf("trailer %v, want %v", got.Trailer(), want.Trailer())
	}
	if changed := append(got.ChangedSince(want), want.ChangedSince(got)...); len(changed) > 0 {
		t.Errorf("objects %v stand elsewhere", changed)
	}
	gotErr, wantErr := got.CheckObjects(), want.CheckObjects()
	if fault.CodeOf(gotErr) != fault.CodeOf(wantErr) {
		t.Errorf("objects: %v, want %v", gotErr, wantErr)
	}
}

// histories are files with several revisions, of each kind.
func histories(t *testing.T) map[string][]byte {
	plain := pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Bir"}, pdftest.Page{Text: "Iki"}), "")
	files := map[string][]byte{
		"table":                      plain,
		"streams":                    pdftest.QPDF(t, plain, "--object-streams=generate"),
		"linearised":                 pdftest.QPDF(t, plain, "--linearize"),
		"linearised, object streams": pdftest.QPDF(t, plain, "--linearize", "--object-streams=generate"),
		"hybrid":                     hybrid(),
	}
	for name, file := range files {
		for range 3 {
			file = continued(t, file)
		}
		files[name] = file
	}
	return files
}

func TestHistory(t *testing.T) {
	for name, file := range histories(t) {
		t.Run(name, func(t *testing.T) {
			f, err := open(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Revisions()) < 2 {
				t.Errorf("%d revisions", len(f.Revisions()))
			}
			judgeHistory(t, file)
		})
	}
}

// withRevision is file with a revision more, whose cross references are a stream, with a number of its own: these objects, and
// these entries (type, second and third field) beside them.
func withRevision(file []byte, number int, objects map[int]string, entries map[int][3]int) []byte {
	out := bytes.NewBuffer(bytes.Clone(file))
	all := map[int][3]int{}
	maps.Copy(all, entries)
	for _, n := range slices.Sorted(maps.Keys(objects)) {
		all[n] = [3]int{1, out.Len(), 0}
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	start := out.Len()
	all[number] = [3]int{1, start, 0}
	var index, rows []byte
	for _, n := range slices.Sorted(maps.Keys(all)) {
		e := all[n]
		index = fmt.Appendf(index, " %d 1", n)
		rows = append(rows, byte(e[0]), byte(e[1]>>8), byte(e[1]), byte(e[2]))
	}
	_, previous, _ := bytes.Cut(file[bytes.LastIndex(file, []byte("startxref")):], []byte("\n"))
	previous, _, _ = bytes.Cut(previous, []byte("\n"))
	fmt.Fprintf(out, "%d 0 obj\n<</Type/XRef/W[1 2 1]/Index[%s]/Size %d/Root 1 0 R/Prev %s/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		number, index, number+1, previous, len(rows), rows, start)
	return out.Bytes()
}

// TestHistoryOfBadRevisions has revisions that are not read by themselves, before others that are: object streams are not there yet,
// or no longer.
func TestHistoryOfBadRevisions(t *testing.T) {
	sound := soundStreams().build()
	streamOf := func(count int, data string) string {
		return fmt.Sprintf("<</Type/ObjStm/N %d/First %d/Length %d>>\nstream\n%s\nendstream", count, strings.Index(data, "<<"), len(data), data)
	}
	late := soundStreams()
	late.catalog[0] = 7
	four := [3]int{1, bytes.Index(sound, []byte("4 0 obj")), 0}
	catalog, pages := "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>"
	for name, test := range map[string]struct {
		file []byte
		bad  []int // revisions
	}{
		"freed, and back":              {withRevision(withRevision(sound, 10, nil, map[int][3]int{4: {}}), 11, nil, map[int][3]int{4: four}), []int{1}},
		"in another stream, and back":  {withRevision(withRevision(sound, 10, map[int]string{7: streamOf(1, "4 0 <<>>")}, map[int][3]int{4: {2, 7, 0}}), 11, nil, map[int][3]int{4: four}), []int{1}},
		"there in the next revision":   {withRevision(late.build(), 10, map[int]string{7: streamOf(2, inside)}, nil), []int{0}},
		"freed, and then its objects":  {withRevision(withRevision(sound, 10, nil, map[int][3]int{4: {}}), 11, map[int]string{1: catalog, 2: pages}, nil), []int{1}},
		"freed, with its objects":      {withRevision(sound, 10, map[int]string{1: catalog, 2: pages}, map[int][3]int{4: {}}), nil},
		"startxref far before the end": {withRevision(bytes.Replace(sound, []byte("%%EOF"), []byte(strings.Repeat(" ", 1100)+"%%EOF"), 1), 10, nil, nil), []int{0}},
		"another stream of its number": {withRevision(sound, 10, map[int]string{4: streamOf(2, inside)}, nil), nil},
		"another stream":               {withRevision(sound, 10, map[int]string{7: streamOf(2, inside)}, map[int][3]int{1: {2, 7, 0}, 2: {2, 7, 1}, 4: {}}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := open(test.file)
			if err != nil {
				t.Fatal(err)
			}
			for i := range f.Revisions() {
				_, err := f.At(i)
				if bad := slices.Contains(test.bad, i); bad != (err != nil) {
					t.Errorf("revision %d: %v", i, err)
				}
			}
			judgeHistory(t, test.file)
		})
	}
}

// TestHistoryOfChangedBytes changes a byte here and there.
func TestHistoryOfChangedBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	files := histories(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for range 150 {
			b := bytes.Clone(files[name])
			b[random.IntN(len(b))] = byte(random.IntN(256))
			judgeHistory(t, b)
		}
	}
}

func FuzzHistory(f *testing.F) {
	f.Add(pdftest.Simple())
	f.Add(hybrid())
	f.Add(withRevision(withRevision(soundStreams().build(), 10, nil, map[int][3]int{4: {}}), 11, nil, map[int][3]int{4: {1, 67, 0}}))
	f.Fuzz(judgeHistory)
}
