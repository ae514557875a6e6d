// Package redact keeps citizen numbers out of logs, whoever put them where: into an address, a file's name, an error.
package redact

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// pattern is an id or a digest in hexadecimal, of 128 or 256 bits, or else what may be a citizen number (eleven digits, of any script), or have one
// in it. One such id in twenty has as many digits in a row by chance, and would be found in no log.
var pattern = regexp.MustCompile(`\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b|\p{Nd}{11,}`)

// shown is how many digits stay at either end, as everywhere else where such a number is shown.
const shown = 3

// Text returns text with the middle of each run of eleven digits or more replaced by stars, but within ids and digests in hexadecimal.
func Text(text string) string {
	return pattern.ReplaceAllStringFunc(text, func(number string) string {
		if strings.ContainsAny(number, "abcdef") {
			return number
		}
		digits := []rune(number)
		return string(digits[:shown]) + strings.Repeat("*", len(digits)-2*shown) + string(digits[len(digits)-shown:])
	})
}

// Handler returns a handler that hands each record to next with Text applied to its message and to each value in it that
// is text, an error, or anything else that is not a number, a time or a truth value.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ next slog.Handler }

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(attribute(a))
		return true
	})
	return h.next.Handle(ctx, out)
}

func (h handler) WithAttrs(list []slog.Attr) slog.Handler {
	return handler{h.next.WithAttrs(attributes(list))}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(name)} }

func attributes(list []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(list))
	for i, a := range list {
		out[i] = attribute(a)
	}
	return out
}

func attribute(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Text(v.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(attributes(v.Group())...)}
	case slog.KindAny:
		return slog.String(a.Key, Text(fmt.Sprint(v.Any())))
	}
	return a
}
