package site

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

//go:embed layout.html pages parts static
var ownFiles embed.FS

// pages are the pages by language and name. Each is the layout with one file's "title" and "main", and the parts of all
// features. A copy of the layout for each page is most of what it costs to start a portal, so a page gets its copy when it is first
// shown; that its file can be parsed is known before.
type pages map[message.Language]map[string]func() (*template.Template, error)

func parsePages(files []fs.FS) (pages, error) {
	all := pages{}
	for _, language := range []message.Language{message.Turkish, message.English} {
		layout, err := parseLayout(language, files)
		if err != nil {
			return nil, err
		}
		all[language] = map[string]func() (*template.Template, error){}
		for _, feature := range files {
			names, err := fs.Glob(feature, "pages/*.html")
			if err != nil {
				return nil, err
			}
			for _, file := range names {
				name := strings.TrimSuffix(path.Base(file), ".html")
				if all[language][name] != nil {
					return nil, fmt.Errorf("two pages are called %q", name)
				}
				if _, err := template.New(name).Funcs(functions(language)).ParseFS(feature, file); err != nil {
					return nil, err
				}
				all[language][name] = sync.OnceValues(func() (*template.Template, error) {
					page, err := layout.Clone()
					if err != nil {
						return nil, err
					}
					return page.ParseFS(feature, file)
				})
			}
		}
	}
	return all, nil
}

// parseLayout returns the layout with the parts of all features.
func parseLayout(language message.Language, files []fs.FS) (*template.Template, error) {
	t, err := template.New("layout.html").Funcs(functions(language)).ParseFS(ownFiles, "layout.html")
	for _, feature := range files {
		names, globErr := fs.Glob(feature, "parts/*.html")
		if err = errors.Join(err, globErr); err != nil {
			return nil, err
		}
		if len(names) > 0 {
			t, err = t.ParseFS(feature, names...)
		}
	}
	return t, err
}

func functions(l message.Language) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, pairs ...string) string { return message.Text(l, key, pairs...) },
		"moment": func(t time.Time) string { return Moment(l, t) },
		"day":    func(t time.Time) string { return Day(l, t) },
		"error":  func(code fault.Code) string { return message.Text(l, "error."+string(code)) },
		"last":   LastDigits,
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"size":   func(bytes int64) string { return size(l, bytes) },
		"words": func(s protocol.Sentence) string {
			if l == message.English {
				return s.EN
			}
			return s.TR
		},
		"paragraphs": func(body string) []string {
			return strings.Split(strings.TrimSpace(body), "\n\n")
		},
	}
}

// pageView is what the layout shows, and the page's own data.
type pageView struct {
	Language message.Language
	Page     string // its name
	Path     string
	Request  string // its id
	Person   *person
	Problem  *problemView
	Data     any
}

type problemView struct {
	Code    fault.Code
	Message string
}

// Render answers with a page. With a code, the page begins with that problem. The whole page is made
// before its first byte is sent, so that a person never sees half of one.
func (v *Visit) Render(status int, name string, data any, code fault.Code) error {
	view := pageView{Language: v.Language, Page: name, Path: v.R.URL.Path, Request: v.requestID(), Person: v.person(), Data: data}
	if code != "" {
		view.Problem = &problemView{code, message.Text(v.Language, "error."+string(code))}
	}
	parse := v.site.pages[v.Language][name]
	if parse == nil {
		return fmt.Errorf("there is no page %q", name)
	}
	var page bytes.Buffer
	parsed, err := parse()
	if err == nil {
		err = parsed.Execute(&page, view)
	}
	if err != nil {
		v.Log().Error("page", "name", name, "error", err)
		return fmt.Errorf("page %q: %w", name, err)
	}
	h := v.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Vary", "Cookie")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(unbroken(page.Bytes())) // a browser that left is no concern
	return nil
}

// unbroken keeps the lines of a page from ending inside "E-Onay": no property of CSS does that for one word of a text. What
// a template fills in has no "<" or ">" of its own. What stands in a field is left as it is: it would be sent with the marks.
func unbroken(page []byte) []byte {
	head, body, _ := bytes.Cut(page, []byte("<body>"))
	out, inField := append(slices.Clone(head), "<body>"...), false
	for len(body) > 0 {
		text, rest, found := bytes.Cut(body, []byte("<"))
		if !inField {
			text = bytes.ReplaceAll(text, []byte("E-Onay"), []byte(`<span class="whole">E-Onay</span>`))
		}
		out = append(out, text...)
		if !found {
			break
		}
		tag, rest, _ := bytes.Cut(rest, []byte(">"))
		out = append(append(append(out, '<'), tag...), '>')
		inField = bytes.HasPrefix(tag, []byte("textarea"))
		body = rest
	}
	return out
}
