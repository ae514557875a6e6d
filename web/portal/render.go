package portal

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
)

//go:embed templates
var templates embed.FS

// pages are the parsed pages by language and name. Each is the layout with one file's "title" and
// "main", and the parts that several share.
type pages map[message.Language]map[string]*template.Template

func parsePages() (pages, error) {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	all := pages{}
	for _, language := range []message.Language{message.Turkish, message.English} {
		all[language] = map[string]*template.Template{}
		for _, name := range names {
			t, err := template.New("layout.html").Funcs(functions(language)).ParseFS(templates, "templates/layout.html", "templates/parts/*.html", name)
			if err != nil {
				return nil, fmt.Errorf("portal: %w", err)
			}
			all[language][strings.TrimSuffix(path.Base(name), ".html")] = t
		}
	}
	return all, nil
}

func functions(l message.Language) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, pairs ...string) string { return message.Text(l, key, pairs...) },
		"moment": func(t time.Time) string { return moment(l, t) },
		"day":    func(t time.Time) string { return day(l, t) },
		"error":  func(code fault.Code) string { return message.Text(l, "error."+string(code)) },
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"size":   func(bytes int64) string { return size(l, bytes) },
		"paragraphs": func(body string) []string {
			return strings.Split(strings.TrimSpace(body), "\n\n")
		},
	}
}

// size writes a file's size for people.
func size(l message.Language, bytes int64) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", (bytes+999)/1000)
	}
	s := fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	if l == message.Turkish {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// pageView is what the layout shows, and the page's own data.
type pageView struct {
	Language message.Language
	Path     string
	Person   *person
	Problem  *problemView
	Data     any
}

type problemView struct {
	Code    fault.Code
	Message string
}

// render answers with a page. With a code, the page begins with that problem. A page is made whole
// before its first byte is sent, so that a person never sees half of one.
func (p *Portal) render(v *visit, status int, name string, data any, code fault.Code) error {
	view := pageView{Language: v.language, Path: v.r.URL.Path, Person: v.person(), Data: data}
	if code != "" {
		view.Problem = &problemView{code, message.Text(v.language, "error."+string(code))}
	}
	var page bytes.Buffer
	if err := p.pages[v.language][name].Execute(&page, view); err != nil {
		p.log.Error("page", "name", name, "error", err)
		return fmt.Errorf("page %q: %w", name, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Vary", "Cookie")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(unbroken(page.Bytes())) // a browser that left is no concern
	return nil
}

// unbroken keeps the lines of a page from ending inside "E-Onay": no property of CSS does that for one word of a text. What
// a template fills in has no "<" or ">" of its own.
func unbroken(page []byte) []byte {
	head, body, _ := bytes.Cut(page, []byte("<body>"))
	out := append(slices.Clone(head), "<body>"...)
	for len(body) > 0 {
		text, rest, found := bytes.Cut(body, []byte("<"))
		out = append(out, bytes.ReplaceAll(text, []byte("E-Onay"), []byte(`<span class="whole">E-Onay</span>`))...)
		if !found {
			break
		}
		tag, rest, _ := bytes.Cut(rest, []byte(">"))
		out = append(append(append(out, '<'), tag...), '>')
		body = rest
	}
	return out
}
